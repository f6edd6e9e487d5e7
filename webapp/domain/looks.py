"""Looks at personal data: which entries of the audit trail are some, and when somebody looks unlike their peers.

The rules are plain comparisons that an auditor can check by hand: they point at what is worth a question, and prove
nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

# What changes nothing: shown, copied out, or unmasked.
LOOKS: Final = frozenset(
    {
        "case.view", "chat.view", "contact.unmask", "contact.lookup", "chat.unmask", "insight.export", "audit.export",
        "request.print",
    }
)  # fmt: skip
UNMASKING: Final = frozenset({"contact.unmask", "chat.unmask"})
# Local hours from which and until which it is night.
NIGHT_FROM, NIGHT_UNTIL = 22, 6
MANY: Final = 10
"""Unmaskings below this are nobody's business, however few the others have"""
SOME: Final = 3
"""The same for those at night, and for those without any work on the case"""
TIMES: Final = 3.0
"""So many times the median of the peers is far more than they"""
PEERS: Final = 3
"""Fewer of the same role are no yardstick: then everybody who may unmask is"""


def is_night(hour: int) -> bool:
    """Whether a local hour 0…23 is at night."""
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def far_more(count: int, peers: Sequence[int], least: int) -> bool:
    """Whether ``count`` is at least ``least`` and more than ``TIMES`` the median of the peers' counts (none: 0)."""
    return count >= least and count > TIMES * (median(peers) if peers else 0.0)
