"""Photos and PDFs that staff add to a case: told by their content, capped, photos re-encoded."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import IO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from webapp.errors import Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import CaseFile, ServiceRequest, utcnow
from webapp.services import audit, casework, photos
from webapp.services.actor import Actor

MAX_BYTES = 10 * 1024 * 1024
MOST = 20
# A PDF says so within its first kilobyte (ISO 32000-1, implementation note 13).
_PDF = b"%PDF-"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


def add(number: str, stream: IO[bytes], name: str, public: bool, actor: Actor) -> CaseFile:
    """Add a photo or PDF to a case; the look of the content decides which, never the name. Commits.

    Raises ``NotFound``, ``Forbidden`` (another department's case), ``InvalidInput`` (neither photo nor PDF, too large,
    too many).
    """
    request = casework.find(number)
    if not casework.may_handle(request, actor) or actor.user_id is None:
        raise Forbidden(_("这件诉求由其他单位承办，您不能操作。"))
    count = db.session.scalar(select(func.count(CaseFile.id)).where(CaseFile.request_id == request.id)) or 0
    if count >= MOST:
        raise InvalidInput(_("一件诉求最多 %(limit)s 个附件。", limit=MOST), "file")
    head = stream.read(MAX_BYTES + 1)
    if not head:
        raise InvalidInput(_("请选择要上传的文件。"), "file")
    if len(head) > MAX_BYTES:
        raise InvalidInput(_("文件太大，请控制在 %(limit)s MB 以内。", limit=MAX_BYTES // 1024**2), "file")
    file = _pdf(head) if _PDF in head[:1024] else _photo(head)
    file.request_id, file.user_id, file.public, file.created_at = request.id, actor.user_id, public, utcnow()
    file.name = _name(name, file.kind)
    db.session.add(file)
    db.session.flush()
    audit.record("case.file", number, actor.user_id, file=file.id, kind=file.kind, public=public)
    db.session.commit()
    return file


def _photo(data: bytes) -> CaseFile:
    try:
        encoded, width, height = photos.reencoded(data)
    except InvalidInput as problem:
        raise InvalidInput(_("只能上传照片（JPG、PNG、WEBP）或 PDF，这个文件都不是。"), "file") from problem
    return CaseFile(
        kind="image", sha256=_write(encoded, "jpg"), size=len(encoded), width=width, height=height
    )


def _pdf(data: bytes) -> CaseFile:
    return CaseFile(kind="pdf", sha256=_write(data, "pdf"), size=len(data))


def _write(data: bytes, suffix: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest}.{suffix}"
    if not path.exists():
        path.write_bytes(data)
    return digest


def _folder() -> Path:
    # Apart from residents' photos, which /photos serves to whoever knows their name.
    return Path(current_app.config["UPLOAD_DIR"]) / "case-files"


def _name(name: str, kind: str) -> str:
    """The file's own name without path and what file systems dislike, with the ending of what it really is."""
    stem = _UNSAFE.sub(" ", Path(name.replace("\\", "/")).name).rsplit(".", 1)[0].strip(" .")[:100]
    return f"{stem or _('附件')}.{'pdf' if kind == 'pdf' else 'jpg'}"


def path_of(file: CaseFile) -> Path:
    """Where a file lies."""
    return _folder() / f"{file.sha256}.{'pdf' if file.kind == 'pdf' else 'jpg'}"


def of(request: ServiceRequest, public_only: bool = False) -> list[CaseFile]:
    """The files of a case, oldest first; ``public_only``: those that the resident may see."""
    statement = select(CaseFile).where(CaseFile.request_id == request.id).order_by(CaseFile.id)
    return list(db.session.scalars(statement.where(CaseFile.public.is_(True)) if public_only else statement))


def find(request: ServiceRequest, file_id: int) -> CaseFile:
    """One file of this case. Raises ``NotFound``."""
    file = db.session.get(CaseFile, file_id)
    if file is None or file.request_id != request.id or not path_of(file).exists():
        raise NotFound(_("没有找到这个附件。"))
    return file


def forget(request: ServiceRequest) -> set[str]:
    """Delete a case's files from the database; returns their names on the disk (caller's transaction)."""
    files = of(request)
    for file in files:
        db.session.delete(file)
    return {path_of(file).name for file in files}


def delete_unused(names: set[str]) -> None:
    """Delete those of these files that no case has any more; after the rows are gone for sure."""
    digests = {name.partition(".")[0] for name in names}
    used = set(db.session.scalars(select(CaseFile.sha256).where(CaseFile.sha256.in_(digests))))
    for name in names:
        if name.partition(".")[0] not in used:
            (_folder() / name).unlink(missing_ok=True)


def remove(number: str, file_id: int, actor: Actor) -> None:
    """Take a file away again: its uploader, while nobody else uses the content. Commits. Raises ``NotFound``."""
    file = find(casework.find(number), file_id)
    if file.user_id != actor.user_id:
        raise NotFound(_("没有找到这个附件。"))
    name = path_of(file).name
    db.session.delete(file)
    audit.record("case.file_removed", number, actor.user_id, file=file_id)
    db.session.commit()
    delete_unused({name})
