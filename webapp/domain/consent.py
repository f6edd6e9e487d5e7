"""What residents agree to when they submit something: every wording ever used, by version.

A submission stores the version; the text behind a version never changes (a test pins each one). A new wording is a new
entry at the end. Sources: PIPL (个人信息保护法) articles 13, 14, 17: told plainly, purpose by purpose, before it is handled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from webapp.domain.text import N_


@dataclass(frozen=True, slots=True)
class Consent:
    """One wording: ``text`` is the source text (Chinese), ``since`` the day it came into use."""

    version: str
    since: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text (64 hex digits), stored in the first event of every submission made under it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


CONSENTS: Final = (
    Consent(
        "2026-11", "2026-11-26",
        N_("提交即表示同意：您写的内容、地点和照片用于办理这件诉求和改进公共服务；姓名和电话只用于联系您，加密保存，"
           "结案后按期限删除；选择公开的，公开前隐去个人信息。您可以随时凭编号和查询码查看、更正、撤回公开或要求删除。"),
    ),
)  # fmt: skip
CURRENT: Final = CONSENTS[-1]


def known(version: str) -> Consent | None:
    """The wording of a version; None for one that never was."""
    return next((consent for consent in CONSENTS if consent.version == version), None)
