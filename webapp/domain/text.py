"""Marks on-screen Chinese for translation without translating it: the domain knows no locale."""


def N_(message: str) -> str:
    """Return ``message`` unchanged; Babel extracts it, and templates translate it when they print it."""
    return message
