"""What open browsers ask for about every second."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tanggap.inbox.desk.badges import read_unread
from tanggap.inbox.teamwork.live import Feed, changes_since
from tanggap.web.context import me, services
from tanggap.web.desk.fresh_rows import MOST, fresh_rows, newest_changes
from tanggap.web.desk.inbox import list_args
from tanggap.web.desk.signs import signs_for
from tanggap.web.filters import read_id

bp = Blueprint("live", __name__)


@bp.get("/live")
def changes() -> ResponseReturnValue:
    """Tell which conversations changed since a cursor, and how much the person has not read.

    A browser that says which changes it has shown gets the rows of the others along with them.
    """
    since = read_id(request.args.get("since")) or 0
    with services().database.read() as db:
        feed = changes_since(db, since)
        unread = read_unread(db, me().id)
        newest = newest_changes(_not_shown(feed))
        args = list_args() if 0 < len(newest) <= MOST else None
        # What was searched for is marked in each row by the database.
        rows = fresh_rows(db, args, newest) if args is not None and not args.wanted.words else None
    return {
        "cursor": feed.cursor,
        "changes": list(feed.changes),
        "reload": feed.too_many,
        "elsewhere": feed.elsewhere,
        "unread": unread,
        **({} if rows is None else {"rows": rows}),
        **signs_for(me().id, request.args.get("signs")),
    }


def _not_shown(feed: Feed) -> list[tuple[int, int]]:
    """Leave out what the browser has shown: `known` changes up to the one with the number `shown`.

    Where it has not shown as many as there are, a lower number came late, and it gets them all.
    """
    shown = read_id(request.args.get("shown"))
    if shown is None:
        return []
    later = [change for change in feed.changes if change[0] > shown]
    known = len(feed.changes) - len(later)
    return later if known == read_id(request.args.get("known")) else list(feed.changes)
