"""How much each kind of evidence weighs in the service match."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Tuned on the parts `train` and `dev` of the gold set (gold/service.csv).

    The first group weighs the fields of a service (BM25F); `saturation` is BM25's k1. `likeness` weighs a name's
    likeness to the words, from which `short` takes the certainty of very short names; `concept`, `pair` and `leaf`
    weigh what a message holds, `close` a pair of a name whose characters stand close but not side by side in order;
    `heard` is for a whole name that sounds so, `meaning` weighs the cosine of meanings above `alike`, `near` words of
    like meaning, and `elsewhere` such words of matters that no service is for. `damp` is how fast the pairs of a long
    message lose weight. `nothing` is the score of "no service of ours", `unknown` what each concept that no service
    has adds to it, `never` each that no city's services are for. `sure` is the probability from which `best` answers:
    there 94 (part `test`) to 97 % of the answers were right.
    """

    name: float = 3.0
    nickname: float = 0.6
    keyword: float = 0.4
    description: float = 1.2
    category: float = 0.35
    department: float = 0.2
    place: float = 0.8
    material: float = 0.1
    saturation: float = 1.0
    likeness: float = 1.5
    short: float = 1.0
    concept: float = 1.5
    pair: float = 0.85
    close: float = 0.4
    heard: float = 6.0
    meaning: float = 10.0
    alike: float = 0.2
    damp: float = 0.7
    near: float = 5.0
    elsewhere: float = 8.0
    leaf: float = 0.6
    temperature: float = 1.4
    nothing: float = 5.5
    unknown: float = 3.0
    never: float = 16.0
    sure: float = 0.6


WEIGHTS = Weights()
