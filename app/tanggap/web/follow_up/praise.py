"""Praise: who has thanked, who may be shown, and the export of what customers permitted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.follow_up import praise
from tanggap.inbox.search import search
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.search.search import ANY, Filter
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("praise", __name__, url_prefix="/praise")

DAYS = 30
STATES = {
    "asked": lazy_gettext("asked, no answer yet"),
    "granted": lazy_gettext("may be shown"),
    "declined": lazy_gettext("may not be shown"),
    "withdrawn": lazy_gettext("permission taken back"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@bp.get("")
def index() -> ResponseReturnValue:
    """List praise, newest first, with what was asked and answered."""
    wanted = Filter(state=ANY, label=praise.LABEL)
    after = Cursor.read(request.args.get("after", ""))
    with services().database.read() as db:
        page = search.list_conversations(db, wanted, after=after)
        asked = praise.testimonials_of(db, [case.id for case in page.rows])
        open_ = [row for row in asked.values() if row.state == "asked"]
        answers = {row.id: praise.possible_answers(db, row) for row in open_}
        answered = praise.count_answered(db, DAYS)
    return render_template(
        "praise.html", page=page, asked=asked, answers=answers, answered=answered, days=DAYS
    )


@bp.post("/<int:testimonial_id>/grant")
def grant(testimonial_id: int) -> ResponseReturnValue:
    """Record the customer's yes."""
    post_id = read_id(request.form.get("post")) or 0
    return _act(lambda db: praise.grant(db, testimonial_id, me().id, post_id))


@bp.post("/<int:testimonial_id>/decline")
def decline(testimonial_id: int) -> ResponseReturnValue:
    """Record the customer's no."""
    return _act(lambda db: praise.decline(db, testimonial_id, me().id))


@bp.post("/<int:testimonial_id>/withdraw")
def withdraw(testimonial_id: int) -> ResponseReturnValue:
    """Take a permission back."""
    return _act(lambda db: praise.withdraw(db, testimonial_id, me().id))


@bp.get("/export.<any(csv,json):kind>")
def export(kind: str) -> Response:
    """Give what may be shown, with the proof of the permission, as a file."""
    with services().database.read() as db:
        rows = list(praise.permitted(db))
    if kind == "json":
        text, mimetype = json.dumps(rows, ensure_ascii=False, indent=2), "application/json"
    else:
        text, mimetype = _csv(rows), "text/csv"
    answer = current_app.response_class(text, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f"attachment; filename=testimonials.{kind}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.app_template_filter("permission_name")
def permission_name(state: str) -> str:
    """Say how far a permission is."""
    return str(STATES.get(state, state))


def _csv(rows: list[dict[str, object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    names = list(praise.COLUMNS)
    writer.writerow(names)
    writer.writerows([_safe(str(row[name])) for name in names] for row in rows)
    return written.getvalue()


def _safe(value: str) -> str:
    """Keep a spreadsheet from reading what customers wrote as a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def _act(action: Callable[[Session], None]) -> ResponseReturnValue:
    try:
        with services().database.write() as db:
            action(db)
    except ConflictError as error:
        flash(explain(error), "error")
    else:
        flash(gettext("Noted."))
    return redirect(url_for(".index"), 303)
