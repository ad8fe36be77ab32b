"""The audit log, with filters and what changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tanggap.inbox.people import audit_log
from tanggap.inbox.people.audit_log import Wanted
from tanggap.store.users import list_users
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.staff_words import reason_text

bp = Blueprint("audit", __name__, url_prefix="/admin/audit")

_NAMES = ("person", "type", "object", "action", "since", "until")
_LONGEST = 255


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the newest entries that fit the filters."""
    given = {name: request.args.get(name, "").strip()[:_LONGEST] for name in _NAMES}
    wanted = Wanted(
        user_id=read_id(given["person"]),
        object_type=given["type"],
        object_id=given["object"],
        action=given["action"],
        since=_day(given["since"]),
        until=_day(given["until"], later=1),
    )
    with services().database.read() as db:
        types, actions = audit_log.known_values(db)
        names = [(one.id, one.name) for one in list_users(db)]
        return render_template(
            "admin/audit.html",
            page=audit_log.list_entries(db, wanted, read_id(request.args.get("before"))),
            given={name: value for name, value in given.items() if value},
            names=names,
            known={str(id_): name for id_, name in names},
            types=[(one, one) for one in types],
            actions=[(one, one) for one in actions],
            reason_text=reason_text,
        )


def _day(written: str, later: int = 0) -> datetime | None:
    """Find when a day begins, or one some days later, where the reader is: as times are shown."""
    zone = ZoneInfo(me().zone)
    try:
        there = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=zone)
        return (there + timedelta(days=later)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
