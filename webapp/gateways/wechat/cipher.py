"""Safe mode: AES-256-CBC under the EncodingAESKey, the first half of the key as IV, padded to 32 bytes (PKCS#7).

Plaintext: 16 random bytes, length of the message (4 bytes, big-endian), message, app id.
Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
_RANDOM = 16


class BadKey(ValueError):
    """The EncodingAESKey is not 43 characters of Base64."""


class Undecipherable(ValueError):
    """A ciphertext that this key does not open, or that is for another app."""


class MessageCipher:
    """Both directions under one key. ``app_id`` '' accepts messages for any app. Raises ``BadKey``."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        try:
            key = b64decode(f"{encoding_aes_key}=", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadKey("not Base64") from error
        if len(encoding_aes_key) != 43 or len(key) != 32:
            raise BadKey("not 43 characters")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def decrypt(self, ciphertext: str) -> bytes:
        """The message inside ``ciphertext`` (Base64). Raises ``Undecipherable``."""
        return self.unseal(ciphertext)[0]

    def unseal(self, ciphertext: str) -> tuple[bytes, str]:
        """The message inside ``ciphertext`` and the app that it is for. Raises ``Undecipherable``."""
        try:
            sealed = b64decode(ciphertext, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Undecipherable("not Base64") from error
        if not sealed or len(sealed) % 16:
            raise Undecipherable("not whole blocks")
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise Undecipherable("padding")
        plain = padded[_RANDOM:-pad]
        length = int.from_bytes(plain[:4])
        message, app_id = plain[4 : 4 + length], plain[4 + length :]
        if len(plain) < 4 or len(message) != length:
            raise Undecipherable("length")
        if self._app_id and app_id != self._app_id:
            raise Undecipherable("another app")
        return message, app_id.decode(errors="replace")

    def encrypt(self, message: bytes, app_id: str = "") -> str:
        """``message`` as a ciphertext (Base64), different each time; ``app_id`` where the cipher is for any app."""
        plain = (
            secrets.token_bytes(_RANDOM)
            + len(message).to_bytes(4)
            + message
            + (self._app_id or app_id.encode())
        )
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        return b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
