"""Configuration: environment variables with defaults, listed in the README.

Everything is read once, in :func:`load_config`; nothing else in the project reads ``os.environ``.
"""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from webapp.domain.permissions import STAFF_ROLES
from webapp.domain.quiet import QuietHours

# Roles that reach everything without a department or area of their own, less those that keep others in check.
OIDC_MAY_CREATE = ("hotline_agent", "dispatcher", "reviewer")

ROOT = Path(__file__).resolve().parent.parent


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _secret(
    env: Mapping[str, str],
    name: str,
    var_dir: Path,
    make: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> str:
    """A secret from the environment, else one generated once into ``var_dir`` (mode 0600) for development."""
    if env.get(name):
        return env[name]
    if env.get("MINPING_ENV") == "production":
        raise RuntimeError(f"{name} must be set in production")
    path = var_dir / name.lower()
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two processes starting together must not end up with two different secrets.
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w") as handle:
                handle.write(make())
    return path.read_text().strip()


def _wechat(env: Mapping[str, str], var_dir: Path) -> dict[str, Any]:
    """The official account. In development without one, an account of WeChat's console twin (``flask wechat-sim``)."""
    names = ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_AES_KEY", "WECHAT_API_URL")
    config: dict[str, Any] = {name: env.get(name, "").strip() for name in names}
    if not any(config.values()) and env.get("MINPING_ENV") != "production":
        config["WECHAT_APP_ID"] = "wx-development"
        config["WECHAT_APP_SECRET"] = _secret(env, "WECHAT_APP_SECRET", var_dir)
        config["WECHAT_TOKEN"] = _secret(env, "WECHAT_TOKEN", var_dir)
        config["WECHAT_AES_KEY"] = _secret(env, "WECHAT_AES_KEY", var_dir, _aes_key)
        config["WECHAT_API_URL"] = f"http://127.0.0.1:{env.get('WECHAT_SIM_PORT', '9001')}"
    config["WECHAT_API_URL"] = (config["WECHAT_API_URL"] or "https://api.weixin.qq.com").rstrip("/")
    config["WECHAT_MODE"] = env.get("WECHAT_MODE", "").strip().lower()
    config["WECHAT_WINDOW_S"] = float(env.get("WECHAT_WINDOW_S", "300"))
    config["WECHAT_ANSWER_S"] = float(env.get("WECHAT_ANSWER_S", "4.0"))
    config["WECHAT_TEMPLATE_ID"] = env.get("WECHAT_TEMPLATE_ID", "")
    fields = env.get("WECHAT_TEMPLATE_FIELDS", "character_string1=number thing2=event time3=time")
    config["WECHAT_TEMPLATE_FIELDS"] = _template_fields(fields)
    return config


def _aes_key() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))


def _template_fields(text: str) -> dict[str, str]:
    """Field of the template → what goes into it. Raises ``RuntimeError`` for what nobody could fill in."""
    known = {"number", "event", "time", "department", "city"}
    fields = dict(part.partition("=")[::2] for part in text.split())
    if unknown := sorted(set(fields.values()) - known):
        raise RuntimeError(
            f"WECHAT_TEMPLATE_FIELDS: {unknown} must be among {sorted(known)}, as in thing2=event"
        )
    return fields


def _quiet_hours(text: str) -> str:
    """The hours as written. Raises ``ValueError`` at the start and not at night, when the first message waits."""
    QuietHours.parse(text)
    return text


def _retention_days(text: str) -> dict[str, int]:
    """Kind → days. Raises ``RuntimeError`` for an unknown kind or a number that is none."""
    kept = {
        "contact": 180, "identity": 365, "words": 365, "photos": 0, "files": 365, "chat": 180, "wechat": 730, "notices": 90,
    }  # fmt: skip
    for part in text.split():
        kind, _, days = part.partition("=")
        if kind not in kept or not days.isdecimal():
            raise RuntimeError(
                f"RETENTION_DAYS: {part!r}; write {' '.join(f'{k}={d}' for k, d in kept.items())}"
            )
        kept[kind] = int(days)
    return kept


def _sign_in(env: Mapping[str, str]) -> dict[str, Any]:
    """How staff sign in. Raises ``RuntimeError`` for a role that does not exist or must not be given unasked."""
    roles = {role.value for role in STAFF_ROLES}
    required = frozenset(env.get("REQUIRE_TOTP_ROLES", "").replace(",", " ").split())
    if unknown := sorted(required - roles - {"all"}):
        raise RuntimeError(f"REQUIRE_TOTP_ROLES: {unknown} must be among {sorted(roles)}, or the word all")
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    config: dict[str, Any] = {name: env.get(name, "").strip() for name in names}
    if any(config.values()) and not all(config.values()):
        raise RuntimeError("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set together")
    create = env.get("OIDC_CREATE_ROLE", "").strip()
    if create and create not in OIDC_MAY_CREATE:
        raise RuntimeError(
            f"OIDC_CREATE_ROLE must be among {list(OIDC_MAY_CREATE)}: others need more than a name"
        )
    return config | {
        "REQUIRE_TOTP_ROLES": frozenset(roles) if "all" in required else required,
        "OIDC_CLAIM": env.get("OIDC_CLAIM", "preferred_username").strip(),
        "OIDC_SCOPES": env.get("OIDC_SCOPES", "openid profile").strip(),
        "OIDC_NAME": env.get("OIDC_NAME", "").strip(),
        "OIDC_CREATE_ROLE": create,
    }


def _staff_networks(text: str) -> dict[str, tuple[IPv4Network | IPv6Network, ...]]:
    """``HR=10.1.0.0/16 HR=10.7.2.0/24 *=10.0.9.0/24``: department code (``*`` for all) and a network of its offices.

    Raises ``RuntimeError`` for what is no network: a vote must not count because of a typing error.
    """
    found: dict[str, tuple[IPv4Network | IPv6Network, ...]] = {}
    for part in text.split():
        code, _sign, network = part.partition("=")
        try:
            found[code] = (*found.get(code, ()), ip_network(network))
        except ValueError as error:
            raise RuntimeError(f"STAFF_NETWORKS: {part} is not code=network, as in HR=10.1.0.0/16") from error
    return found


def load_config(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the Flask configuration. Raises ``RuntimeError`` when production lacks a secret."""
    env = os.environ if env is None else env
    var_dir = Path(env.get("MINPING_VAR", ROOT / "var")).resolve()
    database_url = env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'minping.sqlite3'}"
    if database_url.startswith(("postgres://", "postgresql://")):
        # The driver that the project installs is psycopg 3; plain URLs would ask for psycopg2.
        database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
    production = env.get("MINPING_ENV") == "production"
    return {
        "ENVIRONMENT": env.get("MINPING_ENV", "development"),
        "VAR_DIR": var_dir,
        "UPLOAD_DIR": Path(env.get("UPLOAD_DIR", var_dir / "uploads")),
        "CITY_MODEL_DIR": Path(env["CITY_MODEL_DIR"]) if env.get("CITY_MODEL_DIR") else None,
        "SIMILAR_DIR": Path(env["SIMILAR_DIR"]) if env.get("SIMILAR_DIR") else None,
        "SQLALCHEMY_DATABASE_URI": database_url,
        "SECRET_KEY": _secret(env, "SECRET_KEY", var_dir),
        "FIELD_KEYS": _secret(env, "FIELD_KEYS", var_dir).split(","),
        "BROKER_URL": env.get("BROKER_URL", ""),
        "PUBLIC_URL": env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        "RASA_URL": env.get("RASA_URL", "http://127.0.0.1:5005").rstrip("/"),
        "CHAT_TIMEOUT_S": float(env.get("CHAT_TIMEOUT_S", "8")),
        "CHAT_LATE_S": float(env.get("CHAT_LATE_S", "60")),
        "CHAT_CONCURRENCY": int(env.get("CHAT_CONCURRENCY", "6")),
        "CITY_TIMEZONE": env.get("CITY_TIMEZONE", "Asia/Shanghai"),
        "CITY_NAME": env.get("CITY_NAME", "民平市"),
        "HOTLINE_PHONE": env.get("HOTLINE_PHONE", "12345"),
        "BABEL_DEFAULT_LOCALE": "zh_CN",
        "LANGUAGES": ["zh_CN", "en"],
        "MAX_CONTENT_LENGTH": 24 * 1024 * 1024,
        "PHOTO_LIMIT": 4,
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": production,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        # Behind a load balancer the address of the client is in X-Forwarded-For; trust as many hops as there are.
        "PROXY_HOPS": int(env.get("PROXY_HOPS", "0")),
        "RATELIMIT_STORAGE_URI": env.get("RATELIMIT_STORAGE_URI", "memory://"),
        "RATELIMIT_ENABLED": _flag(env.get("RATELIMIT_ENABLED", "1")),
        "RATELIMIT_HEADERS_ENABLED": True,
        "RATE_SUBMIT": env.get("RATE_SUBMIT", "120 per hour"),
        "RATE_CHAT": env.get("RATE_CHAT", "60 per minute"),
        "RATE_CHAT_ADDRESS": env.get("RATE_CHAT_ADDRESS", "600 per minute"),
        "QUIET_HOURS": _quiet_hours(env.get("QUIET_HOURS", "21:00-08:00")),
        "SMS_URL": env.get("SMS_URL", ""),
        "SMS_TOKEN": env.get("SMS_TOKEN", ""),
        "SMTP_HOST": env.get("SMTP_HOST", ""),
        "SMTP_PORT": int(env.get("SMTP_PORT", "587")),
        "SMTP_USER": env.get("SMTP_USER", ""),
        "SMTP_PASSWORD": env.get("SMTP_PASSWORD", ""),
        "SMTP_SECURITY": env.get("SMTP_SECURITY", "starttls"),
        "MAIL_FROM": env.get("MAIL_FROM", "minping@localhost"),
        "DIGEST_HOUR": int(env.get("DIGEST_HOUR", "8")),
        "RETENTION_DAYS": _retention_days(env.get("RETENTION_DAYS", "")),
        "RIGHTS_WORKDAYS": int(env.get("RIGHTS_WORKDAYS", "15")),
        "SUPERVISION_DEPARTMENT": env.get("SUPERVISION_DEPARTMENT", ""),
        **_sign_in(env),
        "STAFF_NETWORKS": _staff_networks(env.get("STAFF_NETWORKS", "")),
        # A month's answers and checks of its votes need time: it is published so many days after its end.
        "OPEN_DATA_DAYS": int(env.get("OPEN_DATA_DAYS", "15")),
        "OPEN_DATA_LICENCE": env.get("OPEN_DATA_LICENCE", ""),
        "SCORE_WINDOW_DAYS": int(env.get("SCORE_WINDOW_DAYS", "90")),
        "LOG_LEVEL": env.get("LOG_LEVEL", "INFO"),
        "LOG_JSON": _flag(env.get("LOG_JSON", "1")),
        **_wechat(env, var_dir),
        "API_TITLE": "Minping 民评 API",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
