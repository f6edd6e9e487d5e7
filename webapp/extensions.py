"""Flask extensions, created once here and bound to the application in :func:`webapp.create_app`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from webapp.crypto import keyed_hash


class Base(DeclarativeBase):
    """Declarative base with constraint names, so that migrations can name what they drop."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(
    directory=str(Path(__file__).parent / "migrations"), render_as_batch=True, compare_server_default=False
)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()


def visitor_address() -> str:
    """Whose requests count together: the address under a salt that changes every day, never the address itself.

    The limits live for an hour at most, in memory or in Redis; what is left of them anywhere says nothing about anybody.
    """
    day = datetime.now(UTC).date().isoformat()
    return keyed_hash(f"rate:{day}", get_remote_address())[:24]


limiter = Limiter(visitor_address)
api = Api()
