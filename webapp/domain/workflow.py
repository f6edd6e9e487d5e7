"""Life of a request (DESIGN §4): one frozen table of (status, action) → rule.

The table knows roles, not people: whether a clerk belongs to the responsible department is the service's
question.
A request closes on the resident's word or on the resident's silence, never on the department's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from webapp.domain.chain import GENESIS_HASH, event_hash, verify_chain
from webapp.domain.workflow_words import (
    EVENT_OF_ACTION,
    Action,
    EventType,
    Role,
    Solved,
    Status,
    Verdict,
)

__all__ = [
    "GENESIS_HASH",
    "OPEN_STATUSES",
    "PUBLIC_EVENTS",
    "REPORTER_EVENTS",
    "RULES",
    "UNANSWERED_STATUSES",
    "Action",
    "EventType",
    "IllegalTransition",
    "NoteRequired",
    "Role",
    "RoleNotAllowed",
    "Rule",
    "Solved",
    "Status",
    "Transition",
    "Verdict",
    "WorkflowError",
    "after_follow_up",
    "allowed_actions",
    "event_hash",
    "transition",
    "verify_chain",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action does in a status, who may do it, and whether it must be explained."""

    status_after: Status
    roles: frozenset[Role]
    note_required: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """Result of an allowed action: the status to store and the event to append."""

    status: Status
    event_type: EventType


class WorkflowError(Exception):
    """An action that the table does not allow; carries ``status``, ``action`` and ``role``."""

    def __init__(self, status: Status, action: Action, role: Role) -> None:
        super().__init__(f"{action} on {status} by {role}: {type(self).__name__}")
        self.status, self.action, self.role = status, action, role


class IllegalTransition(WorkflowError):
    """Nobody may do this in this status."""


class RoleNotAllowed(WorkflowError):
    """Somebody else may do this, this role may not."""


class NoteRequired(WorkflowError):
    """This must be explained, and no note was given."""


_DISPATCH: Final = frozenset({Role.DISPATCHER, Role.HOTLINE_AGENT})
_DEPARTMENT: Final = frozenset({Role.CLERK, Role.HEAD, Role.GRID_WORKER})
_OFFICE: Final = frozenset({Role.CLERK, Role.HEAD})
_REVIEW: Final = frozenset({Role.REVIEWER, Role.HOTLINE_AGENT})
_STAFF: Final = _DISPATCH | _DEPARTMENT | _REVIEW | {Role.OFFICIAL}
_NOTE: Final = True

OPEN_STATUSES: Final = frozenset(
    {Status.RECEIVED, Status.ASSIGNED, Status.ACCEPTED, Status.PAUSED, Status.OBJECTED, Status.RESOLVED}
    | {Status.FOLLOWED_UP, Status.REOPENED}
)
# An office owes an answer: its clock matters (while it is paused, too: a pause ends by its cap).
UNANSWERED_STATUSES: Final = OPEN_STATUSES - {Status.RESOLVED, Status.FOLLOWED_UP}
# Somebody works on it, so that other offices can be called in.
AT_WORK: Final = (Status.ACCEPTED, Status.PAUSED, Status.REOPENED)

_MOVES: Final[dict[tuple[Status, Action], Rule]] = {
    (Status.RECEIVED, Action.ASSIGN): Rule(Status.ASSIGNED, _DISPATCH | {Role.SYSTEM}),
    # A resident may join a neighbour's earlier report of the same trouble while it is being submitted.
    (Status.RECEIVED, Action.MERGE): Rule(Status.MERGED, _DISPATCH | {Role.RESIDENT}),
    (Status.RECEIVED, Action.MARK_OUT_OF_SCOPE): Rule(Status.OUT_OF_SCOPE, _DISPATCH, _NOTE),
    (Status.ASSIGNED, Action.ACCEPT): Rule(Status.ACCEPTED, _DEPARTMENT),
    (Status.ASSIGNED, Action.OBJECT): Rule(Status.OBJECTED, _OFFICE, _NOTE),
    (Status.ASSIGNED, Action.TRANSFER): Rule(Status.ASSIGNED, _DISPATCH, _NOTE),
    # Dispatch is automatic, so a duplicate or a stray is often seen only once it is assigned.
    (Status.ASSIGNED, Action.MERGE): Rule(Status.MERGED, _DISPATCH, _NOTE),
    (Status.ASSIGNED, Action.MARK_OUT_OF_SCOPE): Rule(Status.OUT_OF_SCOPE, _DISPATCH, _NOTE),
    (Status.OBJECTED, Action.GRANT_OBJECTION): Rule(Status.ASSIGNED, _DISPATCH, _NOTE),
    (Status.OBJECTED, Action.REFUSE_OBJECTION): Rule(Status.ASSIGNED, _DISPATCH, _NOTE),
    (Status.OBJECTED, Action.MARK_OUT_OF_SCOPE): Rule(Status.OUT_OF_SCOPE, _DISPATCH, _NOTE),
    # 首接负责: the first department may think better of its objection at any time.
    (Status.OBJECTED, Action.ACCEPT): Rule(Status.ACCEPTED, _OFFICE),
    (Status.ACCEPTED, Action.TRANSFER): Rule(Status.ASSIGNED, _OFFICE | _DISPATCH, _NOTE),
    (Status.ACCEPTED, Action.EXTEND): Rule(Status.ACCEPTED, frozenset({Role.HEAD, Role.DISPATCHER}), _NOTE),
    (Status.ACCEPTED, Action.RESOLVE): Rule(Status.RESOLVED, _DEPARTMENT, _NOTE),
    (Status.ACCEPTED, Action.MERGE): Rule(Status.MERGED, _DISPATCH, _NOTE),
    # Waiting for the resident's answer stops the clock, for a reason that the resident reads, and never for long:
    # the policy caps it. Whatever leads out of PAUSED starts the clock again.
    (Status.ACCEPTED, Action.PAUSE): Rule(Status.PAUSED, _OFFICE, _NOTE),
    (Status.PAUSED, Action.RESUME): Rule(Status.ACCEPTED, _OFFICE | _DISPATCH | _REVIEW | {Role.SYSTEM}),
    (Status.PAUSED, Action.RESOLVE): Rule(Status.RESOLVED, _DEPARTMENT, _NOTE),
    (Status.PAUSED, Action.TRANSFER): Rule(Status.ASSIGNED, _OFFICE | _DISPATCH, _NOTE),
    (Status.PAUSED, Action.MERGE): Rule(Status.MERGED, _DISPATCH, _NOTE),
    (Status.RESOLVED, Action.FOLLOW_UP): Rule(Status.FOLLOWED_UP, _REVIEW | {Role.RESIDENT}),
    # A look at the place is evidence: it stands in the history and moves nothing. Not fixed: a reviewer or an official
    # decides on REOPEN (one pair of eyes, perhaps a colleague's, does not), and silence no longer closes the case.
    (Status.RESOLVED, Action.VERIFY): Rule(Status.RESOLVED, frozenset({Role.GRID_WORKER})),
    # Without the resident's word: silence past the limit, counted as unreached. Never the department.
    (Status.RESOLVED, Action.CLOSE): Rule(Status.CLOSED, _REVIEW | {Role.SYSTEM}, _NOTE),
    (Status.RESOLVED, Action.REOPEN): Rule(Status.REOPENED, frozenset({Role.REVIEWER, Role.OFFICIAL}), _NOTE),
    # The resident's answer decides which of the two follows (after_follow_up); no person can choose.
    (Status.FOLLOWED_UP, Action.CLOSE): Rule(Status.CLOSED, frozenset({Role.SYSTEM})),
    (Status.FOLLOWED_UP, Action.REOPEN): Rule(Status.REOPENED, frozenset({Role.SYSTEM})),
    # Until it closes, or somebody works on it anew, the resident may correct their word; a late word is a word, too.
    (Status.FOLLOWED_UP, Action.FOLLOW_UP): Rule(Status.FOLLOWED_UP, frozenset({Role.RESIDENT})),
    (Status.REOPENED, Action.FOLLOW_UP): Rule(Status.FOLLOWED_UP, frozenset({Role.RESIDENT})),
    (Status.CLOSED, Action.FOLLOW_UP): Rule(Status.FOLLOWED_UP, _REVIEW | {Role.RESIDENT}),
    (Status.REOPENED, Action.ACCEPT): Rule(Status.ACCEPTED, _DEPARTMENT),
    (Status.REOPENED, Action.ASSIGN): Rule(Status.ASSIGNED, _DISPATCH, _NOTE),
    (Status.REOPENED, Action.TRANSFER): Rule(Status.ASSIGNED, _OFFICE, _NOTE),
    (Status.REOPENED, Action.RESOLVE): Rule(Status.RESOLVED, _DEPARTMENT, _NOTE),
    # "Solved" may turn out untrue later, and an unreached resident may come back.
    (Status.CLOSED, Action.REOPEN): Rule(Status.REOPENED, _REVIEW | {Role.RESIDENT, Role.OFFICIAL}, _NOTE),
    (Status.MERGED, Action.UNMERGE): Rule(Status.RECEIVED, _DISPATCH, _NOTE),
    (Status.OUT_OF_SCOPE, Action.ASSIGN): Rule(Status.ASSIGNED, _DISPATCH, _NOTE),
}


def _standing_rules() -> dict[tuple[Status, Action], Rule]:
    """Actions that leave the status as it is, and where they are open."""
    rules: dict[tuple[Status, Action], Rule] = {}
    for status in Status:
        rules[status, Action.ADD_NOTE] = Rule(status, _STAFF, _NOTE)
        rules[status, Action.CORRECT_CATEGORY] = Rule(status, _DISPATCH | _OFFICE | {Role.REVIEWER})
        rules[status, Action.CORRECT_TYPE] = Rule(status, _DISPATCH | _OFFICE | {Role.REVIEWER})
        rules[status, Action.CORRECT_AREA] = Rule(status, _DISPATCH | _OFFICE | {Role.REVIEWER})
        rules[status, Action.SUPPLEMENT] = Rule(status, frozenset({Role.RESIDENT}), _NOTE)
        rules[status, Action.REPLY] = Rule(status, _STAFF, _NOTE)
        # A mediation takes its own time: it may end when the case is answered already.
        rules[status, Action.END_MEDIATION] = Rule(status, _OFFICE | _DISPATCH, _NOTE)
    for status in (Status.ASSIGNED, Status.ACCEPTED, Status.REOPENED):
        rules[status, Action.REFER_MEDIATION] = Rule(status, _OFFICE | _DISPATCH)
    for status in OPEN_STATUSES | {Status.OUT_OF_SCOPE}:
        # The urgency is the clock: moved only while it runs, and explained to the resident.
        rules[status, Action.CORRECT_URGENCY] = Rule(status, _DISPATCH | _OFFICE | {Role.REVIEWER}, _NOTE)
        rules[status, Action.SUPERVISE] = Rule(status, frozenset({Role.OFFICIAL}), _NOTE)
    # What has become more urgent does not wait for an answer.
    waiting = Status.PAUSED, Action.CORRECT_URGENCY
    rules[waiting] = Rule(Status.ACCEPTED, rules[waiting].roles, _NOTE)
    for status in UNANSWERED_STATUSES:
        rules[status, Action.ESCALATE] = Rule(status, frozenset({Role.SYSTEM}))
    for status in AT_WORK:
        # 吹哨报到: whoever leads calls others in; they report, the lead stays responsible and resolves.
        rules[status, Action.CALL_IN] = Rule(status, _OFFICE | {Role.DISPATCHER}, _NOTE)
        rules[status, Action.CALL_OFF] = Rule(status, _OFFICE | {Role.DISPATCHER}, _NOTE)
    for status in (*AT_WORK, Status.ASSIGNED, Status.OBJECTED):
        # Also while the lead's part of it is between offices: the called one's clock runs on.
        rules[status, Action.REPORT_JOINT] = Rule(status, _OFFICE, _NOTE)
    return rules


RULES: Final[Mapping[tuple[Status, Action], Rule]] = MappingProxyType(_MOVES | _standing_rules())

# Mediation is confidential: the resident of the case sees it, the public does not.
REPORTER_EVENTS: Final = frozenset({EventType.MEDIATION_REFERRED, EventType.MEDIATION_ENDED})
PUBLIC_EVENTS: Final = (
    frozenset(EventType)
    - REPORTER_EVENTS
    - {
        EventType.NOTE_ADDED,
        EventType.CATEGORY_CORRECTED,
        EventType.TYPE_CORRECTED,
        EventType.AREA_CORRECTED,
        EventType.ESCALATED,
    }
)


def transition(status: Status, action: Action, role: Role, note: str | None = None) -> Transition:
    """New status and event type of ``action``, done by ``role`` on a request in ``status``.

    Raises IllegalTransition if the table has no such row, RoleNotAllowed if it names other roles, NoteRequired
    if it asks for a note and ``note`` is empty or blank.
    """
    rule = RULES.get((status, action))
    if rule is None:
        raise IllegalTransition(status, action, role)
    if role not in rule.roles:
        raise RoleNotAllowed(status, action, role)
    if rule.note_required and not (note and note.strip()):
        raise NoteRequired(status, action, role)
    return Transition(rule.status_after, EVENT_OF_ACTION[action])


def allowed_actions(status: Status, roles: Role | Iterable[Role]) -> tuple[Action, ...]:
    """Actions open in ``status`` to a role (or to a person with several), in the order of ``Action``."""
    held = {roles} if isinstance(roles, Role) else set(roles)
    return tuple(a for a in Action if (rule := RULES.get((status, a))) and rule.roles & held)


def after_follow_up(solved: Solved) -> Action:
    """What the system does with the resident's word: close when solved, reopen when partly or not."""
    return Action.CLOSE if solved is Solved.YES else Action.REOPEN
