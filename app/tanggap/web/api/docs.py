"""The document of the API, and a page of it for people."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from tanggap.web.api import spec
from tanggap.web.context import services
from tanggap.web.problems import CODES
from tanggap.web.security import public

bp = Blueprint("api_docs", __name__)
_CODE: Final = re.compile("`([^`]+)`")


@bp.get("/api/v1/openapi.json")
@public
def document() -> ResponseReturnValue:
    """Give the OpenAPI document."""
    return Response(spec.FILE.read_bytes(), mimetype="application/json")


@bp.get("/api/docs")
@public
def page() -> ResponseReturnValue:
    """Show it to people."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]]
    groups = {tag["name"]: [] for tag in spec.stored()["tags"]}
    for path, operations in sorted(spec.stored()["paths"].items()):
        for method, operation in operations.items():
            groups[operation["tags"][0]].append((path, method, operation))
    return render_template(
        "api_docs.html",
        document=spec.stored(),
        groups=list(groups.items()),
        codes=CODES,
        address=services().settings.public_url.rstrip("/"),
    )


@bp.app_template_filter("with_code")
def with_code(words: str) -> Markup:
    """Show what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before
