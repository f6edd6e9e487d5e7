"""The console twin of a single sign-on provider: real discovery, keys, codes and signed tokens, on loopback.

``flask oidc-sim`` runs it for development: whoever types a name *is* that name. Tests run it too, and make it lie
(:class:`Lies`), so that what must be refused is.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

_PAGE = """<!doctype html><meta charset="utf-8"><title>Sign-on twin</title><h1>Single sign-on (development)</h1>
<form method="post"><label>User name <input name="username" autofocus></label>{hidden}<button>Sign in</button></form>"""


@dataclass
class Lies:
    """What the twin says wrongly, by name of the claim; ``key`` signs with a key that it does not publish."""

    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | None = None
    algorithm: str = "RS256"
    drop: tuple[str, ...] = ()


@dataclass
class Twin:
    """The provider's state."""

    client_id: str
    client_secret: str
    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    lies: Lies = field(default_factory=Lies)

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        """The public key."""
        return {"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    def code_for(self, username: str, asked: dict[str, str]) -> str:
        """Sign a name in: the address that the browser is sent back to."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "username": username}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        named = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
        basic = base64.b64encode(named.encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if asked is None or asked.get("code_challenge") != challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "id_token": self._signed(asked),
        }

    def _signed(self, asked: dict[str, str]) -> str:
        now, name = int(time.time()), asked["username"]
        claims = {
            "iss": self.issuer, "aud": self.client_id, "sub": f"subject-of-{name}", "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce", ""), "preferred_username": name, "name": name,
            **self.claims.get(name, {}), **self.lies.claims,
        }  # fmt: skip
        for claim in self.lies.drop:
            claims.pop(claim, None)
        key = self.lies.key or self.key
        return jwt.encode({"alg": self.lies.algorithm, "kid": self.key.kid}, claims, key)


class _Handler(BaseHTTPRequestHandler):
    twin: Twin

    def _send(self, status: int, body: str, kind: str = "application/json", location: str = "") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """Discovery, keys, and the page that asks for a name."""
        parts = urlsplit(self.path)
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._send(200, json.dumps(self.twin.metadata()))
        elif parts.path == "/keys":
            self._send(200, json.dumps(self.twin.keys()))
        elif parts.path == "/authorize":
            asked = parse_qs(parts.query)
            hidden = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(values[0])}">'
                for name, values in asked.items()
            )
            self._send(200, _PAGE.format(hidden=hidden), "text/html")
        else:
            self._send(404, "{}")

    def do_POST(self) -> None:
        """The name that was typed, and the exchange of a code for tokens."""
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if urlsplit(self.path).path == "/token":
            status, body = self.twin.token(form, self.headers.get("Authorization", ""))
            self._send(status, json.dumps(body))
        elif urlsplit(self.path).path == "/authorize" and form.get("username") and form.get("redirect_uri"):
            self._send(302, "", "text/html", self.twin.code_for(form.pop("username"), form))
        else:
            self._send(400, "{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the application logs what matters."""


def serve(twin: Twin, port: int = 0) -> ThreadingHTTPServer:
    """A server on loopback (``serve_forever`` is the caller's); sets the twin's issuer."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"twin": twin}))
    server.daemon_threads = True
    twin.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    return server
