"""Residents of the month: they report by four ways in, look at what became of it, and have their say."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tools.month.browser import Browser, Refused
from tools.month.world import Clock

CHANNELS, CHANNEL_WEIGHTS = ("web", "api", "open311", "hotline"), (40, 20, 12, 28)
# What residents say when they are asked, as shares: solved, partly, no.
ANSWERS, ANSWER_WEIGHTS = ("yes", "partly", "no"), (62, 18, 20)
SATISFIED = {"yes": (5, 5, 5, 4, 4, 3), "partly": (4, 3, 3, 2), "no": (3, 2, 2, 1, 1)}
WHY_NOT = ("还没有弄好", "只修了一半", "没有人来过", "说是解决了，过两天又这样", "答复和实际不符")
ANSWERS_SHARE, SUPPLEMENT_SHARE, PHONE_SHARE, PRIVATE_SHARE = 0.45, 0.07, 0.5, 0.06


@dataclass(slots=True)
class Told:
    """A message of the month: what was said, the department's real reply, and how it went."""

    text: str
    reply: str
    area: str
    channel: str
    number: str = ""
    secret: str = ""
    phone: str = ""
    private: bool = False
    joined: bool = False
    answered: int = 0
    refused: list[str] = field(default_factory=list)


class Residents:
    """Files messages and, when a case is answered, says whether it is solved."""

    def __init__(
        self, clock: Clock, base: str, rng: random.Random, areas: list[str], kind: str,
        hotline: Callable[[Told], None],
    ) -> None:  # fmt: skip
        self.clock, self.base, self.rng, self.areas, self.kind = clock, base, rng, areas, kind
        self.hotline = hotline
        self.told: list[Told] = []
        self.by_number: dict[str, Told] = {}

    def tell(self, text: str, reply: str) -> None:
        """One resident reports, by one of the ways in."""
        rng = self.rng
        channel = rng.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
        told = Told(text, reply, rng.choice(self.areas), channel, private=rng.random() < PRIVATE_SHARE)
        if channel == "hotline" or rng.random() < PHONE_SHARE:
            told.phone = f"139{rng.randrange(10**8):08d}"
        ways = {"web": self._by_form, "api": self._by_api, "open311": self._by_open311}
        if channel == "hotline":
            self.hotline(told)
        else:
            browser = Browser(self.base)
            ways[channel](told, browser)
            browser.close()
        self.told.append(told)
        self.by_number[told.number] = told
        self.clock.at(self.clock.now + timedelta(hours=rng.uniform(20, 60)), lambda: self.look(told))

    def _by_form(self, told: Told, browser: Browser) -> None:
        page = browser.get("/report")
        page = browser.send(page.form("/report"), text=told.text, area=told.area)
        form = page.form("/report", step="send")
        values = {"contact_phone": told.phone, "visibility": "private" if told.private else "public"}
        neighbours = [n for n in (form.offered.get("join", []) if form else []) if n]
        if neighbours and self.rng.random() < 0.4:
            values["join"], told.joined = neighbours[0], True
        page = browser.send(form, **values)
        told.number, told.secret = page.numbers[:2]

    def _by_api(self, told: Told, browser: Browser) -> None:
        body = {
            "text": told.text,
            "area_code": told.area,
            "contact_phone": told.phone,
            "is_public": not told.private,
        }
        answer = browser.client.post("/api/v1/requests", json=body)
        answer.raise_for_status()
        told.number, told.secret = answer.json()["service_request_id"], answer.json()["secret"]

    def _by_open311(self, told: Told, browser: Browser) -> None:
        # Open311 knows no secret; the phone's last four digits open the case.
        told.phone = told.phone or f"139{self.rng.randrange(10**8):08d}"
        told.private = False
        body = {"service_code": self.kind, "description": told.text, "phone": told.phone}
        answer = browser.client.post("/open311/v2/requests.json", data=body)
        answer.raise_for_status()
        told.number, told.secret = answer.json()[0]["service_request_id"], told.phone[-4:]

    def look(self, told: Told) -> None:
        """Open one's case; say one's word if asked, else perhaps add something, and come back some days later."""
        rng, browser = self.rng, Browser(self.base)
        page = browser.send(browser.get("/track").form("/track"), number=told.number, secret=told.secret)
        asked, more = page.form("/follow-up"), page.form("/supplement")
        try:
            if asked and rng.random() < ANSWERS_SHARE:
                self._answer(told, browser, asked)
            elif more and rng.random() < SUPPLEMENT_SHARE:
                browser.send(more, note=rng.choice(("补充一下，今天还是老样子。", "请尽快处理，谢谢。")))
        except Refused as refused:
            # Somebody else was faster: the page said so.
            told.refused.append(f"resident: {refused}")
        browser.close()
        if told.answered < 2:
            self.clock.at(self.clock.now + timedelta(hours=rng.uniform(36, 84)), lambda: self.look(told))

    def _answer(self, told: Told, browser: Browser, form: object) -> None:
        rng = self.rng
        weights = ANSWER_WEIGHTS if not told.answered else (80, 12, 8)
        solved = rng.choices(ANSWERS, weights)[0]
        note = rng.choice(WHY_NOT) if solved != "yes" else ""
        level = str(rng.choice(SATISFIED[solved]))
        contacted = "yes" if rng.random() < 0.8 else "no"
        browser.send(form, contacted=contacted, solved=solved, satisfied=level, note=note)  # type: ignore[arg-type]
        told.answered += 1


class Raters:
    """People who used a service and rate it; the unhappy ones look later at what was put right."""

    def __init__(self, clock: Clock, base: str, rng: random.Random, services: list[str]) -> None:
        self.clock, self.base, self.rng, self.services = clock, base, rng, services
        self.given = self.asked_again = 0

    def rate(self) -> None:
        """One rating by the API, in the reviewer's own browser."""
        rng, browser = self.rng, Browser(self.base)
        rating = rng.choices((5, 4, 3, 2, 1), (46, 26, 13, 9, 6))[0]
        body = {"service_code": rng.choice(self.services), "rating": rating}
        if rating <= 2:
            body["comment"] = rng.choice(("等了很久", "来回跑了两趟", "态度不好", "说的和网上写的不一样"))
        answer = browser.client.post("/api/v1/reviews", json=body)
        answer.raise_for_status()
        self.given += 1
        if rating > 2:
            browser.close()
            return
        self.clock.at(self.clock.now + timedelta(days=rng.uniform(8, 16)), lambda: self._look(browser))

    def _look(self, browser: Browser) -> None:
        page = browser.get("/rate/mine")
        for form in page.forms:
            if "/rate/mine/" in form.action and "satisfied" in form.offered and self.rng.random() < 0.6:
                browser.send(form, satisfied=str(self.rng.choice((5, 4, 4, 3, 2))))
                self.asked_again += 1
        browser.close()
