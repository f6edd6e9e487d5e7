"""Photos: sniffed, re-encoded (which drops EXIF position and camera data), named by content."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import BinaryIO

from flask import current_app
from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Attachment, ServiceRequest

LONGEST_SIDE = 1600
MAX_PIXELS = 40_000_000
# Pillow opens the MPO of some phones as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def _reencode(stream: BinaryIO) -> tuple[bytes, int, int]:
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
    return out.getvalue(), upright.width, upright.height


def attach(request: ServiceRequest, streams: list[BinaryIO]) -> list[Attachment]:
    """Add photos to a request (in the caller's transaction).

    Raises ``InvalidInput`` for something that is no photo or for more than ``PHOTO_LIMIT`` of them.
    """
    limit = current_app.config["PHOTO_LIMIT"]
    if len(streams) > limit:
        raise InvalidInput(_("最多上传 %(limit)s 张照片。", limit=limit), "photos")
    folder = current_app.config["UPLOAD_DIR"]
    attachments = []
    for stream in streams:
        data, width, height = _reencode(stream)
        digest = hashlib.sha256(data).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{digest}.jpg"
        if not path.exists():
            path.write_bytes(data)
        attachments.append(
            Attachment(sha256=digest, width=width, height=height, size=len(data), request=request)
        )
    db.session.add_all(attachments)
    return attachments
