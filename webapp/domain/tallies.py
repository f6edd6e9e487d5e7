"""What scoring reads: integer counts from the roll-up tables, one tally per unit (service, department, area)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

OF_CASES: Final = "·cases"
"""Ends the name of a stratum of closed cases, as against the uses of the same channel"""


@dataclass(frozen=True, slots=True)
class StratumTally:
    """Votes and texts of one stratum (a channel, say) of one unit within the window.

    rating_1 … rating_5   active valid votes per level, of people who came by themselves
    sampled_1 … sampled_5 the words of people who were asked: a random sample of those closed cases of the stratum whose
                          people had said nothing; everybody counts once, so that they are not among rating_1 … rating_5
    told_1 … told_5       what the others said of their closed cases of their own accord: no votes, but whom the sample
                          stands beside (0 where the sample is of all closed cases)
    area                  the part of the unit's area, where it is known: several tallies of one stratum differ in it
    closed_cases          all closed cases or uses of the stratum: what the votes are weighted up to
    text_n, text_sum, text_sq
                          texts of those cases: how many, Σ prediction (1/1000), Σ prediction² (1/10⁶), where a
                          prediction is the model's expected vote in 0…1
    both_n                cases that have both a text and a valid vote
    both_pred_sum, both_pred_sq
                          Σ prediction (1/1000) and Σ prediction² (1/10⁶) over them
    both_vote_sum, both_vote_sq
                          Σ (level − 1) (quarters) and Σ (level − 1)² (sixteenths) over them
    both_cross            Σ prediction · (level − 1) (1/1000 · quarters) over them
    """

    stratum: str
    rating_1: int = 0
    rating_2: int = 0
    rating_3: int = 0
    rating_4: int = 0
    rating_5: int = 0
    closed_cases: int = 0
    text_n: int = 0
    text_sum: int = 0
    text_sq: int = 0
    both_n: int = 0
    both_pred_sum: int = 0
    both_pred_sq: int = 0
    both_vote_sum: int = 0
    both_vote_sq: int = 0
    both_cross: int = 0
    sampled_1: int = 0
    sampled_2: int = 0
    sampled_3: int = 0
    sampled_4: int = 0
    sampled_5: int = 0
    told_1: int = 0
    told_2: int = 0
    told_3: int = 0
    told_4: int = 0
    told_5: int = 0
    area: str = ""

    @property
    def channel(self) -> str:
        """The stratum without the kind: where cases are not told apart, a channel's votes stand for them too."""
        return self.stratum.removesuffix(OF_CASES)

    @property
    def votes(self) -> int:
        """Number of valid votes."""
        return self.rating_1 + self.rating_2 + self.rating_3 + self.rating_4 + self.rating_5

    @property
    def quarters(self) -> int:
        """Σ (level − 1): four times the sum of the votes."""
        return self.rating_2 + 2 * self.rating_3 + 3 * self.rating_4 + 4 * self.rating_5

    @property
    def quarters_sq(self) -> int:
        """Σ (level − 1)²: sixteen times the sum of the squared votes."""
        return self.rating_2 + 4 * self.rating_3 + 9 * self.rating_4 + 16 * self.rating_5


@dataclass(frozen=True, slots=True)
class CaseTally:
    """Casework of one unit within the window.

    on_time, late         answered within, after the deadline (pauses capped); open_overdue: still unanswered;
                          当场办结 by whoever reported it is neither
    solved_yes/partly/no  the residents' words, each follow-up answer once, so that a reopening is seen
    unreached             closed without the resident's word
    returned              answered cases whose trouble came back, same place, within 30 days, of
    returned_eligible     answered cases whose 30 days are over
    """

    received: int = 0
    closed: int = 0
    on_time: int = 0
    late: int = 0
    open_overdue: int = 0
    solved_yes: int = 0
    solved_partly: int = 0
    solved_no: int = 0
    unreached: int = 0
    returned: int = 0
    returned_eligible: int = 0

    @property
    def followed_up(self) -> int:
        """Valid follow-ups: the resident said yes, partly or no."""
        return self.solved_yes + self.solved_partly + self.solved_no


@dataclass(frozen=True, slots=True)
class UnitTally:
    """One unit to be scored among its peers.

    exposure      uses, or residents: what demand is counted against; 0 where unknown (then no demand is given)
    demand_count  requests + reviews of the window
    """

    key: str
    strata: Sequence[StratumTally] = ()
    cases: CaseTally = field(default_factory=CaseTally)
    exposure: float = 0.0
    demand_count: int = 0
