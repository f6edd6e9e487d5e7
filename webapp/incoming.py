"""What comes in is text that can be stored and shown, whichever door it takes; what cannot be written is dropped."""

from __future__ import annotations

import json
from typing import Any

import flask_smorest
from flask import Request
from flask.json.provider import DefaultJSONProvider
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from webapp.domain.texts import writable


def storable(value: Any) -> Any:
    """``value`` (a string, or JSON) with writable strings and keys (:func:`webapp.domain.texts.writable`)."""
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


class _Values(ImmutableMultiDict[str, Any]):
    """Values of a query or form."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(storable(key), storable(value)) for key, value in iter_multi_items(mapping or ())])


class StorableRequest(Request):
    """Flask's request with storable query and form values."""

    parameter_storage_class = _Values


class JsonProvider(DefaultJSONProvider):
    """Flask's JSON: storable when read, JSON nested without end is bad JSON; Chinese stays readable when written."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Read JSON. Raises ``ValueError``."""
        try:
            return storable(super().loads(s, **options))
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


class _Parser(FlaskParser):
    def _raw_load_json(self, req: Request) -> Any:
        try:
            return storable(super()._raw_load_json(req))
        except RecursionError as error:
            # An empty document would be taken for a body that is not there.
            raise json.JSONDecodeError("nested too deeply", "…", 0) from error


class Blueprint(flask_smorest.Blueprint):
    """A part of the JSON API; bodies are read by the same rules."""

    ARGUMENTS_PARSER = _Parser()
