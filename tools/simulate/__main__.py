"""Score synthetic cities whose truth is known, and write what was found to docs/simulation.md.

    python -m tools.simulate [--quick] [--cities 60] [--seed 1] [--reviews ../shared/data] [--jobs 4] [--only ranking texts]

The full run takes about ten minutes on an idle core; ``--only`` runs some parts and leaves the others on the page as
they are (the same seed gives the same figures either way). ``--quick`` prints only, and proves nothing.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tools.simulate import parts_checks, parts_scores
from tools.simulate.page import Part
from tools.simulate.plan import QUICK, Plan, outcomes

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = re.compile(r"<!-- part: (\w+) -->\n")


def _head(plan: Plan) -> str:
    return (
        "# Simulation: does the score tell the truth?\n\n"
        f"Made by `make simulate` with seed {plan.seed}: {plan.cities} cities of {plan.units} units for each figure, median"
        f" {plan.median:g} votes, {plan.trials} trials of each attack, {plan.years} quiet years. Nothing here is typed by"
        " hand.\n\n"
        "A true unit has an experience per channel, a solved rate, a timely rate and a no-return rate, drawn from a"
        " city in which a tenth of the units is much worse than the rest: not the bell curve that the shrinkage"
        " assumes. Channels differ in level and in how readily people vote; votes are J-shaped; a biased text model"
        " reads all hotline cases and some votes. Everything is scored by the code that scores a real city"
        " (`webapp/domain`).\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts, print them, and write them down unless the run is quick or partial."""
    parser = argparse.ArgumentParser(prog="python -m tools.simulate", description="Score synthetic cities.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, printed only")
    parser.add_argument("--cities", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--reviews", type=Path, default=Path("../shared/data"), help="folder of starred reviews"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work")
    parser.add_argument("--only", nargs="*", default=[], help="names of parts")
    a = parser.parse_args(arguments)
    plan = replace(QUICK if a.quick else Plan(), seed=a.seed, jobs=a.jobs)
    if a.cities:
        plan = replace(plan, cities=a.cities)
    found: dict[str, Part] = {}
    needs_cities = not a.only or {"intervals", "accuracy", "ranking"} & set(a.only)
    scored = outcomes(plan) if needs_cities else {}
    makers: dict[str, Callable[[], Part]] = {
        "intervals": lambda: parts_scores.intervals(plan, scored),
        "accuracy": lambda: parts_scores.accuracy(plan, scored),
        "ranking": lambda: parts_scores.ranking(plan, scored),
        "selection": lambda: parts_scores.selection(plan),
        "areas": lambda: parts_scores.areas(plan),
        "brushing": lambda: parts_checks.brushing(plan),
        "texts": lambda: parts_checks.texts(plan, a.reviews),
        "warnings": lambda: parts_checks.warnings(plan),
    }
    for name, make in makers.items():
        if not a.only or name in a.only:
            found[name] = make()
            print(found[name].markdown(), flush=True)
            if not a.quick:
                _write(_head(plan), name, found[name], list(makers))
    return 0


def _write(head: str, name: str, part: Part, order: Sequence[str]) -> None:
    """Put one part on the page, in its place among those that are there, with its charts beside the page."""
    folder, page = DOCS / "simulation", DOCS / "simulation.md"
    folder.mkdir(parents=True, exist_ok=True)
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    pieces = MARK.split(old)
    known = dict(zip(pieces[1::2], (text.strip() for text in pieces[2::2]), strict=True))
    known[name] = part.markdown().strip()
    texts = [f"<!-- part: {key} -->\n{known[key]}\n" for key in order if key in known]
    page.write_text("\n".join([head, *texts]), encoding="utf-8")
    for chart, drawing in part.charts.items():
        (folder / f"{chart}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
