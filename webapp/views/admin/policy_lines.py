"""Lists of the scoring policy as people type them: one line each, checked, and written back the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.domain.official import COMPONENTS, OfficialIndex
from webapp.errors import InvalidInput

_SPLIT = "="
MOST = 20


def indices_text(indices: Sequence[OfficialIndex]) -> str:
    """``名称 = 响应 解决 满意 基本满意 部分解决``, a line for each."""
    return "\n".join(
        f"{_(i.name)} {_SPLIT} {i.response:g} {i.resolution:g} {i.satisfaction:g} {i.basically:g} {i.partly:g}"
        for i in indices
    )


def parse_indices(text: str, field: str) -> list[dict[str, Any]]:
    """The setting's list. Raises ``InvalidInput`` naming the line."""
    found = []
    for number, line in _lines(text, field):
        name, values = _halves(line)
        numbers = [_fraction(value) for value in values.split()]
        good = name and 3 <= len(numbers) <= 5 and None not in numbers and sum(n or 0 for n in numbers[:3])
        if not good:
            problem = _(
                "第 %(n)s 行写成：名称 = 响应率 解决率 满意率的权重（0 到 1），可再写基本满意、部分解决各计多少。",
                n=number,
            )
            raise InvalidInput(problem, field)
        keys = (*COMPONENTS, "basically", "partly")
        found.append({"name": name[:60], **dict(zip(keys, numbers, strict=False))})
    return found


def groups_text(groups: Mapping[str, Sequence[str]]) -> str:
    """``组名 = 编号开头 编号开头``, a line for each."""
    return "\n".join(f"{name} {_SPLIT} {' '.join(starts)}" for name, starts in groups.items())


def parse_groups(text: str, field: str) -> dict[str, list[str]]:
    """The setting's mapping. Raises ``InvalidInput`` naming the line."""
    found: dict[str, list[str]] = {}
    for number, line in _lines(text, field):
        name, starts = _halves(line)
        if not name or not starts.split() or name in found:
            raise InvalidInput(
                _("第 %(n)s 行写成：组名 = 编号的开头，多个用空格隔开；组名不能重复。", n=number), field
            )
        found[name[:60]] = starts.split()
    return found


def _lines(text: str, field: str) -> list[tuple[int, str]]:
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST:
        raise InvalidInput(_("最多 %(most)s 行。", most=MOST), field)
    return lines


def _halves(line: str) -> tuple[str, str]:
    name, _sign, rest = line.replace("＝", _SPLIT).rpartition(_SPLIT)
    return name.strip(), rest.replace("，", " ").replace("、", " ").replace(",", " ").strip()


def _fraction(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
