"""Configuration: environment variables with defaults, listed in the README.

Everything is read once, in :func:`load_config`; nothing else in the project reads ``os.environ``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _secret(env: Mapping[str, str], name: str, var_dir: Path) -> str:
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
                handle.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


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
        "SCORE_WINDOW_DAYS": int(env.get("SCORE_WINDOW_DAYS", "90")),
        "LOG_LEVEL": env.get("LOG_LEVEL", "INFO"),
        "LOG_JSON": _flag(env.get("LOG_JSON", "1")),
        "WECHAT_APP_ID": env.get("WECHAT_APP_ID", ""),
        "WECHAT_APP_SECRET": env.get("WECHAT_APP_SECRET", ""),
        "WECHAT_TOKEN": env.get("WECHAT_TOKEN", ""),
        "WECHAT_AES_KEY": env.get("WECHAT_AES_KEY", ""),
        "WECHAT_API_URL": env.get("WECHAT_API_URL", ""),
        "API_TITLE": "Minping 民评 API",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
