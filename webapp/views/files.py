"""How a file that staff added to a case is sent, to staff and to the resident."""

from __future__ import annotations

from flask import Response, send_file

from webapp.models import CaseFile
from webapp.services import case_files


def served(found: CaseFile) -> Response:
    """A photo to look at, a PDF to save: never opened in the page's own name, never guessed at by the browser."""
    pdf = found.kind == "pdf"
    answer = send_file(
        case_files.path_of(found), mimetype="application/pdf" if pdf else "image/jpeg", as_attachment=pdf,
        download_name=found.name, conditional=True, max_age=0,
    )  # fmt: skip
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
