"""Single sign-on at the organisation's own OpenID Connect provider: the authorization code flow with PKCE.

OpenID Connect Core 1.0 §3.1 and Discovery 1.0. What the provider says is believed only in an ID token that it signed,
for this client, for this sign-in (nonce), and that has not expired. The console twin is :mod:`webapp.gateways.oidc_twin`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# Signatures with the provider's private key; never "none", and none made with a secret that both sides know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
TIMEOUT_S = 6.0
KEEP_S = 600.0
LEEWAY_S = 60


class OidcError(Exception):
    """The provider does not answer, or says something that must not be believed. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Client:
    """This application as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the browser, and what must come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class _Known:
    at: float
    metadata: dict[str, Any]
    keys: KeySet | None = None


# By issuer; the document changes about never, the keys when the provider rotates them.
_known: dict[str, _Known] = {}


def _get(url: str) -> dict[str, Any]:
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OidcError(f"{url}: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise OidcError(f"{url}: not an object")
    return found


def _discover(issuer: str) -> _Known:
    known = _known.get(issuer)
    if known is None or time.monotonic() - known.at > KEEP_S:
        found = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise OidcError(f"the provider calls itself {found.get('issuer')!r}, OIDC_ISSUER says {issuer!r}")
        if missing := {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(found):
            raise OidcError(f"the provider's document lacks {sorted(missing)}")
        known = _known[issuer] = _Known(time.monotonic(), found)
    return known


def _keys(known: _Known, anew: bool = False) -> KeySet:
    if known.keys is None or anew:
        try:
            known.keys = KeySet.import_key_set(_get(known.metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError) as error:
            raise OidcError(f"unusable keys: {type(error).__name__}") from error
    return known.keys


def start(client: Client) -> Started:
    """Begin a sign-in. Raises ``OidcError``."""
    endpoint = _discover(client.issuer).metadata["authorization_endpoint"]
    state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
    asked = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri,
        "scope": client.scopes, "state": state, "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    return Started(add_params_to_uri(endpoint, list(asked.items())), state, nonce, verifier)


def finish(client: Client, started: Started, state: str, code: str) -> dict[str, Any]:
    """The claims of whoever signed in. Raises ``OidcError`` for anything that does not fit what was started."""
    if not code or not state or state != started.state:
        raise OidcError("state does not fit")
    known = _discover(client.issuer)
    token = _exchanged(client, known.metadata["token_endpoint"], code, started.verifier)
    if not isinstance(token.get("id_token"), str):
        raise OidcError("no id_token")
    return _believed(client, known, token, started.nonce)


def _exchanged(client: Client, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
    """The tokens for a code, at the back door: never through the browser."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }  # fmt: skip
    # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    secret = (quote_plus(client.client_id), quote_plus(client.client_secret))
    try:
        answer = httpx.post(endpoint, data=form, auth=secret, timeout=TIMEOUT_S)
        token = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise OidcError(f"token: {type(error).__name__}") from error
    return token if isinstance(token, dict) else {}


def _believed(client: Client, known: _Known, token: dict[str, Any], nonce: str) -> dict[str, Any]:
    decoded = _decoded(known, token["id_token"])
    claims = CodeIDToken(
        decoded.claims, decoded.header,
        options={
            "iss": {"essential": True, "value": known.metadata["issuer"]},
            "aud": {"essential": True, "value": client.client_id},
            "sub": {"essential": True},
        },
        params={"nonce": nonce, "client_id": client.client_id, "access_token": token.get("access_token")},
    )  # fmt: skip
    try:
        claims.validate(now=int(time.time()), leeway=LEEWAY_S)
    except (JoseError, AuthlibBaseError) as error:
        raise OidcError(f"id_token: {type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error
    return dict(claims)


def _decoded(known: _Known, id_token: str) -> Any:
    """The token with its signature checked; a key that is not known yet is asked for once."""
    for anew in (False, True):
        try:
            return jwt.decode(id_token, _keys(known, anew), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            if anew:
                raise OidcError(f"id_token: {type(error).__name__}") from error
    raise OidcError("id_token")
