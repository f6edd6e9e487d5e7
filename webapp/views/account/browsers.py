"""A browser's own description in plain words: "Chrome，Windows"."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.domain.text import N_

# The first that fits: most browsers also claim to be the ones further down.
_BROWSERS = (
    ("MicroMessenger", N_("微信")), ("DingTalk", N_("钉钉")), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("QQBrowser", N_("QQ 浏览器")), ("HuaweiBrowser", N_("华为浏览器")), ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("OpenHarmony", N_("鸿蒙")), ("HarmonyOS", N_("鸿蒙")), ("Android", N_("安卓")), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Macintosh", N_("苹果电脑")), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def in_words(user_agent: str) -> str:
    """Browser and system; what is neither known is "unknown", never the raw description."""
    names = [
        next((name for mark, name in kinds if mark in user_agent), "") for kinds in (_BROWSERS, _SYSTEMS)
    ]
    return _("，").join(_(name) for name in names if name) or _("没有认出的浏览器")
