"""Answers in the format that the URL's ending asks for, and errors in GeoReport's shape."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from webapp.i18n import local

FORMATS = ("json", "xml")


def w3c(moment: datetime | None) -> str | None:
    """A W3C date with the city's offset, as GeoReport wants it; None stays None."""
    return local(moment).isoformat(timespec="seconds") if moment else None


def _element(parent: ET.Element, name: str, value: Any) -> None:
    child = ET.SubElement(parent, name)
    if isinstance(value, list):
        for item in value:
            _element(child, name[:-1], item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _element(child, key, inner)
    elif value is not None:
        # Control characters cannot stand in XML at all.
        text = "true" if value is True else "false" if value is False else str(value)
        child.text = "".join(c for c in text if c in "\n\r\t" or ord(c) >= 32)


def render(items: list[dict[str, Any]], root: str, item: str, fmt: str, status: int = 200) -> Response:
    """A list of flat dictionaries as a JSON array or as ``<root><item>…``."""
    if fmt == "json":
        response = jsonify(items)
    else:
        top = ET.Element(root)
        for entry in items:
            _element(top, item, entry)
        response = Response(
            ET.tostring(top, encoding="utf-8", xml_declaration=True), content_type="text/xml; charset=utf-8"
        )
    response.status_code = status
    return response


def error(code: int, description: str, fmt: str) -> Response:
    """GeoReport's error list with one entry."""
    return render(
        [{"code": code, "description": description}],
        "errors",
        "error",
        fmt if fmt in FORMATS else "json",
        code,
    )
