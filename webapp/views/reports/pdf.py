"""A report as PDF: typst sets ``report.typ`` from data, with fonts that a package brings, so that nothing is installed.

The file is tagged for screen readers (PDF/UA-1): headings, tables with head cells, charts with a text beside them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from webapp.views.reports.document import Block, Document, Figure
from webapp.views.reports.drawing import Drawing

_TEMPLATE = Path(__file__).with_name("report.typ")
_PICTURE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 460pt)'
_PPI = 190.0


@cache
def _fonts() -> typst.Fonts:
    """Noto Sans SC and Noto Serif SC. Raises ``RuntimeError`` where the package came without its files."""
    folder = pylopdf_fonts_zh_cn.sans_path().parent
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    missing = {"Noto Sans SC", "Noto Serif SC"} - set(fonts.families())
    if missing:
        raise RuntimeError(f"pylopdf-fonts-zh-cn brings no {', '.join(sorted(missing))}: install it anew")
    return fonts


def _block(block: Block) -> dict[str, Any]:
    found = asdict(block)
    if isinstance(block, Figure):
        drawing = found.pop("drawing")
        # A tall chart is set narrower, so that it stands on a page with the words about it.
        found |= {"svg": drawing["svg"], "share": 80 if drawing["height"] > 0.7 * drawing["width"] else 100}
    return found


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": document.title, "subtitle": document.subtitle, "author": document.meta[-1], "meta": list(document.meta),
        "language": document.language, "summary": asdict(document.summary),
        "sections": [{"title": s.title, "blocks": [_block(b) for b in s.blocks]} for s in document.numbered()],
        "foot": list(document.foot), "foot_title": document.foot_title,
    }  # fmt: skip


def as_pdf(document: Document) -> bytes:
    """The report on A4 pages."""
    data = json.dumps(_data(document), ensure_ascii=False)
    compiler = typst.Compiler(
        str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={"document": data},
    )  # fmt: skip
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(made, bytes)  # noqa: S101 - one file, no list of pages
    return made


def as_picture(drawing: Drawing) -> bytes:
    """A chart as PNG, for files that hold no SVG."""
    compiler = typst.Compiler(
        _PICTURE, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"svg": drawing.svg}
    )
    made = compiler.compile(format="png", ppi=_PPI)
    assert isinstance(made, bytes)  # noqa: S101 - one page
    return made
