"""The page of alerts that rules raised, and the count beside its name."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from tanggap.inbox.rulebook import alerts
from tanggap.store.alerts import INCIDENT, NOTICE, WARNING
from tanggap.web.context import me, services
from tanggap.web.filters import read_id

bp = Blueprint("alerts", __name__, url_prefix="/alerts")

LEVELS: Final = {
    NOTICE: lazy_gettext("notice"),
    WARNING: lazy_gettext("warning"),
    INCIDENT: lazy_gettext("incident"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """List the open alerts, or the closed ones, newest first."""
    closed = request.args.get("closed") == "1"
    with services().database.read() as db:
        page = alerts.list_alerts(db, closed=closed, after=read_id(request.args.get("after")))
    return render_template("alerts.html", page=page, closed=closed, levels=LEVELS)


@bp.post("/<int:alert_id>/close")
def close(alert_id: int) -> ResponseReturnValue:
    """Close an alert."""
    with services().database.write() as db:
        alerts.close_alert(db, alert_id, me().id)
    return redirect(url_for(".index"), 303)
