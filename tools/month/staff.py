"""Staff of the month: they see what their pages show and press what the pages offer, each in their own browser."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tools.month.browser import Browser, Form, Page, Refused
from tools.month.residents import Told
from tools.month.world import Clock

CASES_A_ROUND = 12
SHIFT = timedelta(hours=9)
OBJECT_SHARE, TRANSFER_SHARE, WORD_BETWEEN_SHARE, GRANT_SHARE, REACHED_SHARE = 0.05, 0.03, 0.15, 0.55, 0.5
MAX_REPLY = 2000


def _shorter(text: str) -> str:
    return text.strip()[:MAX_REPLY] or "已核实并处理，感谢您的反映。"


def _case_links(page: Page) -> list[str]:
    """Addresses of the cases in a list, in its order."""
    seen = [link for link in page.links if link.startswith("/desk/requests/MP")]
    return list(dict.fromkeys(seen))


@dataclass(slots=True)
class Diary:
    """What staff did, and what the server refused them (it must: somebody else was faster, or the rules say so)."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Colleague:
    """One member of staff at their own browser."""

    def __init__(self, office: Office, username: str) -> None:
        self.office, self.username = office, username
        self.browser = Browser(office.base)
        self.since: datetime | None = None

    def arrive(self) -> None:
        """Sign in, unless one has in this shift (a session lasts half a day)."""
        now = self.office.clock.now
        if self.since is None or now - self.since > SHIFT:
            self.browser.sign_in(self.username, self.office.password)
            self.since = now

    def do(self, page: Page, action: str, **values: str) -> bool:
        """Press a step of a case's page, if it is offered."""
        form = page.form("/act", action=action)
        if form is None:
            return False
        try:
            self.browser.send(form, **values)
        except Refused as refused:
            self.office.diary.refused[f"{action}: {refused.status}"] += 1
            return False
        self.office.diary.done[action] += 1
        return True


class Office:
    """Everybody who works on cases, and when."""

    def __init__(self, clock: Clock, base: str, rng: random.Random, password: str) -> None:
        self.clock, self.base, self.rng, self.password = clock, base, rng, password
        self.diary = Diary()
        self.replies: dict[str, Told] = {}
        self.ready: dict[str, datetime] = {}
        self.colleagues: dict[str, Colleague] = {}
        self.pace: dict[str, float] = {}

    def colleague(self, username: str) -> Colleague:
        """Their browser, signed in today."""
        if username not in self.colleagues:
            self.colleagues[username] = Colleague(self, username)
        found = self.colleagues[username]
        found.arrive()
        return found

    def with_work(self, query: str = "") -> set[str]:
        """Short names of the departments that have something to do, from the dispatcher's list of everything open."""
        colleague, found, number = self.colleague("dispatcher"), set(), 1
        while True:
            page = colleague.browser.get(f"/desk/?view=todo&page={number}{query}")
            found |= set(page.cells.get("承办单位", []))
            if not any(f"page={number + 1}" in link for link in page.links):
                return found
            number += 1

    # Clerks

    def clerks_round(self, clerks: dict[str, str], query: str = "") -> None:
        """Every clerk whose department has something to do looks at their queue."""
        for name in sorted(self.with_work(query) & set(clerks)):
            self.clerk_round(clerks[name], query)

    def clerk_round(self, username: str, only: str = "") -> None:
        """Work through the top of one's own queue: sign for, object, hand over, answer when the work is done."""
        clerk = self.colleague(username)
        for link in _case_links(clerk.browser.get(f"/desk/?view=todo&sort=due{only}"))[:CASES_A_ROUND]:
            number = link.rsplit("/", 1)[1]
            # What is still being worked on outside is opened only to write a word in between.
            if (
                self.ready.get(number, self.clock.now) > self.clock.now
                and self.rng.random() > WORD_BETWEEN_SHARE
            ):
                continue
            try:
                self._handle(clerk, clerk.browser.get(link), number)
            except Refused as refused:
                self.diary.refused[f"open: {refused.status}"] += 1

    def _handle(self, clerk: Colleague, page: Page, number: str) -> None:
        rng = self.rng
        if page.form("/act", action="accept"):
            if page.form("/act", action="object") and rng.random() < OBJECT_SHARE:
                clerk.do(page, "object", note="经核实不属本单位职责，请重新派单。")
                return
            if clerk.do(page, "accept"):
                pace = self.pace.setdefault(clerk.username, rng.lognormvariate(3.6, 0.5))
                hurry = 0.02 if "特急" in page.html else 0.15 if "紧急" in page.html else 1.0
                self.ready[number] = self.clock.now + timedelta(
                    hours=hurry * pace * rng.lognormvariate(0.0, 0.7)
                )
            return
        if self.ready.get(number, self.clock.now) > self.clock.now:
            if page.form("/act", action="reply"):
                clerk.do(page, "reply", note="已收到，正在核实办理，有结果会第一时间答复您。")
            return
        form = page.form("/act", action="transfer")
        if form and rng.random() < TRANSFER_SHARE:
            clerk.do(
                page, "transfer", note="属兄弟单位职责，已电话沟通。", department_code=self._another(form)
            )
            return
        told = self.replies.get(number)
        clerk.do(page, "resolve", note=_shorter(told.reply if told else ""))

    def _another(self, form: Form) -> str:
        return self.rng.choice([code for code in form.offered["department_code"] if code])

    def reviews_round(self, username: str) -> None:
        """Bad reviews: verify, and once that is done put right and answer."""
        clerk = self.colleague(username)
        page = clerk.browser.get("/desk/reviews?view=bad")
        todo = [f for f in page.forms if "/desk/reviews/" in f.action and f.values.get("action") == "verify"]
        later = [
            f for f in page.forms if "/desk/reviews/" in f.action and f.values.get("action") == "rectify"
        ]
        fresh = {f.action for f in todo}
        for form in todo:
            self._send(clerk, form, "review: verify")
        for form in later:
            if form.action not in fresh and self.rng.random() < 0.15:
                self._send(
                    clerk, form, "review: rectify", text="已增开窗口、公布所需材料，并对当事人说明情况。"
                )

    def _send(self, clerk: Colleague, form: Form, what: str, **values: str) -> None:
        try:
            clerk.browser.send(form, **values)
        except Refused as refused:
            self.diary.refused[f"{what}: {refused.status}"] += 1
        else:
            self.diary.done[what] += 1

    # Those between and above the departments

    def dispatcher_round(self, username: str = "dispatcher") -> None:
        """Objections are decided; doubtful categories are confirmed as the page suggests."""
        colleague = self.colleague(username)
        for link in _case_links(colleague.browser.get("/desk/?view=dispatch&sort=oldest")):
            page = colleague.browser.get(link)
            form = page.form("/act", action="grant_objection")
            if form and self.rng.random() < GRANT_SHARE:
                colleague.do(
                    page, "grant_objection", note="同意，另行派单。", department_code=self._another(form)
                )
            elif form:
                colleague.do(page, "refuse_objection", note="按职责清单应由贵单位承办，请办理。")
            elif offered := page.form("/act", action="correct_category"):
                code = offered.values.get("category_code") or ""
                if code:
                    colleague.do(page, "correct_category", category_code=code)

    def reviewer_round(self, username: str = "reviewer") -> None:
        """Calls to those who said nothing: half are reached."""
        colleague, rng = self.colleague(username), self.rng
        for link in _case_links(colleague.browser.get("/desk/?view=waiting&sort=oldest"))[:8]:
            form = colleague.browser.get(link).form("/follow-up")
            if form is None or rng.random() > REACHED_SHARE:
                continue
            solved = rng.choices(("yes", "partly", "no"), (60, 20, 20))[0]
            level = {"yes": "4", "partly": "3", "no": "2"}[solved]
            self._send(
                colleague, form, "follow-up by phone", contacted="1", solved=solved, satisfied=level,
                note="" if solved == "yes" else "电话里说还没有完全解决。",
            )  # fmt: skip

    def official_round(self, username: str) -> None:
        """Some of what is overdue gets an official's demand for an answer."""
        colleague = self.colleague(username)
        for link in _case_links(colleague.browser.get("/desk/?view=overdue&sort=due"))[:6]:
            page = colleague.browser.get(link)
            if "督办" in page.html and self.rng.random() < 0.5:
                colleague.do(page, "supervise", note="请三个工作日内答复群众。")

    def heads_round(self, heads: dict[str, str]) -> None:
        """Heads whose department has something due soon."""
        for name in sorted(self.with_work("&clock=due_soon") & set(heads)):
            self.head_round(heads[name])

    def head_round(self, username: str) -> None:
        """What cannot be done in time is put off once, with the reason."""
        colleague = self.colleague(username)
        for link in _case_links(colleague.browser.get("/desk/?view=soon&sort=due"))[:3]:
            if self.rng.random() < 0.3:
                page = colleague.browser.get(link)
                colleague.do(page, "extend", note="需现场勘查后施工。", workdays="3")

    def take_call(self, told: Told, username: str = "hotline") -> None:
        """A hotline agent writes down what the caller says and reads out number and secret."""
        agent = self.colleague(username)
        page = agent.browser.get("/desk/new")
        form = next(f for f in page.forms if "text" in f.values)
        values = {"text": told.text, "area_code": told.area, "contact_phone": told.phone}
        page = agent.browser.send(form, **values, **({} if told.private else {"is_public": "1"}))
        told.number, told.secret = page.numbers[:2]
        self.diary.done["call taken"] += 1
