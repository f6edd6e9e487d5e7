"""The card beside each version of the city's model: what it learned from, how it compares, what it is not for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nlp.adapt_judge import PASSED, Judgement, Outcome

HEAD_NAMES = {
    "forum": "forum category (7)", "tree": "12345 category (leaf, or the branch that was named)",
    "request_type": "request type (5)", "urgency": "urgency (3; rules are a floor)",
}  # fmt: skip


def figures(outcome: Outcome) -> dict[str, Any]:
    """The same figures as plain numbers, for the header, the audit trail and pages."""
    return {
        "trained_on": outcome.trained,
        "held_out": outcome.held_out,
        "judgements": [
            {
                "head": j.head, "verdict": j.verdict, "examples": j.examples, "gain": round(j.gain, 4),
                "low": round(j.low, 4), "high": round(j.high, 4), "p": round(j.chance, 4),
                "corrected": list(j.corrected), "agreed": list(j.agreed),
            }
            for j in outcome.judgements
        ],
        "curve": [[point.examples, point.accuracy] for point in outcome.curve],
    }  # fmt: skip


def _judgement(j: Judgement) -> str:
    def part(messages: int, before: int, after: int) -> str:
        return f"{before} → {after} of {messages}" if messages else "–"

    return (
        f"| {HEAD_NAMES[j.head]} | {j.examples} | {part(*j.corrected)} | {part(*j.agreed)} | "
        f"{100 * j.gain:+.1f} [{100 * j.low:+.1f}, {100 * j.high:+.1f}] | {j.chance:.3f} | "
        f"{'in service' if j.verdict in PASSED else 'left as it was'}: {j.verdict} |"
    )


def _curve(outcome: Outcome) -> str:
    heads = sorted({head for point in outcome.curve for head in point.accuracy})
    lines = [f"| messages | {' | '.join(HEAD_NAMES[h] for h in heads)} |", "|---|" + "---|" * len(heads)]
    for point in outcome.curve:
        cells = (f"{point.accuracy[h]:.3f}" if h in point.accuracy else "–" for h in heads)
        lines.append(f"| {point.examples} | {' | '.join(cells)} |")
    return "\n".join(lines)


def card(outcome: Outcome, before: str, base: str, at: datetime) -> str:
    """The card as Markdown; ``{version}`` stands for the version's name. `before`: what it was compared with."""
    lines = "\n".join(_judgement(j) for j in outcome.judgements)
    return f"""# City model {{version}}

What this city's staff taught the shipped models ({base}). Written by `flask nlp retrain` on {at:%Y-%m-%d %H:%M} UTC.

- **Data**: {outcome.trained} judgements of staff to learn from, {outcome.held_out} held out: corrections of category, type
  and urgency, and handled messages that nobody corrected (half weight). The texts stay in the city's database.
- **Method**: the shipped answers are the prior; hashed words 1-2 and characters 1-3 shift their log-odds; a gate leaves
  messages unlike the corrected ones to the shipped models (nlp/city.py, nlp/adapt_fit.py).
- **Split**: a fifth of the messages by near-copy group, always the same ones, is held out; no version was fitted on them.
- **Personal data**: names, phones, other personal data and places are taken out before features are chosen; a feature is
  kept when three different messages share it; digits count as 0; only hashes are stored.
- **Compared with**: {before}. Put into service where not fewer held-out corrections are right, not fewer messages in all,
  and less than one point is lost of what staff agreed with.
- **Not to be used for**: deciding alone; judging staff or residents by how often they correct or are corrected; another city.

| head | learned from | corrections right | agreed right | gain in points [95 %] | McNemar p | decision |
|---|---|---|---|---|---|---|
{lines}

## Learning curve

Share of held-out messages read right after so many judgements, oldest first.

{_curve(outcome)}
"""
