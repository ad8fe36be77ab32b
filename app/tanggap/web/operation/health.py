"""What load balancers and supervisors ask."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

import tanggap
from tanggap.inbox.operation import health
from tanggap.web.context import services, tasks
from tanggap.web.security import limiter, public

bp = Blueprint("health", __name__)
limiter.exempt(bp)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "ok", "version": tanggap.__version__}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether every part works, and of those that do not, why; 503 when one does not."""
    parts = (
        health.database_part(services()),
        health.queue_part(tasks().huey.pending_count),
        health.model_part(services()),
    )
    ready = all(part.ok for part in parts)
    report = {part.name: _report(part) for part in parts}
    return {"status": "ok" if ready else "unavailable", "parts": report}, 200 if ready else 503


def _report(part: health.Part) -> dict[str, bool | str]:
    report: dict[str, bool | str] = {"ok": part.ok, "reason": part.reason}
    return report | {"version": part.version} if part.version else report
