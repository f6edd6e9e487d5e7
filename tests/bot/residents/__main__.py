"""Play simulated residents against the real bot and print how many came through, by kind.

    python -m tests.bot.residents [--count 300] [--seed 1] [--kind "report whole"] [--held] [--show 20]

``--held`` draws from the half of the phrases by which nobody mends the bot. Needs a trained model (tools.bot_model).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.bot.residents.goals import GOALS
from tests.bot.residents.play import Outcome, play, spoken
from tests.bot.residents.speech import Speech
from tests.bot.running import start_bot
from tools import bot_model
from webapp.extensions import db


def main() -> None:
    """Play them and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bot.residents")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="")
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--show", type=int, default=20, help="failed conversations to print")
    a = parser.parse_args()
    outcomes: list[Outcome] = []
    goals = [goal for goal in GOALS if a.kind in goal.__name__]
    with (
        tempfile.TemporaryDirectory() as folder,
        start_bot(Path(folder), bot_model.ensure_model()) as running,
    ):
        for number in range(a.count):
            speech = Speech(random.Random(a.seed * 100_000 + number), a.held)
            with running.app.app_context():
                outcomes.append(play(goals[number % len(goals)](speech), running))
                db.session.remove()
            outcomes[-1].register = speech.register
    for outcome in [one for one in outcomes if one.wrong][: a.show]:
        sys.stdout.write(spoken(outcome) + "\n")
    total, good = Counter(o.kind for o in outcomes), Counter(o.kind for o in outcomes if not o.wrong)
    for kind in sorted(total):
        sys.stdout.write(f"{kind:30} {good[kind]:4} of {total[kind]:4}\n")
    came = sum(good.values())
    sys.stdout.write(f"{'all':30} {came:4} of {len(outcomes):4} = {came / max(len(outcomes), 1):.3f}\n")


if __name__ == "__main__":
    main()
