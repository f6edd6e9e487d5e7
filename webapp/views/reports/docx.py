"""A report as DOCX: native headings, lists and tables that an office edits on; charts as pictures with a text beside."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from docx import Document as new_document
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.run import Run

from webapp.views.reports.document import Block, Document, Figure, Grid, Points, Quotes
from webapp.views.reports.pdf import as_picture

HEI, SONG, LATIN = "黑体", "宋体", "Arial"
DARK, MUTED = RGBColor(0x08, 0x4F, 0x68), RGBColor(0x52, 0x61, 0x70)
TEXT_MM = 174.0
MARKS = {"up": "● ", "down": "● ", "unclear": "○ ", "unknown": "○ ", "": "– "}


def _font(run: Run, east: str, size: float, colour: RGBColor | None = None) -> None:
    run.font.size, run.font.name = Pt(size), LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east)
    if colour is not None:
        run.font.color.rgb = colour


def _paper(word: Word, document: Document) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(18)
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(10)  # type: ignore[attr-defined]
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    normal.paragraph_format.space_after = Pt(4)  # type: ignore[attr-defined]
    properties = word.core_properties
    properties.title, properties.subject = document.title, document.subtitle
    properties.author, properties.language = document.meta[-1], "zh-CN" if document.language == "zh" else "en"
    footer = section.footer.paragraphs[0]
    _font(footer.add_run(f"{document.title} · {document.subtitle}　"), HEI, 8, MUTED)
    _page_number(footer.add_run())


def _page_number(run: Run) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._element.append(element)
    _font(run, HEI, 8, MUTED)


def _heading(word: Word, text: str, level: int) -> None:
    heading = word.add_heading(level=level)
    _font(heading.add_run(text), HEI, {1: 19, 2: 13, 3: 10.5}[level], DARK)
    heading.paragraph_format.space_before = Pt({1: 0, 2: 14, 3: 8}[level])
    heading.paragraph_format.space_after = Pt(4)
    heading.paragraph_format.keep_with_next = True


def _points(word: Word, block: Points) -> None:
    for i, item in enumerate(block.items):
        verdict = block.verdicts[i] if i < len(block.verdicts) else ""
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Mm(4), Mm(-4)
        _font(paragraph.add_run(MARKS[verdict]), SONG, 10, DARK)
        _font(paragraph.add_run(item), SONG, 10)


def _note(word: Word, text: str) -> None:
    if text:
        _font(word.add_paragraph().add_run(text), HEI, 8, MUTED)


def _fill(cell: _Cell, text: str, right: bool, head: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    _font(paragraph.add_run(text), HEI, 8, DARK if head else None)
    if head:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EDF2F5")):
            shade.set(qn(f"w:{name}"), value)
        cell._element.get_or_add_tcPr().append(shade)


def _grid(word: Word, grid: Grid, title: bool = True) -> None:
    if title:
        _heading(word, grid.title, 3)
    table = word.add_table(rows=0, cols=len(grid.head))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    shares = grid.widths or [1.0] * len(grid.head)
    for number, row in enumerate([grid.head, *grid.rows]):
        cells = table.add_row().cells
        for i, (cell, text) in enumerate(zip(cells, row, strict=True)):
            cell.width = Mm(TEXT_MM * shares[i] / sum(shares))
            _fill(cell, text, i in grid.numbers, number == 0)
    _repeat_head(table.rows[0]._tr)
    _note(word, grid.note)


def _repeat_head(row: object) -> None:
    """Let the head cells stand on every page of a long table, and be read as heads."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row.get_or_add_trPr().append(mark)  # type: ignore[attr-defined]


def _figure(word: Word, block: Figure) -> None:
    _heading(word, block.title, 3)
    tall = block.drawing.height > 0.7 * block.drawing.width
    width = Mm(TEXT_MM * (0.8 if tall else 1.0) * (1.0 if block.wide else 0.7))
    picture = word.add_paragraph().add_run().add_picture(BytesIO(as_picture(block.drawing)), width=width)
    said = picture._inline.docPr
    said.set("descr", f"{block.title}: {block.description}")
    said.set("title", block.title)
    _note(word, block.description)
    _grid(word, block.grid, title=False)


def _quotes(word: Word, block: Quotes) -> None:
    for words, where in block.items:
        paragraph = word.add_paragraph(style="Intense Quote")
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.space_after = Mm(6), Pt(3)
        run = paragraph.add_run(words)
        run.italic, run.bold = False, False
        _font(run, SONG, 10, RGBColor(0x1B, 0x27, 0x33))
        run = paragraph.add_run(f"　{where}")
        run.italic, run.bold = False, False
        _font(run, HEI, 8, MUTED)


def _blocks(word: Word, blocks: Sequence[Block]) -> None:
    for block in blocks:
        if isinstance(block, Points):
            _points(word, block)
        elif isinstance(block, Grid):
            _grid(word, block)
        elif isinstance(block, Figure):
            _figure(word, block)
        else:
            _quotes(word, block)


def as_docx(document: Document) -> bytes:
    """The report as a file that text processors open."""
    word = new_document()
    _paper(word, document)
    _heading(word, document.title, 1)
    _font(word.add_paragraph().add_run(document.subtitle), HEI, 13, DARK)
    _note(word, "　·　".join(document.meta))
    _points(word, document.summary)
    for section in document.numbered():
        _heading(word, section.title, 2)
        _blocks(word, section.blocks)
    _heading(word, document.foot_title, 2)
    for line in document.foot:
        _note(word, line)
    file = BytesIO()
    word.save(file)
    return file.getvalue()
