"""What the action server answers is checked as Rasa checks it, but the rules themselves are checked once.

``jsonschema.validate``, which Rasa calls for every action, first holds the schema against the schema of schemas. This one
never changes, and that took two thirds of the time of a turn.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


@cache
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def checked(_action: RemoteAction, result: dict[str, Any]) -> bool:
    """True for an answer of the form that Rasa's schema asks for. Raises ``jsonschema.ValidationError`` for any other."""
    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise error
    return True


def install() -> None:
    """Let every action of this process be checked by :func:`checked`."""
    RemoteAction._validate_action_result = checked
