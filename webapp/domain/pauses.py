"""Pauses of a clock while an office waits for the resident: what a stored deadline becomes by them.

While a pause runs, the stored deadline is the latest that the pause can make of it (as if it used up the cap), and the
end of the pause takes back what was not used. So ``due < now`` means overdue at every moment, in a database's WHERE
too, and equals ``deadlines.effective_due(original, deadlines.total_pause(pauses, now))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.deadlines import DEFAULT_POLICY, DeadlinePolicy

_NOTHING = timedelta(0)


class CannotPause(ValueError):
    """The clock cannot be stopped (any more)."""


class AlreadyOverdue(CannotPause):
    """A deadline that has passed is not put off."""


class PauseUsedUp(CannotPause):
    """Earlier pauses have used up the policy's cap."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A running pause: when it began, when the cap ends it, and the deadline if it lasts that long."""

    began_at: datetime
    ends_at: datetime
    due: datetime

    def seconds(self, now: datetime) -> int:
        """Whole seconds that the pause has taken by ``now``."""
        return int((min(max(now, self.began_at), self.ends_at) - self.began_at).total_seconds())

    def due_if_ended(self, now: datetime) -> datetime:
        """The deadline if the pause ends at ``now``."""
        return self.due - (self.ends_at - self.began_at) + timedelta(seconds=self.seconds(now))


def begin(due: datetime, now: datetime, used_s: int, policy: DeadlinePolicy = DEFAULT_POLICY) -> Pause:
    """Stop the clock of a request due at ``due``, whose earlier pauses took ``used_s`` seconds.

    Raises AlreadyOverdue or PauseUsedUp.
    """
    if now > due:
        raise AlreadyOverdue
    left = policy.max_pause - timedelta(seconds=used_s)
    if left <= _NOTHING:
        raise PauseUsedUp
    return Pause(now, now + left, due + left)
