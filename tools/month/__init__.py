"""A month of casework played over HTTP by residents and staff, with real messages and the real replies to them."""
