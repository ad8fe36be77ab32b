"""Deliveries that could not be processed, and the buttons that try them again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.people.permissions import Permission, require
from tanggap.web.context import me, services, tasks
from tanggap.web.filters import read_id

bp = Blueprint("dead_letters", __name__, url_prefix="/admin/dead-letters")


@bp.get("")
def index() -> ResponseReturnValue:
    """List them, newest first."""
    before = read_id(request.args.get("before"))
    with services().database.read() as session:
        page = dead_letters.list_dead(session, before=before)
        total = dead_letters.count_dead(session)
    return render_template("admin/dead_letters.html", page=page, total=total)


@bp.get("/<int:delivery_id>")
def show(delivery_id: int) -> ResponseReturnValue:
    """Show one with its payload, in which personal data is covered."""
    with services().database.read() as session:
        delivery = dead_letters.dead_letter(session, delivery_id)
    body = dead_letters.masked_body(delivery)
    return render_template("admin/dead_letter.html", delivery=delivery, body=body)


@bp.post("/<int:delivery_id>/reveal")
def reveal(delivery_id: int) -> ResponseReturnValue:
    """Show one as it came, and log who looked."""
    require(me().role, Permission.REVEAL_PERSONAL, limited=me().sight.limited)
    with services().database.write() as session:
        delivery = dead_letters.reveal(session, delivery_id, user_id=me().id)
    body = dead_letters.shown_body(delivery)
    page = render_template("admin/dead_letter.html", delivery=delivery, body=body, revealed=True)
    return page, 200, {"Cache-Control": "no-store"}


@bp.post("/<int:delivery_id>/replay")
def replay(delivery_id: int) -> ResponseReturnValue:
    """Process one again."""
    with services().database.write() as session:
        dead_letters.replay(session, delivery_id, user_id=me().id)
    tasks().wake_receive()
    flash(gettext("Delivery %(id)s is processed again.", id=delivery_id))
    return redirect(url_for(".index"))


@bp.post("/replay")
def replay_all() -> ResponseReturnValue:
    """Process all of them again."""
    with services().database.write() as session:
        count = dead_letters.replay_all(session, user_id=me().id)
    tasks().wake_receive()
    flash(
        ngettext(
            "%(num)d delivery is processed again.", "%(num)d deliveries are processed again.", count
        )
    )
    return redirect(url_for(".index"))
