"""Measurements, one module each. ``python -m bench [name …]`` runs them and prints their figures."""
