"""How well areas are read, measured by a command on a file of messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from webapp.errors import InvalidInput
from webapp.services import area_check

ROWS = "text,area\n柳树社区门口的路灯三天不亮,T111\n柳树社区的路灯不亮,T11\n办社保要带什么,\n安静一点行不行,T111\n"


def test_right_wide_unread_and_wrong_are_counted(context: Flask, tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(ROWS, encoding="utf-8")
    found = area_check.figures(area_check.check(area_check.read_file(path)))
    assert (found.total, found.right, found.wide, found.unread, found.wrong) == (4, 2, 0, 1, 1)
    assert found.low < 0.5 < found.high


def test_the_command_prints_them_and_masks_what_it_shows(context: Flask, tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("text,area\n我的电话13812345678，路灯不亮,T111\n", encoding="utf-8")
    result = context.test_cli_runner().invoke(args=["nlp", "areas", str(path), "--show"])
    assert result.exit_code == 0
    assert "0 too wide, 1 not read, 0 wrong" in result.output
    assert "13812345678" not in result.output


@pytest.mark.parametrize("content", ["words,code\na,b\n", "text,area\n路灯不亮,NOWHERE\n"])
def test_a_file_of_another_shape_is_refused_with_what_is_needed(
    context: Flask, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput):
        area_check.read_file(path)
    assert context.test_cli_runner().invoke(args=["nlp", "areas", str(path)]).exit_code == 1
