"""The data model: SQLAlchemy 2 typed models, one module per domain noun."""

from webapp.models.area import AREA_LEVELS, Area, Department
from webapp.models.base import utcnow
from webapp.models.catalog import Category, DispatchRule, Service
from webapp.models.conversation import ChatMessage, Conversation
from webapp.models.journal import AuditEntry, OutboxMessage, Setting
from webapp.models.review import Rectification, Review
from webapp.models.rollup import (
    COUNTERS,
    ROLLUPS,
    AreaDay,
    CategoryDay,
    DepartmentDay,
    ServiceDay,
)
from webapp.models.service_request import (
    Attachment,
    Correction,
    RequestEvent,
    ServiceRequest,
    Support,
)
from webapp.models.staff import User

__all__ = [
    "AREA_LEVELS", "COUNTERS", "ROLLUPS",
    "Area", "AreaDay", "Attachment", "AuditEntry", "Category", "CategoryDay", "ChatMessage", "Conversation",
    "Correction", "Department", "DepartmentDay", "DispatchRule", "OutboxMessage", "Rectification", "RequestEvent",
    "Review", "Service", "ServiceDay", "ServiceRequest", "Setting", "Support", "User", "utcnow",
]  # fmt: skip
