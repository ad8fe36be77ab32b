"""What open browsers ask for about every second."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tanggap.inbox import notifications
from tanggap.inbox.live import changes_since
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.signs import signs_for

bp = Blueprint("live", __name__)


@bp.get("/live")
def changes() -> ResponseReturnValue:
    """Tell which conversations changed since a cursor, and how much the person has not read."""
    since = read_id(request.args.get("since")) or 0
    with services().database.read() as db:
        feed = changes_since(db, since)
        unread = notifications.unread_count(db, me().id)
    return {
        "cursor": feed.cursor,
        "changes": list(feed.changes),
        "reload": feed.too_many,
        "elsewhere": feed.elsewhere,
        "unread": unread,
        **signs_for(me().id, request.args.get("signs")),
    }
