"""Parts of the page about what guards and refines the scores: brushing, text, early warning."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np

from tools.simulate import attacks, early, stars
from tools.simulate.page import Part, share
from tools.simulate.plan import Plan, each
from tools.simulate.svg import Chart, bars


def brushing(plan: Plan) -> Part:
    """Attacks through the real integrity checks."""
    part = Part("200 bought votes")
    part.say(
        "On a below-average service, looked at day by day with the real checks (domain/integrity.py, near_text.py). How",
        "far its score moves, in halves of the 95 % interval that it had before: mean over trials, and the worst in",
        "brackets. Below 1 is the aim. “Sampled”: with the checks, and one case in ten of the city asked at random.",
    )
    for size, median, name in (((15, 30), 20.0, "15 to 30"), ((150, 300), 100.0, "150 to 300")):
        city, rows, drawn = replace(plan.city, units=40, median_votes=median, sample=0.1), [], {}
        every = (*attacks.ATTACKS, *attacks.HONEST)
        effects = each(plan, attacks.attacked, [(a, plan.trials, city, plan.seed, size) for a in every])
        for attack, effect in zip(every, effects, strict=True):
            e = np.abs([astuple(x) for x in effect])
            mean, worst = e.mean(axis=0), e.max(axis=0)
            moved = [f"{mean[i]:.2f} ({worst[i]:.2f})" for i in range(3)]
            # Honest crowds changed the service's votes, not the sample: that column would compare two stories.
            moved[2] = "–" if attack.honest else moved[2]
            rows.append([attack.name, *moved, f"{mean[3]:.0%}", f"{mean[4]:.0%}"])
            if not attack.honest:
                drawn[attack.name] = tuple(mean[:3])
        part.say(f"A service of {name} honest votes:")
        part.table(["200 votes", "no defence", "checks", "sampled", "set aside", "honest set aside"], rows)
        chart = Chart(f"Moved by 200 votes ({name} honest ones)", "halves of the interval", 4.0, {"aim": 1.0})
        drawing = bars(chart, ("no defence", "checks", "checks and sample"), drawn)
        part.chart(f"attacks-{size[0]}", drawing, f"attacks on a service of {name} votes")
    part.say(
        "What cannot be caught is said as it is: 200 different people who vote over the whole window, each once, without",
        "copied words, look like residents, whether they praise or blame; so do those who mix their levels. Only asking",
        "people at random shows them: the gap between a service's volunteers and its sample then limits what they weigh.",
        "Slow waves of anger are never set aside by the machine, because a real failure looks the same (the outage, of",
        "which no vote may be lost).",
    )
    return part


def texts(plan: Plan, folder: Path) -> Part:
    """Text on and off."""
    part = Part("Does text help?")
    part.say(
        "Length of E's 95 % interval, error and bias (× 100), without → with text as difference estimator. Text is used",
        "per channel where the window's own data say so: votes and predictions go the same way, at least 30 pairs show",
        "it, in units that the slope was not tuned on it explains at least 2 % of the variance, and a sample of asked",
        "residents, if there is one, does not contradict it. “Covered” is the score's interval in synthetic cities,",
        "E's on reviews.",
    )
    head = ["texts", "length", "narrower", "error", "bias", "covered"]

    def row(gain: stars.Gain) -> list[str]:
        pairs = ((gain.length, ".1f"), (gain.error, ".2f"), (gain.bias, "+.2f"), (gain.covered, ".3f"))
        length, *others = (f"{a:{f}} → {b:{f}}" for (a, b), f in pairs)
        return [gain.name, length, f"{gain.narrower:.0%}", *others]

    given = [(name, city, plan.cities // 3, plan.seed) for name, city in stars.kinds(plan.city)]
    found = each(plan, stars.synthetic, given)
    part.table(head, [row(gain) for gain in found])
    part.say(
        "A model that reads the texts of those who do not vote too darkly cannot be told from people who are truly",
        "unhappier, unless some are asked: without a sample its bias stays, with one the rule turns it off.",
    )
    if not folder.is_dir():
        part.say("The starred reviews were not at hand in this run (`--reviews` names their folder).")
        return part
    part.say(
        "Real reviews with stars or a verdict, scored by the shipped models: units of 200 cases, all with a text, 40 of",
        "them with a vote; the truth is the set's own mean. The models were trained on the development part of these",
        "sets, so the gain is what such texts can give, not a promise for a city's own; the difference estimator is",
        "without bias either way. Second line of each: unhappy people vote three times as often.",
    )
    rows = []
    sets = [(folder, kind, plan.windows, plan.seed) for kind in stars.SETS]
    for plain, selected in each(plan, stars.on_reviews, sets):
        rows += [row(plain), row(replace(selected, name="… unhappy 3 ×"))]
    part.table(head, rows)
    return part


def warnings(plan: Plan) -> Part:
    """Early warning: false alarms and detection."""
    part = Part("Early warning")
    part.say(
        "600 cells (20 kinds of trouble in 30 places), looked at every day; promised is one false alarm a month. A new",
        "alarm is one of a cell that was quiet for a week. Years have weekdays, holidays and seasons of up to ± 35 %.",
    )
    town = early.Town()
    runs = (
        ("with weekdays, holidays and season", town, True, False),
        ("a city's first year (no season known)", town, True, True),
        ("blind to weekdays and season", town, False, False),
        ("weeks that vary more (φ = .15)", replace(town, spread=0.15), True, False),
        ("2,000 cells", replace(town, places=100), True, False),
    )
    lengths = [max(1, plan.years // (3 if where.places > 30 else 1)) for _, where, _, _ in runs]
    given = [
        (1, where, 100 * plan.seed + year, aware, first)
        for years, (_, where, aware, first) in zip(lengths, runs, strict=True)
        for year in range(years)
    ]
    rates = iter(each(plan, early.false_alarms, given))
    rows = []
    for (name, *_), years in zip(runs, lengths, strict=True):
        rate = sum(next(rates) for _ in range(years)) / years
        low, high = _poisson(rate, years)
        rows.append([name, years, f"{rate:.2f}", f"{low:.2f}–{high:.2f}"])
    part.table(["quiet years", "years", "false alarms a month", "95 % interval"], rows)
    found, drawn = [], {}
    sizes = [(weekly, times) for weekly in (1.0, 4.0, 15.0) for times in (2.0, 3.0, 5.0)]
    detected = each(plan, early.detection, [(plan.surges, town, plan.seed + 2, *size) for size in sizes])
    for (weekly, times), d in zip(sizes, detected, strict=True):
        name = f"{weekly:g} a week, × {times:g}"
        found.append([name, share(d.seen, 2), "–" if d.days is None else f"{d.days:g}"])
        drawn[name] = (d.seen,)
    part.table(["a cell that usually has", "seen within 14 days", "median days until seen"], found)
    part.chart(
        "surges",
        bars(Chart("Surges seen within two weeks", "share", 1.0, {}), ("seen",), drawn),
        "surges seen",
    )
    part.say("Cells under five requests in the week are never named, so that a trouble usually seen once a week must",
             "grow more than fivefold.")  # fmt: skip
    return part


def _poisson(rate: float, years: int) -> tuple[float, float]:
    """95 % interval of a monthly rate seen over so many years of 364 days (Byar's approximation)."""
    months = years * 364 / 30.44
    n = rate * months
    low = n * (1 - 1 / (9 * n) - 1.96 / (3 * n**0.5)) ** 3 if n else 0.0
    m = n + 1
    return low / months, m * (1 - 1 / (9 * m) + 1.96 / (3 * m**0.5)) ** 3 / months
