"""Parts of the page about the scores themselves: intervals, errors, ranks, self-selection."""

from __future__ import annotations

from dataclasses import replace

from tools.simulate.areas import AREAS, compare
from tools.simulate.measures import (
    BANDS,
    Outcome,
    composite_coverage,
    coverage,
    errors,
    precision,
    run,
    timing,
)
from tools.simulate.oracle import best_errors
from tools.simulate.page import Part, share
from tools.simulate.plan import Plan, cities_of, each
from tools.simulate.ranking import METHODS, ranks
from tools.simulate.svg import Chart, bars, dots
from webapp.domain.rates import wilson


def intervals(plan: Plan, found: dict[str, Outcome]) -> Part:
    """Coverage overall and by number of votes."""
    part = Part("Do the intervals hold the truth?")
    part.say("Share of 95 % intervals that hold the true score; it should lie in .93–.97. Bands are votes of people",
             "who came by themselves; the last rows say what happens when unhappy people vote three times as often:",
             "without a sample nothing can repair that, and the interval is wrong; with one it holds.")  # fmt: skip
    rows, drawn = [], {}
    for name, outcome in found.items():
        all_of_it, n = coverage(outcome)
        by_band = [coverage(outcome, *band) for band in BANDS]
        rows.append([name, n, share(all_of_it), *(f"{share(c)} ({m})" for c, m in by_band)])
        drawn[name] = (all_of_it, *wilson(all_of_it * n, n))
    made, departments = composite_coverage(plan.cities, plan.city, plan.seed)
    rows.append(["departments of 8 services", departments, share(made), *["–"] * len(BANDS)])
    drawn["departments of 8 services"] = (made, *wilson(made * departments, departments))
    heads = ["10–14", "15–29", "30–99", "100 and more"]
    part.table(["city", "units", "all", *(f"{head} votes" for head in heads)], rows)
    chart = Chart("Coverage of the 95 % interval", "share of units", 1.0, {}, 0.7)
    part.chart("coverage", dots(chart, drawn, (0.93, 0.97)), "coverage by city")
    part.say(f"500 services are scored with intervals in {timing():.0f} ms.")
    return part


def accuracy(plan: Plan, found: dict[str, Outcome]) -> Part:
    """Errors beside the raw figures and the best possible."""
    part = Part("How near is the score to the truth?")
    part.say(
        "Root mean square errors in points of 100, over units with at least ten votes. The score and the raw score",
        "(the same formula on plain counts) are held against the true score, E and the raw mean vote against the",
        "true experience. The aim is an error of the score of at most .6 of the raw mean's. The last two columns hold",
        "the method against the best possible estimator on the same units, one that knows how these cities are made:",
        "its error cannot be undercut with the same votes, so that 1 is the floor.",
    )
    rows, drawn = [], {}
    # The oracle knows everything but who votes more readily.
    known = [(name, city) for name, _, city, _ in cities_of(plan) if city.unhappy == 1.0 and city.units > 8]
    bests = each(plan, best_errors, [(plan.oracle, city, plan.seed) for _, city in known])
    best_of = dict(zip((name for name, _ in known), bests, strict=True))
    for name, outcome in found.items():
        e, best = errors(outcome), best_of.get(name)
        rows.append([
            name, f"{e['score']:.2f}", f"{e['raw score']:.2f}", f"{e['E']:.2f}", f"{e['raw mean']:.2f}",
            f"**{e['score'] / e['raw mean']:.2f}**", f"{e['score'] / e['raw score']:.2f}", f"{e['E'] / e['raw mean']:.2f}",
            f"{best['score ratio']:.2f}" if best else "–", f"{best['E ratio']:.2f}" if best else "–",
        ])  # fmt: skip
        drawn[name] = (e["score"], e["raw score"], e["E"], e["raw mean"])
    part.table(
        ["city", "score", "raw score", "E", "raw mean", "score ÷ raw mean", "score ÷ raw score", "E ÷ raw mean",
         "score ÷ best possible", "E ÷ best possible"],
        rows,
    )  # fmt: skip
    plain = errors(found["plain: votes only"])
    floor = plain["score"] / best_of["plain: votes only"]["score ratio"] / plain["raw mean"]
    part.say(_floor(floor))
    chart = Chart("Root mean square error", "points of 100", 16.0, {})
    part.chart("errors", bars(chart, ("score", "raw score", "E", "raw mean"), drawn), "errors by city")
    return part


def _floor(floor: float) -> str:
    return (
        f"Without a sample the best possible score would still err {floor:.2f} times as much as the raw mean: what is"
        " missing to .6 in the plain city is not in its votes. Asking some people at random brings it."
    )


def ranking(plan: Plan, found: dict[str, Outcome]) -> Part:
    """Top ten and red flags beside what rating sites use."""
    part = Part("Who is best, who is worst?")
    part.say(
        "Recovery: how many of the truly best ten units are among a method's best ten (by the true score; in brackets",
        "by the true experience, which is all that votes can know; the score then stands with its E). Red flags: the",
        "score raises one where P(below target) ≥ .9; each other method names as many units, its lowest. Aim: ≥ .9.",
    )
    names = [
        "plain: votes only",
        "one case in ten asked",
        "unhappy vote 3 × as often",
        "the same, one case in ten asked",
    ]
    top, red = {}, {}
    for name in names:
        r = ranks(found[name])
        top[name], red[name] = (tuple(side[m] for m in METHODS) for side in (r.top, r.red))
        part.table(
            [name, *METHODS],
            [
                ["top 10 recovered", *(f"{share(r.top[m], 2)} ({share(r.top_e[m], 2)})" for m in METHODS)],
                [f"red flags right (of {r.flags})", *(share(r.red[m]) for m in METHODS)],
            ],
        )
    shown = dict(list(top.items())[:2]) | {names[3]: top[names[3]]}
    part.chart(
        "top10", bars(Chart("Top 10 recovered", "share", 1.0, {}), METHODS, shown), "top ten by method"
    )
    chart = Chart("Red flags that are right", "share", 1.0, {"aim": 0.9})
    part.chart("red", bars(chart, METHODS, red), "red flags by method")
    above = [precision(found[name]) for name in names]
    part.table(
        ["tier, right of called", *names],
        [[tier.value, *(f"{p[tier][0]} of {p[tier][1]}" for p in above)] for tier in above[0]],
    )
    return part


def selection(plan: Plan) -> Part:
    """Bias of self-selected votes, and what a sample takes away."""
    part = Part("When unhappy people vote more readily")
    part.say(
        "Bias of experience (× 100) when people with a bad experience vote three times as often, by the share of closed",
        "cases that are asked at random. At least half of the raw bias should go.",
    )
    rows, drawn = [], {}
    samples = (0.0, 0.02, 0.05, 0.1, 0.2)
    given = [
        (plan.cities, replace(plan.city, unhappy=3.0, sample=sample), plan.seed + 1) for sample in samples
    ]
    for sample, o in zip(samples, each(plan, run, given), strict=True):
        e = errors(o)
        removed = 1 - e["E bias"] / e["raw bias"]
        rows.append([f"{sample:.0%} asked", f"{e['raw bias']:+.1f}", f"{e['E bias']:+.1f}", f"{removed:.0%}",
                     f"{e['E']:.1f}", f"{e['raw mean']:.1f}", share(coverage(o)[0])])  # fmt: skip
        drawn[f"{sample:.0%} asked"] = (abs(e["raw bias"]), abs(e["E bias"]))
    part.table(
        [
            "sample",
            "raw bias",
            "bias of E",
            "removed",
            "error of E",
            "of the raw mean",
            "coverage of the score",
        ],
        rows,
    )
    chart = Chart("Bias left, unhappy people voting three times as often", "× 100", 12.0, {})
    part.chart("selection", bars(chart, ("raw mean", "E"), drawn, 1), "bias by size of the sample")
    return part


def areas(plan: Plan) -> Part:
    """Post-stratification by channel and area beside channel alone."""
    part = Part("Where areas differ")
    part.say(
        f"Units of {AREAS} areas (streets of a district, say) whose experience differs by so much around the unit's, and",
        "whose people vote with different readiness, those of worse areas more readily. By channel alone → by channel and",
        "area. Cells of fewer than five votes are taken together, and areas weigh as far as they are seen to differ, so",
        "that nothing is lost where they do not.",
    )
    spreads = (0.0, 0.05, 0.1, 0.15)
    cities = max(plan.cities // 3, 2)
    given = [
        (cities, replace(plan.city, units=40, median_votes=median), spread, plan.seed + 7)
        for median in (60.0, 200.0) for spread in spreads
    ]  # fmt: skip
    rows = []
    for (_n, city, spread, _seed), (by_area, plain) in zip(given, each(plan, compare, given), strict=True):
        a, b = errors(by_area), errors(plain)
        rows.append([
            f"± {100 * spread:.0f} points, median {city.median_votes:.0f} votes", len(by_area.truth),
            *(f"{b[key]:.2f} → {a[key]:.2f}" for key in ("E", "score")), f"{b['E bias']:+.2f} → {a['E bias']:+.2f}",
            f"{share(coverage(plain)[0])} → {share(coverage(by_area)[0])}",
        ])  # fmt: skip
    part.table(
        ["areas", "units", "error of E", "error of the score", "bias of E", "coverage of the score"], rows
    )
    return part
