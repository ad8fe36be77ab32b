"""Merging and splitting cases by hand, and taking it back in the timeline."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError
from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.posts import joins, joins_undo
from tanggap.inbox.posts.joins_common import UnfitJoinError
from tanggap.store.joins import CaseJoin
from tanggap.web.context import me, services
from tanggap.web.desk.conversation import revision
from tanggap.web.desk.inbox import address_of, list_args
from tanggap.web.desk.thread import show_thread
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("joins", __name__)


@bp.get("/inbox/<int:conversation_id>/join")
def choose(conversation_id: int) -> ResponseReturnValue:
    """Show the customer's other cases and the posts of this one, to merge or split."""
    return _page(conversation_id)


@bp.post("/inbox/<int:conversation_id>/merge")
def merge(conversation_id: int) -> ResponseReturnValue:
    """Take another case of the customer into this one."""
    other = read_id(request.form.get("other")) or 0
    try:
        with services().database.write() as db:
            joins.merge(db, conversation_id, other, me().id, revision())
    except (ConflictError, UnfitJoinError) as error:
        return _page(conversation_id, explain_join(error), 409)
    flash(gettext("The two cases are one now. The timeline can undo it."))
    return redirect(address_of(conversation_id, list_args()), 303)


@bp.post("/inbox/<int:conversation_id>/split")
def split(conversation_id: int) -> ResponseReturnValue:
    """Make a case of its own of the ticked posts."""
    chosen = [id_ for one in request.form.getlist("post") if (id_ := read_id(one)) is not None]
    try:
        with services().database.write() as db:
            join = joins.split(db, conversation_id, chosen, me().id, revision())
    except (ConflictError, UnfitJoinError) as error:
        return _page(conversation_id, explain_join(error), 409)
    flash(gettext("The posts are a case of their own now. The timeline of the first can undo it."))
    return redirect(address_of(join.other_id, list_args()), 303)


@bp.post("/joins/<int:join_id>/undo")
def undo(join_id: int) -> ResponseReturnValue:
    """Take a merge or split back."""
    with services().database.read() as db:
        known = db.get(CaseJoin, join_id)
        conversation_id = known.conversation_id if known is not None else 0
    problem = ""
    try:
        with services().database.write() as db:
            joins_undo.undo(db, join_id, me().id)
    except ConflictError as error:
        problem = explain_join(error)
    return show_thread(conversation_id, problem)


def explain_join(error: ConflictError | UnfitJoinError) -> str:
    """Say why cases cannot be merged, split or put apart again."""
    if isinstance(error, UnfitJoinError):
        return str(
            gettext(
                "Only cases of one person on one account become one, and of a case that is split "
                "at least one post of the customer goes and one stays."
            )
        )
    return explain(error)


def _page(conversation_id: int, problem: str = "", status: int = 200) -> ResponseReturnValue:
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        others = joins.mergeable(db, view.conversation)
    page = render_template("join.html", view=view, others=others, args=list_args(), problem=problem)
    return page, status
