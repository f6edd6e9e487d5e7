"""What text may consist of, so that every database stores it and XML, spreadsheets and browsers can show it."""

from __future__ import annotations

import re

# Controls but for tab and line ends, lone surrogates, and the two characters that XML forbids: PostgreSQL refuses the
# first of them, encodings the surrogates, workbooks and XML readers all of them. They mean nothing in a message.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """``text`` without the characters that cannot be written everywhere."""
    return _UNWRITABLE.sub("", text)
