"""Reading of values (phone, number, name, place, level, service) judged on ``bot/tests/heldout_values.yml``."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.actions import contact, gateway, gateway_services, words
from bot.actions.rate_reading import settle
from tools.bot_figures import Read
from tools.bot_model import BOT_DIR
from webapp import create_app
from webapp.demo.load import load_city
from webapp.extensions import db

FILE = BOT_DIR / "tests" / "heldout_values.yml"
EVERYWHERE = ("phone", "tracking_number", "name", "place")
WHERE_GIVEN = ("level", "service")


def read_all(file: Path = FILE) -> dict[str, list[Read]]:
    """Kind → every reading of it, on a demo city of its own (estates and services are known by it)."""
    found: dict[str, list[Read]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/city.sqlite3", "VAR_DIR": Path(folder),
            "SECRET_KEY": "report", "FIELD_KEYS": ["report"], "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        with create_app(settings).app_context():
            db.create_all()
            load_city(datetime.now(UTC), requests=1, reviews=1)
            for message in yaml.safe_load(file.read_text(encoding="utf-8")):
                for kind, read in _values(message).items():
                    found[kind].append(read)
            db.session.remove()
            db.engine.dispose()
    return dict(found)


def _values(message: dict[str, Any]) -> dict[str, Read]:
    text = message["text"]
    chosen = settle(gateway_services.match_services(text)) if "service" in message else None
    read = {
        "phone": contact.phone_in(text), "tracking_number": contact.number_in(text), "name": contact.name_in(text),
        "place": gateway.place_in(contact.without_contact(text)), "level": words.rating_in(text) or "",
        "service": chosen[0] if chosen else "",
    }  # fmt: skip
    kinds = [*EVERYWHERE, *(kind for kind in WHERE_GIVEN if kind in message)]
    return {kind: Read(text, str(message.get(kind) or ""), str(read[kind])) for kind in kinds}
