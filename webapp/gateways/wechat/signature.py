"""Signatures of WeChat's servers: SHA-1 over the sorted parts.

Source: developers.weixin.qq.com/doc/offiaccount, Basic Information/Access Overview (``signature`` over token, timestamp,
nonce) and Message Management/Message encryption (``msg_signature``, the ciphertext besides).
"""

from __future__ import annotations

import hashlib
import hmac


def sign(*parts: str) -> str:
    """The signature of ``parts`` (the token among them), 40 hex digits."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def matches(given: str, *parts: str) -> bool:
    """Whether ``given`` is the signature of ``parts``, compared in constant time."""
    return hmac.compare_digest(given.encode(), sign(*parts).encode())
