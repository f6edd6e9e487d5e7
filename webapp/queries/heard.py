"""How much of the city is heard: voices against uses and residents, by channel, and where it is silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.silence import Heard, heard
from webapp.queries import tallies
from webapp.queries.policy import DEMAND_PER_RESIDENTS, DEMAND_PER_USES
from webapp.queries.scorecards import Unit
from webapp.queries.scoring import MONTH, area_counts, counted, remembered
from webapp.queries.tallies import Window, added, named, votes
from webapp.queries.units import COMMUNITY, DISTRICT, STREET, catalogue

LEVELS = (DISTRICT, STREET, COMMUNITY)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit and what was heard of it; ``per`` residents or uses are what rates are printed for."""

    unit: Unit
    votes: int
    requests: int
    heard: Heard | None
    per: float

    @property
    def rate(self) -> float | None:
        return self.heard.rate * self.per if self.heard else None


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel: uses on record (rated or not), active votes among them, requests."""

    channel: str
    uses: int
    votes: int
    requests: int


def services(window: Window) -> Sequence[Line]:
    """Active votes of every service against its uses in the window, silent ones first, then the least heard."""

    def compute(_policy: object) -> Sequence[Line]:
        known = catalogue().services
        found, share = counted("service", window), window.days / MONTH
        units = [unit for unit in known.values() if unit.id > 0]
        sums = [tallies.total(found[unit.id]) if unit.id in found else tallies.NO_COUNTS for unit in units]
        rates = heard([(votes(c), unit.exposure * share) for unit, c in zip(units, sums, strict=True)])
        return _ordered([
            Line(unit, votes(c), c["received"], rate, DEMAND_PER_USES)
            for unit, c, rate in zip(units, sums, rates, strict=True)
        ])  # fmt: skip

    return remembered("heard services", window, compute)


def areas(level: int, window: Window) -> Sequence[Line]:
    """Votes and requests of every area of a level against its residents, silent ones first, then the least heard."""

    def compute(_policy: object) -> Sequence[Line]:
        known = catalogue()
        voted: Counter[int] = Counter()
        asked: Counter[int] = Counter()
        for area, channels in area_counts(window).items():
            home = known.up.get(area, {}).get(level)
            if home is not None:
                counts = tallies.total(channels)
                voted[home] += votes(counts)
                asked[home] += counts["received"]
        units = known.within(level)
        rates = heard([(voted[u.id] + asked[u.id], u.exposure) for u in units])
        return _ordered([
            Line(unit, voted[unit.id], asked[unit.id], rate, DEMAND_PER_RESIDENTS)
            for unit, rate in zip(units, rates, strict=True)
        ])  # fmt: skip

    return remembered(f"heard areas {level}", window, compute)


def _ordered(lines: Sequence[Line]) -> list[Line]:
    return sorted(
        lines, key=lambda line: (line.heard is None, line.heard.rate if line.heard else 0.0, line.unit.code)
    )


def channels(window: Window) -> Sequence[ChannelLine]:
    """Voices by the way they came, most first: of all departments together."""

    def compute(_policy: object) -> Sequence[ChannelLine]:
        rows: dict[str, list[tallies.Row]] = {}
        for by_channel in counted("department", window).values():
            for channel, row in by_channel.items():
                rows.setdefault(channel, []).append(row)
        found = {channel: named([added(r)]) for channel, r in rows.items()}
        lines = [ChannelLine(c, s["uses"], votes(s), s["received"]) for c, s in found.items()]
        return sorted(lines, key=lambda line: (-line.votes - line.requests, line.channel))

    return remembered("heard channels", window, compute)
