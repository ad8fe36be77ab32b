"""The document of the API, and a page of it for people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from tanggap.web.api import spec
from tanggap.web.api.problems import CODES
from tanggap.web.context import services
from tanggap.web.security import public

bp = Blueprint("api_docs", __name__)


@bp.get("/api/v1/openapi.json")
@public
def document() -> ResponseReturnValue:
    """Give the OpenAPI document."""
    return Response(spec.FILE.read_bytes(), mimetype="application/json")


@bp.get("/api/docs")
@public
def page() -> ResponseReturnValue:
    """Show it to people."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in spec.stored()["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    return render_template(
        "api_docs.html",
        document=spec.stored(),
        groups=list(groups.items()),
        codes=CODES,
        address=services().settings.public_url.rstrip("/"),
    )
