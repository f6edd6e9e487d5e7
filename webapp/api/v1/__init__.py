"""Version 1 of the JSON API, one module per noun. Its description is at ``/api/openapi.json``."""
