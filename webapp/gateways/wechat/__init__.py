"""The WeChat official account: signatures, AES and XML of what its servers deliver, and the client for calling them."""
