"""@姓名 in a note. Chinese names stand without a space before the next word, so known names are looked for."""

from __future__ import annotations

import re
from collections.abc import Collection

_AT = re.compile(r"[@＠]")
# Letters before it make it an address (li@city.gov), not a mention.
_ADDRESS = re.compile(r"[0-9A-Za-z._-]$")


def mentioned(note: str, names: Collection[str]) -> tuple[set[str], list[str]]:
    """The names mentioned in ``note``, and the beginnings of mentions that are nobody's name.

    Of two names that begin alike the longer one is meant.
    """
    found: set[str] = set()
    unknown: list[str] = []
    longest_first = sorted(names, key=len, reverse=True)
    for match in _AT.finditer(note):
        if _ADDRESS.search(note[: match.start()]):
            continue
        rest = note[match.end() :]
        name = next((name for name in longest_first if name and rest.startswith(name)), None)
        if name is not None:
            found.add(name)
        elif rest[:1].strip():
            unknown.append(re.split(r"[\s,，。；;:：、@＠]", rest, maxsplit=1)[0][:4])
    return found, unknown
