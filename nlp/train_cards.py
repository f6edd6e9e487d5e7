"""Model cards: what a model is for, what it was fitted on, how well it did, what it must not be used for."""

from __future__ import annotations

from nlp.linear import Linear
from nlp.train_report import Row

_ABOUT: dict[str, tuple[str, str, str]] = {
    "forum": (
        "Which of seven categories a message to a city's forum belongs to.",
        "7,368 residents' messages to one city's online forum, published for the Teddy data-mining cup "
        "(task A of 2020), already cut into words, stop words dropped. The publishers state no licence for the texts.",
        "Deciding alone: below `abstain_below` a person decides. Messages of another city without corrections from "
        "there (a comparable model fell to .67). Judging the writer.",
    ),
    "request_type": (
        "Whether a message complains or asks for help (投诉/求助), asks a question (咨询) or proposes (建言).",
        "9,223 messages to Beijing's leaders' board, places starred out. No licence stated. Labels are noisy: near-copies "
        "disagree in 15 of 54 groups. Complaint and help are split, and praise found, by the rules in request_type.py.",
        "Refusing or delaying a message because of its type.",
    ),
    "anger": (
        "Whether the writer of a message to the government is angry or neutral.",
        "9,195 messages to Beijing's leaders' board labelled 愤怒 or 中性 (no licence stated), and with a weight of .3 "
        "our own praise, questions and proposals (nlp/gold/request_type.csv, splits train and dev) as 中性.",
        "Treating an angry resident worse, or ranking residents. Anger is a reason to look sooner, nothing else.",
    ),
    "sentiment": (
        "Probability that the writer is positive, and the rating (1-5) such a text usually comes with.",
        "6,212 hotel, 9,590 food-delivery and 42,236 shop reviews (hotel reviews left out of the shop set; weights 3, 1.5, 0.3) "
        "labelled good or bad, and 9,195 government messages: angry ones as bad, neutral ones half good, half bad; "
        "our own praise as good, complaints and pleas for help as bad (nlp/gold/request_type.csv, train and dev; weight 3). "
        "Stars: 300 restaurant reviews (ASAP, Apache-2.0). The others state no licence.",
        "Standing in for a vote: sentiment never enters a score except as the difference estimator of the evaluation "
        "design. The stars are restaurants': no public service with stars was available.",
    ),
}


def card(model: Linear, rows: list[Row], size: int) -> str:
    """The card as Markdown. All figures come from the run that made the model."""
    header = model.header
    purpose, data, never = _ABOUT[header["name"]]
    figures = "\n".join(
        f"| {row.on} | {row.measure} | {row.method} | "
        f"{row.value if not isinstance(row.value, float) else f'{row.value:.3f}'} |"
        for row in rows
    )
    lead = f", and those of the first {header['lead']} words once more apart" if header["lead"] else ""
    return f"""# Model `{header["name"]}` {header["version"]}

{purpose}

Written by `python -m nlp train`; do not edit. `python -m nlp evaluate` prints the same figures beside the baselines.

- **Labels**: {", ".join(header["labels"])}
- **Data**: {data}
- **Method**: words 1-2 and characters 1-3{lead}, hashed to 32 bits, log-tf · idf, each of these a unit vector;
  linear SVC or logistic regression averaged with its NB-weighted twin; temperature {header["temperature"]}.
  {header["features"]:,} features, {header["messages"]:,} messages, seed {header["seed"]}, {size / 1e6:.1f} MB.
- **Personal data**: a feature is kept only when at least {header["min_messages"]} different messages share it (near-copies
  counted once); every digit counts as 0; only hashes are stored, so no text can be read from the file.
- **Split**: the figures are of cross-validation in which near-copies (`dup_group`) never stand on both sides; the file
  shipped is the same recipe fitted on all messages.
- **Not to be used for**: {never}

| on | measure | method | value [95 % interval] |
|---|---|---|---|
{figures}

Intervals: bootstrap over near-copy groups, 500 draws.
"""
