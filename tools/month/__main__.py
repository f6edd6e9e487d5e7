"""Play a month of casework and print what came out.

    python -m tools.month ../shared/data/teddy_a4_replies.csv [--days 30] [--a-day 20] [--seed 1] [--keep FOLDER]

The file has real messages with the departments' real replies (columns ``subject``, ``detail``, ``reply`` as in
``webapp/data/import_presets``). The older part is imported as the city's past; the rest is told anew over a month
by simulated residents and answered with the real replies by simulated staff. They use nothing but the HTTP
interfaces: the web form, the JSON API, Open311, the hotline's screen, the desk, the pages for tracking and rating.
The server is the real one with the clock of the month; sweeps run as the worker would run them. Chance (who objects,
who is late, who answers) has a seed; the texts' wording, tracking numbers and secrets differ from run to run.
"""

from __future__ import annotations

import argparse
import csv
import logging
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from tools.month import outcome, world
from tools.month.residents import Raters, Residents
from tools.month.staff import Office

# A Monday; the month that follows holds the Qingming holiday.
START = datetime(2026, 3, 9, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
PRESET = "teddy_a4_replies"
RATINGS_A_DAY = 25
COMMUNITY = 4
# Messages come by the hour as people are awake (local time).
HOURS = [0] * 6 + [1, 3, 6, 9, 9, 8, 6, 6, 8, 8, 7, 6, 6, 6, 6, 5, 3, 1]


def _split(source: Path, folder: Path, wanted: int, rng: random.Random) -> tuple[Path, list[tuple[str, str]]]:
    """The past as a file, and the month's messages with their replies."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), reader.fieldnames or []
    rng.shuffle(rows)
    told, past = rows[:wanted], rows[wanted:]
    path = folder / "past.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(past)
    return path, [(f"{row['subject']}\n{row['detail']}".strip(), row["reply"]) for row in told]


@dataclass(frozen=True, slots=True)
class Roster:
    """User names of those who work on cases: clerks and heads by their department's short name."""

    clerks: dict[str, str]
    heads: dict[str, str]
    with_services: list[str]
    official: str


def _roster() -> Roster:
    """The demo city's staff."""
    from webapp.demo.catalog import build_catalog
    from webapp.demo.places import build_city

    catalog = build_catalog(build_city())
    short = {code: department.short_name for code, department in catalog.departments.items()}

    def of(role: str) -> dict[str, str]:
        return {
            short[p.department_code]: p.username
            for p in catalog.staff
            if p.role == role and p.department_code
        }

    clerks = of("clerk")
    serving = {short[service.department_code] for service in catalog.services.values()}
    official = next(person.username for person in catalog.staff if person.role == "official")
    return Roster(clerks, of("head"), [clerks[name] for name in sorted(serving & set(clerks))], official)


def _plan(clock: world.Clock, office: Office, days: int) -> None:
    """Everybody's appointments: working days from half past eight, emergencies at every hour."""
    from webapp.workdays import is_workday

    roster, zone = _roster(), ZoneInfo("Asia/Shanghai")
    for number in range(days):
        day = START + timedelta(days=number)

        def at(hour: float, deed: Callable[..., object], *values: object, day: datetime = day) -> None:
            clock.at(day + timedelta(hours=hour), partial(deed, *values))

        for hour in range(24):
            at(hour + 0.25, office.clerks_round, roster.clerks, "&urgency=emergency")
        if not is_workday(day.astimezone(zone).date()):
            continue
        for moment in (8.6, 13.1, 16.5):
            at(moment, office.dispatcher_round)
        for moment in (9.0, 14.0):
            at(moment, office.clerks_round, roster.clerks)
        for clerk in roster.with_services:
            at(11.0, office.reviews_round, clerk)
        at(15.0, office.reviewer_round)
        at(15.5, office.heads_round, roster.heads)
        at(16.0, office.official_round, roster.official)


def main() -> int:
    """Run the month; 1 when a check failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.month", description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--a-day", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="put the city here and keep it")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="minping-month-"))
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        return play(options.file, folder, options.days, options.a_day, options.seed)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def play(source: Path, folder: Path, days: int, a_day: int, seed: int) -> int:
    """Import, play, check, print."""
    rng = random.Random(seed)
    past, told = _split(source, folder, days * a_day, rng)
    with world.clock_from(START) as clock:
        app, said = world.make_city(folder, past, PRESET)
        print(f"the past: {said}")
        with world.serving(app) as base:
            residents, office, raters = _people(clock, base, rng)
            for text, reply in told:
                day = START + timedelta(days=rng.randrange(days))
                moment = day + timedelta(hours=rng.choices(range(24), HOURS)[0] + rng.random())
                clock.at(moment, lambda text=text, reply=reply: residents.tell(text, reply))  # type: ignore[misc]
            for _ in range(days * RATINGS_A_DAY):
                clock.at(START + timedelta(days=days * rng.random()), raters.rate)
            _plan(clock, office, days)
            world.Worker(clock).start()
            for number in range(1, days + 1):
                clock.run_until(START + timedelta(days=number))
                print(f"\rday {number} of {days}", end="", file=sys.stderr, flush=True)
            print(file=sys.stderr)
            return outcome.show(app, base, START, residents, office, raters)


def _areas(client: httpx.Client) -> list[str]:
    """Codes of the communities, found as a client of the API would: level by level."""
    found = client.get("/api/v1/areas").json()
    while found and found[-1]["level"] < COMMUNITY:
        found = [n for area in found for n in client.get("/api/v1/areas", params={"parent_code": area["code"]}).json()
                 if n["level"] > area["level"]]  # fmt: skip
    return [node["code"] for node in found]


def _people(clock: world.Clock, base: str, rng: random.Random) -> tuple[Residents, Office, Raters]:
    from webapp.demo.load import PASSWORD

    with httpx.Client(base_url=base, timeout=60) as client:
        areas = _areas(client)
        services = [service["service_code"] for service in client.get("/api/v1/services").json()]
        kind = client.get("/open311/v2/services.json").json()[0]["service_code"]
    office = Office(clock, base, rng, PASSWORD)
    residents = Residents(clock, base, rng, areas, kind, office.take_call)
    office.replies = residents.by_number
    return residents, office, Raters(clock, base, rng, services)


if __name__ == "__main__":
    sys.exit(main())
