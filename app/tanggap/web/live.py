"""What open browsers ask for about every second."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tanggap.inbox.live import changes_since
from tanggap.web.context import services
from tanggap.web.filters import read_id

bp = Blueprint("live", __name__)


@bp.get("/live")
def changes() -> ResponseReturnValue:
    """Tell which conversations changed since a cursor."""
    since = read_id(request.args.get("since")) or 0
    with services().database.read() as db:
        feed = changes_since(db, since)
    return {"cursor": feed.cursor, "changes": list(feed.changes), "reload": feed.too_many}
