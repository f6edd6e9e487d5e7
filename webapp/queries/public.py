"""What residents' pages read: services to choose from, a service's recent words, a visitor's own reviews."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from webapp.domain.workflow import Solved, Status
from webapp.extensions import db
from webapp.models import (
    Category,
    Department,
    Rectification,
    Review,
    Service,
    ServiceRequest,
    utcnow,
)
from webapp.queries.directory import directory


def service_by_code(code: str) -> Service | None:
    """The active service with this code, with its department."""
    return db.session.scalar(
        select(Service)
        .where(Service.service_code == code, Service.is_active.is_(True))
        .options(joinedload(Service.department))
    )


def find_services(words: str = "", department_code: str = "") -> list[Service]:
    """Active services by department and use; with ``words`` those whose name, nickname or department contains them."""
    statement = (
        select(Service)
        .join(Department)
        .where(Service.is_active.is_(True))
        .options(joinedload(Service.department))
        .order_by(Department.code, Service.monthly_uses.desc(), Service.service_code)
    )
    if department_code:
        statement = statement.where(Department.code == department_code)
    services = list(db.session.scalars(statement))
    lowered = words.strip()[:60].lower()
    return [s for s in services if not lowered or any(lowered in name.lower() for name in _names(s))]


def _names(service: Service) -> tuple[str, ...]:
    return service.name, *(service.nicknames or []), service.department.name, service.service_code


def departments_with_services() -> list[Department]:
    """Departments that run a published service, by name of the tree."""
    return list(
        db.session.scalars(
            select(Department)
            .where(Department.id.in_(select(Service.department_id).where(Service.is_active.is_(True))))
            .order_by(Department.code)
        )
    )


def department_by_code(code: str) -> Department | None:
    """The department with this code."""
    return db.session.scalar(select(Department).where(Department.code == code))


def mended(
    department_ids: Sequence[int], service_id: int | None = None, limit: int = 5
) -> Sequence[Rectification]:
    """What was put right after bad reviews, the latest first, with the review's service; the same measure once."""
    m = Rectification
    statement = (
        select(m)
        .join(Review, Review.id == m.review_id)
        .where(m.department_id.in_(department_ids), m.rectified_at.is_not(None), m.measure != "")
        .where(Review.set_aside.is_(None))
        .options(joinedload(m.review).joinedload(Review.service))
    )
    if service_id is not None:
        statement = statement.where(Review.service_id == service_id)
    found: dict[tuple[int, str], Rectification] = {}
    for line in db.session.scalars(statement.order_by(m.rectified_at.desc()).limit(8 * limit)):
        found.setdefault((line.review.service_id, line.measure), line)
    return list(found.values())[:limit]


def solved_requests(department_id: int, limit: int = 5) -> Sequence[ServiceRequest]:
    """Public requests of which the resident said that they are solved, the latest first."""
    r = ServiceRequest
    return db.session.scalars(
        select(r)
        .where(r.department_id == department_id, r.is_public.is_(True), r.solved == Solved.YES.value)
        .options(joinedload(r.area))
        .order_by(r.received_at.desc())
        .limit(limit)
    ).all()


def popular_services(limit: int = 6) -> Sequence[Service]:
    """The most used services."""
    return db.session.scalars(
        select(Service)
        .where(Service.is_active.is_(True))
        .order_by(Service.monthly_uses.desc(), Service.service_code)
        .limit(limit)
    ).all()


def recent_comments(service_id: int, limit: int = 10) -> Sequence[Review]:
    """Newest reviews with words that count as votes, their replies with them."""
    return db.session.scalars(
        select(Review)
        .where(
            Review.service_id == service_id, Review.comment != "", Review.set_aside.is_(None),
            Review.is_default.is_(False),
        )
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(limit)
    ).all()  # fmt: skip


def own_reviews(identity: str, limit: int = 20) -> Sequence[Review]:
    """Newest reviews of one identity, with service and rectification."""
    return db.session.scalars(
        select(Review)
        .where(Review.identity == identity)
        .options(
            joinedload(Review.service), joinedload(Review.rectification).joinedload(Rectification.appeal)
        )
        .order_by(Review.created_at.desc())
        .limit(limit)
    ).all()


def own_review(review_id: str, identity: str) -> Review | None:
    """This identity's review with this number."""
    return db.session.scalar(select(Review).where(Review.review_id == review_id, Review.identity == identity))


def review_of_use(service_id: int, identity: str, use_key: str) -> Review | None:
    """What this identity already said about this use of the service (a new word replaces it)."""
    return db.session.scalar(
        select(Review).where(
            Review.service_id == service_id, Review.identity == identity, Review.use_key == use_key
        )
    )


def public_request(number: str) -> ServiceRequest | None:
    """The request with this tracking number if its reporter lets it be seen."""
    return db.session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.service_request_id == number.strip().upper(), ServiceRequest.is_public.is_(True))
        .options(
            joinedload(ServiceRequest.category), joinedload(ServiceRequest.department), joinedload(ServiceRequest.area)
        )
    )  # fmt: skip


def nearest_category(code: str | None) -> Category | None:
    """The category with this code, or its nearest known ancestor."""
    found = directory().category_id(code)
    return db.session.get(Category, found) if found else None


def request_by_number(number: str) -> ServiceRequest | None:
    """The request with this tracking number, for somebody who has opened it already."""
    return db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.service_request_id == number.strip().upper())
    )


def recent_answers(limit: int = 4) -> Sequence[ServiceRequest]:
    """Public requests answered last, for the home page."""
    done = [Status.RESOLVED.value, Status.CLOSED.value]
    return db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.is_public.is_(True), ServiceRequest.status.in_(done))
        .where(or_(ServiceRequest.resolved_at < utcnow(), ServiceRequest.resolved_at.is_(None)))
        .options(joinedload(ServiceRequest.department), joinedload(ServiceRequest.area))
        .order_by(ServiceRequest.received_at.desc())
        .limit(limit)
    ).all()
