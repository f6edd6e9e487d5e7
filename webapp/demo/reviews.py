"""Reviews: of counters, of online matters and of how a report was handled, with their rectifications. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from webapp.demo import patterns, stories
from webapp.demo.catalog import CASE, DemoService
from webapp.demo.lives import World
from webapp.demo.records import DemoRectification, DemoRequest, DemoReview
from webapp.demo.residents import Residents
from webapp.domain.rating import RATING_TAGS, Rating

SPAN_DAYS = 180
# How votes scatter around a service's quality: people are pleased or cross, seldom in between.
CONCENTRATION = 2.0
_SHIFT = {"yes": 0.20, "partly": -0.12, "no": -0.38, None: 0.02}
CHANNELS = {
    "counter": (("counter", "web", "wechat", "chat", "hotline"), (52, 13, 22, 8, 5)),
    "online": (("web", "wechat", "chat", "hotline"), (38, 36, 22, 4)),
    CASE: (("web", "wechat", "chat", "hotline"), (34, 24, 28, 14)),
}
# Who rates through which channel is not the same crowd: added to the mean vote.
CHANNEL_MOOD = {"counter": 0.04, "hotline": 0.06, "web": -0.03, "wechat": 0.0, "chat": -0.03}


class ReviewMaker:
    """Makes reviews one by one; ``webapp.demo.bulk`` draws millions after the same habits."""

    def __init__(self, world: World, rng: random.Random, residents: Residents) -> None:
        self.world, self.rng, self.residents = world, rng, residents
        self.count = 0
        services = [s for s in world.catalog.services.values() if s.kind != CASE]
        self.services = services
        self.weights = [s.monthly_uses**0.62 for s in services]
        self.words = {
            s.service_code: {"names": (s.name, *s.nicknames), "materials": s.materials}
            for s in world.catalog.services.values()
        }
        self.streets = world.city.at_level("street")
        self.said: dict[str, list[set[str]]] = {}

    def ordinary(self, total: int) -> Iterator[DemoReview]:
        """Reviews of counters and online matters over the span, by how much each service is used."""
        days = patterns.days_until(self.world.now, SPAN_DAYS)
        for day, number in zip(days, patterns.spread_over_days(self.rng, total, days), strict=True):
            for service in self.rng.choices(self.services, self.weights, k=number):
                kind = self._kind(service)
                closed = kind == "counter" and not self.world.is_workday(day)
                at = patterns.moment(self.rng, day, "online" if closed else kind)
                if at < self.world.now:
                    yield self.make(service, at, "online" if closed and service.kind == "both" else kind)

    def _kind(self, service: DemoService) -> str:
        return self.rng.choice(("counter", "online")) if service.kind == "both" else service.kind

    def make(self, service: DemoService, at: datetime, kind: str, quality: float | None = None) -> DemoReview:
        """One review of a use of ``service``; some uses get only the system's default rating, some only words."""
        rng = self.rng
        channel = rng.choices(*CHANNELS[kind])[0]
        if quality is None:
            turning = service.service_code == stories.COUNTER_SERVICE
            quality = stories.counter_quality(self.world, at) if turning else service.quality
        resident = self.residents.someone()
        self.count += 1
        local = patterns.local_day(at).isoformat()
        per_visit = kind == "counter"
        department = self.world.catalog.departments[service.department_code]
        area = department.area_code if per_visit else self.world.city.at(resident.grid_code, "street").code
        review = DemoReview(
            f"PJ{self.count:07d}", service.service_code, service.department_code, area, channel,
            "per_visit" if per_visit else "per_matter", None, [], "", False, resident.key,
            # A second visit on the same day is the same use, so days carry the review's number.
            f"{local}#{self.count}" if per_visit else f"B{self.count:08d}", at,
        )  # fmt: skip
        draw = rng.random()
        if draw < 0.10:
            review.is_default, review.rating = True, 5
            return review
        level = self.level(min(0.97, max(0.03, quality + CHANNEL_MOOD[channel])))
        review.rating = level
        self._words(review, kind, level)
        if draw > 0.97 and review.comment:
            review.rating, review.tags = None, []
        self._answered(review, department.solve)
        return review

    def level(self, quality: float) -> int:
        """A level 1-5 whose mean vote is ``quality``: binomial around a beta, so that votes are polarised."""
        p = self.rng.betavariate(CONCENTRATION * quality, CONCENTRATION * (1 - quality))
        return 1 + sum(self.rng.random() < p for _ in range(4))

    def _words(self, review: DemoReview, kind: str, level: int) -> None:
        rng = self.rng
        review.tags, comment = self.compose(review.service_code, kind, level)
        wordy = rng.random() < (0.62 if level <= 2 else 0.40)
        review.comment = comment if wordy and self._is_new(review.service_code, comment) else ""

    def compose(self, service_code: str, kind: str, level: int) -> tuple[list[str], str]:
        """Tags and a comment that agree with the level."""
        rng = self.rng
        offered = RATING_TAGS[Rating(level)]
        tags = rng.sample(offered, k=rng.choices((0, 1, 2, 3), (18, 44, 28, 10))[0])
        return tags, self.world.writer.comment(rng, kind, level, tags, self.words[service_code])

    def _is_new(self, service_code: str, comment: str) -> bool:
        """Whether few have said it this way about this service: honest people seldom write the same sentence."""
        letters = "".join(c for c in comment if c.isalnum())
        if len(letters) < 10:
            return True
        said = self.said.setdefault(service_code, [])
        grams = {letters[i : i + 3] for i in range(len(letters) - 2)}
        if any(len(grams & other) > 0.55 * len(grams | other) for other in said):
            return False
        said.append(grams)
        return True

    def _answered(self, review: DemoReview, solve: float) -> None:
        """Departments answer bad reviews within days, mostly; good ones now and then."""
        rng, now = self.rng, self.world.now
        if review.rating is None or review.rating > 2:
            if review.comment and rng.random() < 0.12:
                self._reply(review, review.created_at + timedelta(hours=rng.uniform(3, 70)), "good")
            return
        mending = review.rectification = DemoRectification(review.created_at)
        verified = patterns.office_time(
            rng, review.created_at + timedelta(hours=rng.lognormvariate(1.8, 0.8)), self.world.is_workday
        )
        if rng.random() > 0.94 or verified > now:
            return
        mending.verified_at = verified
        if rng.random() < 0.86:
            self._reply(review, verified + timedelta(hours=rng.lognormvariate(3.2, 0.7)), "bad")
        rectified = verified + timedelta(days=rng.lognormvariate(1.2, 0.6))
        if rng.random() > 0.84 or rectified > now:
            return
        mending.rectified_at, mending.measure = rectified, self.writer_line("measures")
        asked = rectified + timedelta(days=rng.uniform(0.5, 5))
        if rng.random() < 0.58 and asked < now:
            mending.followed_up_at = asked
            mending.satisfied = self.level(min(0.9, 0.15 + 0.8 * solve))

    def writer_line(self, name: str) -> str:
        """A department's line on a review: ``good``, ``bad`` or ``measures``."""
        return self.world.writer.review_line(self.rng, name)

    def _reply(self, review: DemoReview, at: datetime, mood: str) -> None:
        at = patterns.office_time(self.rng, at, self.world.is_workday)
        if at < self.world.now:
            review.reply, review.replied_at = self.writer_line(mood), at

    def of_requests(self, requests: Iterable[DemoRequest]) -> Iterator[DemoReview]:
        """One in four closed cases is rated by its reporter, who saw the outcome."""
        for request in requests:
            if request.closed_at is None or request.request_type == "praise" or self.rng.random() > 0.24:
                continue
            service = self.world.catalog.services[request.service_code]
            at = request.closed_at + timedelta(hours=self.rng.lognormvariate(1.5, 1.0))
            if at >= self.world.now or service.kind != CASE:
                continue
            quality = min(0.95, max(0.04, service.quality + _SHIFT[request.solved]))
            review = self.make(service, at, CASE, quality)
            review.area_code, review.identity = request.area_code, request.identity
            review.use_key, review.request_key = request.number, request.key
            # The case's own department answers for it, whoever publishes the service.
            review.department_code = request.department_code
            yield review

    def counter_turn(self) -> Iterator[DemoReview]:
        """More reviews of the counter whose manners got better, with words about just that."""
        service = self.world.catalog.services[stories.COUNTER_SERVICE]
        for day in patterns.days_until(self.world.now, 150):
            if not self.world.is_workday(day):
                continue
            for _ in range(self.rng.choice((0, 1, 1, 2))):
                at = patterns.moment(self.rng, day, "counter")
                if at >= self.world.now:
                    continue
                review = self.make(service, at, "counter")
                after = stories.counter_quality(self.world, at) == stories.COUNTER_AFTER
                if review.rating in ((4, 5) if after else (1, 2)) and not review.is_default:
                    review.tags = ["态度好"] if after else ["态度差"]
                    told = self.world.writer.story(self.rng, "after" if after else "before")
                    review.comment = told if self._is_new(service.service_code, told) else ""
                    review.story = "counter"
                yield review

    def brushing(self) -> Iterator[DemoReview]:
        """Five stars by the dozen, late one evening, from a handful of identities in nearly the same words."""
        service = self.world.catalog.services[stories.BRUSHED_SERVICE]
        night = self.world.now - timedelta(days=stories.BRUSHED_DAYS_AGO)
        start = patterns.moment(self.rng, patterns.local_day(night), "online").replace(hour=13, minute=5)
        for index in range(stories.BRUSHED_VOTES):
            self.count += 1
            at = start + timedelta(
                minutes=140 * index / stories.BRUSHED_VOTES, seconds=self.rng.uniform(0, 30)
            )
            yield DemoReview(
                f"PJ{self.count:07d}", service.service_code, service.department_code,
                self.world.catalog.departments[service.department_code].area_code, "web", "per_matter", 5, ["办事快"],
                self.world.writer.story(self.rng, "brushing"), False,
                f"brusher-{index % stories.BRUSHING_IDENTITIES}", f"B{self.count:08d}", at, story="brushing",
            )  # fmt: skip
