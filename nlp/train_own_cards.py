"""Model cards of the word vectors and of the heads learned from messages of our own."""

from __future__ import annotations

from nlp.linear import Linear
from nlp.place_gate import AROUND, Gate
from nlp.vectors import Vectors

_ABOUT = {
    "urgency": (
        "How urgent a message is: normal, urgent, an emergency, or a danger to the writer's own life.",
        "messages of our own (nlp/gold/urgency.csv, splits train and dev), and with less weight ordinary ones: what "
        "people say to the bot and small reports (bot/data/nlu), troubles of all kinds (nlp/gold/category.csv, train and dev), "
        "and 1,500 messages to the government in which no rule hears danger, whole and in parts",
        "Ruling an emergency out: the rules of urgency.csv speak beside it, and a person reads every message. "
        "Judging the writer.",
    ),
    "five_types": (
        "Whether a message complains, asks for help, asks a question, proposes or praises.",
        "messages of our own (nlp/gold/request_type.csv, splits train and dev), and with little weight the three labels of "
        "9,223 messages to the government (投诉/求助 as complaint)",
        "Refusing or delaying a message because of its type.",
    ),
}


def own_card(model: Linear, size: int) -> str:
    """The card of a head learned from messages of our own."""
    header = model.header
    purpose, data, never = _ABOUT[header["name"]]
    labels = ", ".join(header["labels"]) if len(header["labels"]) < 20 else f"{len(header['labels'])} leaves"
    return f"""# Model `{header["name"]}` {header["version"]}

{purpose}

Written by `python -m nlp train`; do not edit.

- **Labels**: {labels}
- **Data**: {header["messages"]:,} texts: {data}. No licence is stated for the government's messages; ours are the project's.
- **Method**: multinomial logistic regression on {header["features"]:,} hashed features (words 1-2, characters 1-3) and the
  message's word vector; seed {header["seed"]}, {size / 1e6:.1f} MB.
- **Personal data**: a feature is kept only when at least {header["min_messages"]} texts share it; every digit counts as 0;
  only hashes are stored, so no text can be read from the file.
- **Split**: `python -m nlp evaluate --only {header["name"]}` prints the figures on messages of ours that somebody else wrote
  and that nobody who changed anything has read (splits test and test2).
- **Not to be used for**: {never}
"""


def vectors_card(vectors: Vectors, size: int) -> str:
    """The card of the word vectors."""
    header = vectors.header
    return f"""# Model `vectors` {header["version"]}

What words mean, by the company they keep: two words with like neighbours have like vectors.

Written by `python -m nlp train --only vectors`; do not edit.

- **Data**: {header["texts"]:,} unlabelled texts: messages to governments and their answers, hotel and food-delivery reviews,
  microblog posts. No licence is stated for them.
- **Method**: positive pointwise mutual information of words at most 8 apart, function words left out, factorised to
  {vectors.table.shape[1]} dimensions (Levy, Goldberg & Dagan 2015), one byte each; {header["words"]:,} words,
  seed {header["seed"]}, {size / 1e6:.1f} MB.
- **Personal data**: a word is kept only when at least {header["min_messages"]} texts have it; digits count as 0; only a hash of
  the word is stored.
- **Not to be used for**: anything by itself. Words carry the prejudices of the texts they come from.
"""


def gate_card(made: Gate, size: int) -> str:
    """The gate's card as Markdown."""
    header = made.header
    return f"""# Model `place_gate` {header["version"]}

Where in a message the tagger `places` has to look at all: most of what residents write names no place.

Written by `python -m nlp train --only place_gate`; do not edit.

- **Data**: {header["texts"]:,} texts of the development data (news, messages to governments, questions, addresses, reviews,
  microblogs), without their labels: what the tagger finds in them ({header["places"]:,} places) is what the gate learns. Most
  publishers state no licence for the texts.
- **Method**: logistic regression over the characters, hashed character pairs and word tags around each character; the tagger
  reads {AROUND} characters on either side of what scores above {header["open_above"]}. Seed {header["seed"]},
  {size / 1e6:.1f} MB.
- **Split**: fitted on four fifths of the texts, the threshold chosen on the others (near-copies on one side): there
  {header["places_kept"]:.3f} of the tagger's places pass whole, and {header["characters_read"]:.2f} of the characters are read.
- **Personal data**: single characters and hashes of pairs; every digit counts as 0; no text can be read from the file.
- **Not to be used for**: finding places. It only tells where to look.
"""
