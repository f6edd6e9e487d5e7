"""Photos: sniffed, re-encoded (which drops EXIF position and camera data), named by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from flask import current_app
from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Attachment, RequestEvent, ServiceRequest

LONGEST_SIDE = 1600
MAX_PIXELS = 40_000_000
# Pillow opens the MPO of some phones as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A photo re-encoded as JPEG, of which nothing is stored yet; sides in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The name of the file (64 hex digits)."""
        return hashlib.sha256(self.data).hexdigest()


def encode(stream: BinaryIO) -> Encoded:
    """Re-encode an upload. Raises ``InvalidInput`` for something that is no photo."""
    try:
        with Image.open(stream, formats=FORMATS) as image:
            # Refuse before decoding: a small file can unpack to gigabytes.
            if image.width * image.height > MAX_PIXELS:
                raise InvalidInput(_("照片尺寸太大，请缩小后再上传。"), "photos")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput(
            _("这个文件不是可以识别的照片，请上传 JPG、PNG 或 WEBP 图片。"), "photos"
        ) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return Encoded(out.getvalue(), upright.width, upright.height)


def keep(photo: Encoded) -> Attachment:
    """Write the photo's file; the attachment belongs to nothing yet (in the caller's transaction)."""
    digest = photo.sha256
    folder = current_app.config["UPLOAD_DIR"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest}.jpg"
    if not path.exists():
        path.write_bytes(photo.data)
    attachment = Attachment(sha256=digest, width=photo.width, height=photo.height, size=len(photo.data))
    db.session.add(attachment)
    return attachment


def reencoded(data: bytes) -> tuple[bytes, int, int]:
    """A photo as the JPEG that may be kept, with width and height in pixels. Raises ``InvalidInput`` for no photo."""
    photo = encode(BytesIO(data))
    return photo.data, photo.width, photo.height


def store(stream: BinaryIO) -> Attachment:
    """A photo, its file written, that belongs to nothing yet (in the caller's transaction).

    Raises ``InvalidInput`` for something that is no photo.
    """
    return keep(encode(stream))


def checked(streams: Sequence[BinaryIO | Encoded]) -> list[Encoded]:
    """Re-encode the photos of one step, nothing stored yet.

    Raises ``InvalidInput`` for something that is no photo or for more than ``PHOTO_LIMIT`` of them.
    """
    limit = current_app.config["PHOTO_LIMIT"]
    if len(streams) > limit:
        raise InvalidInput(_("最多上传 %(limit)s 张照片。", limit=limit), "photos")
    return [stream if isinstance(stream, Encoded) else encode(stream) for stream in streams]


def attach_to_step(event: RequestEvent, encoded: Sequence[Encoded]) -> None:
    """Add the photos of a step to its event (in the caller's transaction)."""
    for photo in encoded:
        attachment = keep(photo)
        attachment.request_id = event.request.id
        event.photos.append(attachment)


def attach(request: ServiceRequest, streams: Sequence[BinaryIO | Encoded]) -> list[Attachment]:
    """Add photos to a request (in the caller's transaction).

    Raises ``InvalidInput`` for something that is no photo or for more than ``PHOTO_LIMIT`` of them.
    """
    attachments = [keep(photo) for photo in checked(streams)]
    request.attachments.extend(attachments)
    return attachments
