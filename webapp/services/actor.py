"""Who acts: passed into every service that changes something, so that services need no request context."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.workflow import Role
from webapp.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """A role, and the person, department and area behind it where there is one."""

    role: Role
    user_id: int | None = None
    department_id: int | None = None
    area_id: int | None = None

    @classmethod
    def of(cls, user: User) -> Actor:
        return cls(Role(user.role), user.id, user.department_id, user.area_id)


RESIDENT = Actor(Role.RESIDENT)
SYSTEM = Actor(Role.SYSTEM)
