"""Millions of reviews at once, drawn by the column: the same city, moods and habits as ``reviews``, in numpy.

Texts repeat from a pool (``bulk_words``); everything else is drawn for each review. A block of reviews comes as rows
of ``reviews`` and of ``rectifications``, in the order of ``REVIEW_COLUMNS`` and ``RECTIFICATION_COLUMNS``; moments are text,
as both databases take them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.demo import patterns, stories
from webapp.demo.bulk_words import KINDS, SILENCE, Pool
from webapp.demo.reviews import CHANNEL_MOOD, CHANNELS, CONCENTRATION, SPAN_DAYS, ReviewMaker
from webapp.demo.rows import Ids, identity_of, rectification_due
from webapp.domain.rectification import DEFAULT_RECTIFICATION_POLICY as RULES

Array = NDArray[Any]
Row = tuple[Any, ...]

REVIEW_COLUMNS = (
    "id", "version", "review_id", "service_id", "department_id", "area_id", "channel", "scope", "rating", "tags",
    "comment", "is_default", "asked", "identity", "use_key", "created_at", "created_day", "prediction", "anger", "model",
    "reply", "replied_at", "consent_version",
)  # fmt: skip
RECTIFICATION_COLUMNS = (
    "version", "review_id", "department_id", "status", "opened_at", "verify_due_at", "rectify_due_at", "verified_at",
    "rectified_at", "measure", "followed_up_at", "satisfied",
)  # fmt: skip
BLOCK = 100_000
LINES = 60
_DAY, _HOUR = 86_400, 3_600
_OFFSET = 8 * _HOUR  # patterns.CITY_ZONE


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of both tables."""

    reviews: list[Row]
    rectifications: list[Row]


class Bulk:
    """Draws reviews of counters and online matters; the same maker and seed give the same ones."""

    def __init__(self, maker: ReviewMaker, ids: Ids, seed: int) -> None:
        self.maker, self.world, self.ids = maker, maker.world, ids
        self.np, self.seed = np.random.default_rng(seed), seed
        departments = self.world.catalog.departments
        services = maker.services
        self.quality = np.array([s.quality for s in services])
        self.turning = np.array([s.service_code == stories.COUNTER_SERVICE for s in services])
        self.kind = np.array([("counter", "online", "both").index(s.kind) for s in services])
        self.service_id = np.array([ids.services[s.service_code] for s in services])
        self.department_id = np.array([ids.departments[s.department_code] for s in services])
        self.department_area = np.array(
            [ids.areas[departments[s.department_code].area_code] for s in services]
        )
        self.solve = np.array([departments[s.department_code].solve for s in services])
        self.chance = np.array(maker.weights) / sum(maker.weights)
        people = maker.residents.people
        self.identity = [identity_of(person.key) for person in people]
        streets = {p.grid_code: ids.areas[self.world.city.at(p.grid_code, "street").code] for p in people}
        self.street = np.array([streets[p.grid_code] for p in people])
        self.lines = {
            name: [maker.writer_line(name) for _ in range(LINES)] for name in ("good", "bad", "measures")
        }
        self.opening = self._openings()

    def _openings(self) -> Callable[[Array], Array]:
        """Epoch seconds → the same where an office is open, else early on the next working day (``patterns.office_time``)."""
        first = patterns.days_until(self.world.now, SPAN_DAYS)[0] - timedelta(days=2)
        span = SPAN_DAYS + 80
        open_days = np.array([self.world.is_workday(first + timedelta(days=i)) for i in range(span)])
        following = np.full(span + 1, span)
        for i in range(span - 1, -1, -1):
            following[i] = i if open_days[i] else following[i + 1]
        start = (first - date(1970, 1, 1)).days

        def opening(at: Array) -> Array:
            local = at + _OFFSET
            day, clock = local // _DAY - start, local % _DAY
            day = np.clip(day, 0, span - 2)
            opened = open_days[day] & (clock >= 30_600) & (clock <= 64_800)
            target = following[day + (clock >= 30_600)]
            late = 31_200 + self.np.exponential(2_700, len(at)).astype(np.int64)
            return np.where(opened, at, (target + start) * _DAY + late - _OFFSET)

        return opening

    def blocks(self, total: int, first: int, words: Pool) -> Iterator[Block]:
        """``total`` reviews less those that would lie in the future, with ids from ``first`` on."""
        number = first
        for day, count in self._portions(total):
            block = self._block(day, count, number, words)
            number += len(block.reviews)
            yield block

    def steps(self, total: int) -> int:
        """How many blocks ``total`` reviews come in."""
        return len(self._portions(total))

    def _portions(self, total: int) -> list[tuple[date, int]]:
        days = patterns.days_until(self.world.now, SPAN_DAYS)
        counts = patterns.spread_over_days(random.Random(f"bulk:{self.seed}"), total, days)
        return [
            (day, min(BLOCK, count - start))
            for day, count in zip(days, counts, strict=True)
            for start in range(0, count, BLOCK)
        ]

    def _moments(self, day: date, rhythm: Array) -> Array:
        """Epoch seconds on a local day; ``rhythm`` 0 counter hours, 1 online ones."""
        midnight = int(datetime.combine(day, time(), patterns.CITY_ZONE).timestamp())
        hour = np.zeros(len(rhythm), dtype=np.int64)
        for index, kind in enumerate(KINDS):
            weights = np.array(patterns.HOURS[kind], dtype=float)
            mine = rhythm == index
            hour[mine] = self.np.choice(24, mine.sum(), p=weights / weights.sum())
        return midnight + hour * _HOUR + self.np.integers(0, _HOUR, len(rhythm))

    def _channels(self, kind: Array) -> Array:
        """Index into ``CHANNEL_NAMES``."""
        found = np.zeros(len(kind), dtype=np.int64)
        for index, name in enumerate(KINDS):
            names, weights = CHANNELS[name]
            mine = kind == index
            drawn = self.np.choice(len(names), mine.sum(), p=np.array(weights) / sum(weights))
            found[mine] = np.array([CHANNEL_NAMES.index(n) for n in names])[drawn]
        return found

    def _block(self, day: date, count: int, number: int, words: Pool) -> Block:
        draw, workday = self.np, self.world.is_workday(day)
        service = draw.choice(len(self.chance), count, p=self.chance)
        kind = self.kind[service]
        both = kind == 2
        kind = np.where(both, draw.integers(0, 2, count), kind)
        if not workday:
            kind = np.where(both, 1, kind)
        at = self._moments(day, kind if workday else np.ones(count, dtype=np.int64))
        past = at < int(self.world.now.timestamp())
        service, kind, at = service[past], kind[past], np.sort(at[past])
        count = len(at)
        channel = self._channels(kind)
        quality = np.where(self.turning[service], self._counter_quality(at), self.quality[service])
        quality = np.clip(quality + MOODS[channel], 0.03, 0.97)
        level = 1 + draw.binomial(4, draw.beta(CONCENTRATION * quality, CONCENTRATION * (1 - quality)))
        luck = draw.random(count)
        default = luck < 0.10
        text = np.where(
            ~default & (draw.random(count) < 0.5), draw.integers(0, min(map(len, words.values())), count), -1
        )
        silent = (luck > 0.97) & (text >= 0)
        rating = np.where(default, 5, level)
        facts = {
            "service": service, "kind": kind, "at": at, "channel": channel, "level": level, "rating": rating,
            "default": default, "silent": silent, "text": text,
            "person": (draw.random(count) ** 1.6 * len(self.identity)).astype(np.int64),
        }  # fmt: skip
        life = self._lives(facts)
        return Block(
            self._review_rows(day, number, facts, life, words),
            self._rectification_rows(day, number, facts, life),
        )

    def _counter_quality(self, at: Array) -> Array:
        turn = (self.world.now - timedelta(days=stories.COUNTER_TURN_DAYS_AGO)).timestamp()
        return np.where(at < turn, stories.COUNTER_BEFORE, stories.COUNTER_AFTER)

    def _lives(self, f: dict[str, Array]) -> dict[str, Array]:
        """What became of each review: moments in epoch seconds, 0 for never (``ReviewMaker._answered``)."""
        draw, now, count = self.np, int(self.world.now.timestamp()), len(f["at"])
        active = ~f["default"] & ~f["silent"]
        bad = active & (f["level"] <= 2)
        thanks = ~f["default"] & ~bad & (f["text"] >= 0) & (draw.random(count) < 0.12)
        thanked = self.opening(f["at"] + (draw.uniform(3, 70, count) * _HOUR).astype(np.int64))
        verified = self.opening(f["at"] + (draw.lognormal(1.8, 0.8, count) * _HOUR).astype(np.int64))
        verified = np.where(bad & (draw.random(count) <= 0.94) & (verified <= now), verified, 0)
        answered = self.opening(verified + (draw.lognormal(3.2, 0.7, count) * _HOUR).astype(np.int64))
        replied = np.where(
            thanks, thanked, np.where((verified > 0) & (draw.random(count) < 0.86), answered, 0)
        )
        rectified = verified + (draw.lognormal(1.2, 0.6, count) * _DAY).astype(np.int64)
        rectified = np.where((verified > 0) & (draw.random(count) <= 0.84) & (rectified <= now), rectified, 0)
        asked = rectified + (draw.uniform(0.5, 5, count) * _DAY).astype(np.int64)
        heard = (rectified > 0) & (draw.random(count) < 0.58) & (asked < now)
        content = np.minimum(0.9, 0.15 + 0.8 * self.solve[f["service"]])
        satisfied = 1 + draw.binomial(4, draw.beta(CONCENTRATION * content, CONCENTRATION * (1 - content)))
        return {
            "bad": bad, "verified": verified, "replied": np.where(replied < now, replied, 0), "rectified": rectified,
            "asked": np.where(heard, asked, 0), "satisfied": satisfied,
        }  # fmt: skip

    def _review_rows(
        self, day: date, number: int, f: dict[str, Array], life: dict[str, Array],
        words: Pool,
    ) -> list[Row]:  # fmt: skip
        service, kind, count = f["service"], f["kind"], len(f["at"])
        area = np.where(kind == 0, self.department_area[service], self.street[f["person"]])
        said = [
            words[KINDS[k], level][text] if text >= 0 else SILENCE
            for k, level, text in zip(kind.tolist(), f["level"].tolist(), f["text"].tolist(), strict=True)
        ]
        numbers, local = range(number, number + count), day.isoformat()
        uses = [
            f"{local}#{n}" if k == 0 else f"B{n:09d}" for n, k in zip(numbers, kind.tolist(), strict=True)
        ]
        ratings = [None if s else r for r, s in zip(f["rating"].tolist(), f["silent"].tolist(), strict=True)]
        good, times = self.lines["good"], moments(life["replied"])
        replies = [
            "" if at is None else self.lines["bad"][n % LINES] if bad else good[n % LINES]
            for n, at, bad in zip(numbers, times, life["bad"].tolist(), strict=True)
        ]
        return list(
            zip(
                numbers, [1] * count, [f"PJ{n:08d}" for n in numbers], self.service_id[service].tolist(),
                self.department_id[service].tolist(), area.tolist(),
                [CHANNEL_NAMES[c] for c in f["channel"].tolist()], [SCOPES[k] for k in kind.tolist()], ratings,
                ["[]" if s else w.tags for w, s in zip(said, f["silent"].tolist(), strict=True)],
                [w.comment for w in said], f["default"].astype(int).tolist(), [0] * count,
                [self.identity[p] for p in f["person"].tolist()], uses, moments(f["at"]), [local] * count,
                [w.prediction for w in said], [w.anger for w in said], [w.model for w in said], replies, times,
                [""] * count, strict=True,
            )
        )  # fmt: skip

    def _rectification_rows(
        self, day: date, number: int, f: dict[str, Array], life: dict[str, Array]
    ) -> list[Row]:
        chosen = np.flatnonzero(life["bad"])
        due = moments(
            np.array([int(d.timestamp()) for d in rectification_due(datetime.combine(day, time(12), UTC))])
        )
        silence, now = RULES.silence_days * _DAY, int(self.world.now.timestamp())
        verified, rectified, asked = (life[name][chosen] for name in ("verified", "rectified", "asked"))
        given_up = (rectified > 0) & (asked == 0) & (rectified + silence <= now)
        ended = np.where(given_up, rectified + silence, asked)
        status = np.select(
            [asked > 0, given_up, rectified > 0, verified > 0],
            ["followed_up", "unreached", "rectified", "verified"], "opened",
        )  # fmt: skip
        measures = self.lines["measures"]
        return [
            (1, number + i, department, state, opened, due[0], due[1], seen, done,
             measures[i % LINES] if done else "", end, level if heard else None)
            for i, department, state, opened, seen, done, end, heard, level in zip(
                chosen.tolist(), self.department_id[f["service"][chosen]].tolist(), status.tolist(),
                moments(f["at"][chosen]), moments(verified), moments(rectified), moments(ended),
                (asked > 0).tolist(), life["satisfied"][chosen].tolist(), strict=True,
            )
        ]  # fmt: skip


CHANNEL_NAMES = tuple(CHANNEL_MOOD)
MOODS = np.array([CHANNEL_MOOD[name] for name in CHANNEL_NAMES])
SCOPES = ("per_visit", "per_matter")


def moments(at: Array) -> list[str | None]:
    """Epoch seconds as text in UTC, ``2026-05-31 08:00:00.000000``; None for 0."""
    texts = np.datetime_as_string(at.astype("datetime64[s]")).tolist()
    return [
        f"{text[:10]} {text[11:]}.000000" if moment else None
        for text, moment in zip(texts, at.tolist(), strict=True)
    ]
