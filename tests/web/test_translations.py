"""English is complete: every text of code and templates is translated, keeps its placeholders, and is compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "webapp" / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_l": None, "lazy_gettext": None}
CHINESE = re.compile("[\u4e00-\u9fff]+")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The English translations."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Every text marked for translation in code and templates."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT / "webapp", methods, options, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _file, _line, message, *_ in found}


def test_every_text_is_translated(catalog: Catalog, texts: set[str]) -> None:
    assert len(texts) > 900
    missing = sorted(text for text in texts if not (catalog.get(text) and catalog.get(text).string))  # type: ignore[union-attr]
    assert missing == [], "run `make translations` and translate these"


def test_nothing_is_left_over_or_doubtful(catalog: Catalog, texts: set[str]) -> None:
    assert sorted(str(m.id) for m in catalog if m.id and (m.id not in texts or m.fuzzy)) == []


def test_placeholders_survive(catalog: Catalog) -> None:
    # A percent sign of the translation's own would be taken for a placeholder in a template.
    pattern = re.compile(r"%\(\w+\)s|%%|%")
    broken = [
        str(m.id)
        for m in catalog
        if m.id and sorted(pattern.findall(str(m.id))) != sorted(pattern.findall(str(m.string)))
    ]
    assert broken == []


def test_translations_are_english(catalog: Catalog) -> None:
    assert [str(m.id) for m in catalog if m.id and CHINESE.search(str(m.string))] == []


def test_what_is_compiled_is_what_is_written(catalog: Catalog) -> None:
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {m.id: m.string for m in compiled if m.id} == {m.id: m.string for m in catalog if m.id}


@pytest.mark.parametrize(
    "path", ["/method", "/privacy", "/track", "/report", "/chat", "/rate/HR-001", "/nowhere"]
)
def test_an_english_page_speaks_english(client: FlaskClient, path: str) -> None:
    client.set_cookie("mp_lang", "en")
    page = re.sub(r"<script.*?</script>|data-\w+='[^']*'", "", client.get(path).text, flags=re.S)
    # What remains Chinese is the city's own: its name, areas, services and departments; and the way back to Chinese.
    own = {"民平市", "中文", "评", "人"}
    texts = re.findall(r">([^<]+)<", page)
    rest = {word for text in texts for word in CHINESE.findall(text)} - own
    names = {
        "东门区",
        "西门区",
        "柳树街道",
        "石桥街道",
        "柳树社区",
        "石桥社区",
        "社会保险关系转移",
        "市人社局",
        "政务大厅",
        "号窗口",
    }
    assert rest - names == set()


@pytest.mark.parametrize("path", ["/track", "/rate/mine", "/chat", "/", "/report", "/method"])
def test_english_sentences_do_not_run_together(client: FlaskClient, path: str) -> None:
    client.set_cookie("mp_lang", "en")
    page = re.sub(r"<script.*?</script>", "", client.get(path).text, flags=re.S)
    # Tags of the same paragraph only: a block ends a sentence by itself.
    flowing = re.sub(r"</?(a|strong|span|em)\b[^>]*>", "", page)
    shown = " ".join(re.findall(r">([^<]+)<", flowing))
    assert re.findall(r"[a-z][.?!][A-Z]\w*", shown) == []
