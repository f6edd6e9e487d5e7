"""Text that every store and reader takes."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from webapp.domain.texts import writable

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANYTHING)
def test_whatever_is_left_can_be_written_everywhere(text: str) -> None:
    left = writable(text)
    left.encode()
    assert "\0" not in left
    element = ElementTree.Element("t")
    element.text = left
    ElementTree.fromstring(ElementTree.tostring(element, "utf-8"))  # noqa: S314 - our own document
    book = Workbook()
    book.worksheets[0].append([f"x{left}"])
    book.save(BytesIO())


def test_words_line_ends_and_emoji_stay() -> None:
    text = "路灯坏了\r\n\t第二行 👨‍👩‍👧 𠮷\u200b"
    assert writable(text) == text
    assert writable("路\0灯\x1b\ud800坏\x7f了") == "路灯坏了"
