"""The data model: SQLAlchemy 2 typed models, one module per domain noun."""

from webapp.models import append_only as append_only
from webapp.models.area import AREA_LEVELS, Area, Department
from webapp.models.base import utcnow
from webapp.models.casework import FirstDispatch, JointTask, Objection
from webapp.models.catalog import Category, DispatchRule, Service
from webapp.models.conversation import ChatMessage, Conversation
from webapp.models.desk import CaseFile, CaseLook, Mention, ReplyTemplate, SavedFilter
from webapp.models.follow_up import CallAttempt, FollowUpCall, FollowUpSample
from webapp.models.journal import AuditEntry, OutboxMessage, PastSetting, Setting
from webapp.models.mediation import Mediation
from webapp.models.notification import Notification, NotificationSettings
from webapp.models.privacy import DataRequest, SealedNote
from webapp.models.publication import Publication
from webapp.models.review import Appeal, Rectification, Review
from webapp.models.rollup import (
    COUNTERS,
    ROLLUPS,
    AreaDay,
    CategoryDay,
    DepartmentDay,
    ServiceDay,
)
from webapp.models.score_day import ScoreDay
from webapp.models.search import SearchText
from webapp.models.service_request import (
    Attachment,
    Correction,
    RequestEvent,
    ServiceRequest,
    Support,
)
from webapp.models.signin import RecoveryCode, SecondFactor, StaffSession
from webapp.models.staff import User
from webapp.models.topic import MonthlyNote, MonthlyTask, MonthlyTopic, Topic, TopicRequest
from webapp.models.wechat import WechatDelivery, WechatFollower, WechatToken

__all__ = [
    "AREA_LEVELS",
    "COUNTERS",
    "ROLLUPS",
    "Appeal",
    "Area",
    "AreaDay",
    "Attachment",
    "AuditEntry",
    "CallAttempt",
    "CaseFile",
    "CaseLook",
    "Category",
    "CategoryDay",
    "ChatMessage",
    "Conversation",
    "Correction",
    "DataRequest",
    "Department",
    "DepartmentDay",
    "DispatchRule",
    "FirstDispatch",
    "FollowUpCall",
    "FollowUpSample",
    "JointTask",
    "Mediation",
    "Mention",
    "MonthlyNote",
    "MonthlyTask",
    "MonthlyTopic",
    "Notification",
    "NotificationSettings",
    "Objection",
    "OutboxMessage",
    "PastSetting",
    "Publication",
    "RecoveryCode",
    "Rectification",
    "ReplyTemplate",
    "RequestEvent",
    "Review",
    "SavedFilter",
    "ScoreDay",
    "SealedNote",
    "SearchText",
    "SecondFactor",
    "Service",
    "ServiceDay",
    "ServiceRequest",
    "Setting",
    "StaffSession",
    "Support",
    "Topic",
    "TopicRequest",
    "User",
    "WechatDelivery",
    "WechatFollower",
    "WechatToken",
    "utcnow",
]  # fmt: skip
