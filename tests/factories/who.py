"""A WSGI application that says which process answered, and repeats what it was sent."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """``{"pid", "body"}``; under ``/api/v1/chat/slow`` after a moment."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ["PATH_INFO"].endswith("slow"):
        time.sleep(0.5)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"pid": os.getpid(), "body": len(body)}).encode()]
