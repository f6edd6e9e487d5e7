"""Keyed hashes and field encryption for personal data.

Contact fields are encrypted with the first key of ``FIELD_KEYS`` and readable with all of them, so keys can rotate.
Identities and phone look-ups are keyed hashes (HMAC-SHA256): equal for the same person, useless without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

# No 0/O, 1/I/L: these numbers are read out over the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    # Any passphrase becomes a proper 32-byte key.
    return MultiFernet(
        Fernet(urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys if key
    )


def encrypt(text: str | None) -> str | None:
    """Encrypt a personal-data field; empty text becomes None."""
    if not text:
        return None
    return _fernet(tuple(current_app.config["FIELD_KEYS"])).encrypt(text.encode()).decode()


def decrypt(token: str | None) -> str | None:
    """Decrypt what :func:`encrypt` wrote. Raises ``LookupError`` when no configured key fits."""
    if not token:
        return None
    try:
        return _fernet(tuple(current_app.config["FIELD_KEYS"])).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise LookupError("no key in FIELD_KEYS opens this field") from error


def first_key_opens(token: str) -> bool:
    """Whether the first of ``FIELD_KEYS`` decrypts this field: nothing then hangs on the older ones."""
    try:
        _fernet((current_app.config["FIELD_KEYS"][0],)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def keyed_hash(kind: str, value: str) -> str:
    """HMAC-SHA256 of ``value`` (64 hex digits); ``kind`` separates uses, so hashes cannot be compared across them."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def retired(use: str, identity: str) -> str:
    """An identity as one use alone knows it (64 characters): the same for the same person there, useless elsewhere."""
    return identity if identity.startswith("r:") else "r:" + keyed_hash(f"retired:{use}", identity)[:62]


def phone_digits(phone: str) -> str:
    """A phone number reduced to its digits, without China's country code, for the blind index and the last four."""
    digits = "".join(str(unicodedata.digit(c)) for c in phone if c.isdigit())
    bare = digits.removeprefix("00").removeprefix("86")
    # Only in front of a mobile number is 86 surely the country.
    return bare if len(bare) == 11 and bare.startswith("1") else digits


def new_number(prefix: str, length: int = 9) -> str:
    """A tracking number like ``MP7K2Q9XWRT``: random, so that numbers tell nothing about other cases."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_secret() -> str:
    """The secret that opens a case together with its number: six characters that can be read over the phone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def secret_of(kind: str, value: str) -> str:
    """A secret like :func:`new_secret`'s that is the same for the same ``value``, and tells nothing without the key."""
    number = int(keyed_hash(kind, value), 16)
    return "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(6))
