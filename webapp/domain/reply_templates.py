"""Placeholders of reply templates: {{编号}} and its like, checked when a template is saved, filled when it is used."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


def placeholders(body: str) -> list[str]:
    """The names between double braces, in order, each once."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(body)))


def unknown_placeholders(body: str, known: Collection[str]) -> list[str]:
    """Names that nothing could be filled in for."""
    return [name for name in placeholders(body) if name not in known]


def has_stray_braces(body: str) -> bool:
    """Whether a {{ or }} stands without its other half: a placeholder that was mistyped."""
    return bool(_BRACES.search(_PLACEHOLDER.sub("", body)))


def fill(body: str, values: Mapping[str, str]) -> str:
    """``body`` with its placeholders filled in one pass (a value is never read as a template again).

    A name without a value stays as it is, so that it is seen.
    """
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group()), body)
