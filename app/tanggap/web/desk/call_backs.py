"""Call-backs: planned and ended in the case, worked through on a page of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, ReplyRefusedError
from tanggap.inbox.desk.conversation_view import read_conversation, read_view
from tanggap.inbox.handover import call_back_lists as lists
from tanggap.inbox.handover import call_backs
from tanggap.inbox.handover.call_backs import Plan, UnfitCallBackError, Window
from tanggap.inbox.handover.phones import UnfitPhoneError
from tanggap.inbox.sending import steps
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CANCELLED, NO_ANSWER, CallBack
from tanggap.store.conversations import Conversation
from tanggap.store.users import list_teams, list_users
from tanggap.web.context import me, services
from tanggap.web.desk import call_back_words as words
from tanggap.web.desk.inbox import address_of, list_args
from tanggap.web.errors import explain

bp = Blueprint("call_backs", __name__)

_REFUSALS: Final = (UnfitPhoneError, UnfitCallBackError, ConflictError, ReplyRefusedError)


@bp.get("/call-backs")
def index() -> ResponseReturnValue:
    """List one's own calls, the team's, today's or those that are late, with a picture."""
    view = request.args.get("view", "")
    view = view if view in lists.VIEWS else lists.MINE
    now = utcnow()
    with services().database.read() as db:
        viewer = _viewer()
        calls = lists.list_calls(db, viewer, view, now)
        return render_template(
            "call_backs/index.html",
            view=view,
            views=words.VIEWS,
            calls=calls,
            bars=words.draw_day(calls, viewer, now),
            minute=words.minute_of(viewer, now),
            zone=viewer.zone,
            **_choices(db),
        )


@bp.post("/inbox/<int:conversation_id>/call-backs")
def plan(conversation_id: int) -> ResponseReturnValue:
    """Promise the customer of this case a call."""
    typed = request.form
    try:
        team_id, assignee_id = words.read_choice(typed.get("who", ""))
        wanted = Plan(
            phone=typed.get("phone", ""),
            window=_window(),
            words=typed.get("words", ""),
            team_id=team_id,
            assignee_id=assignee_id,
        )
        with services().database.write() as db:
            call_backs.plan_call(services(), db, conversation_id, me().id, wanted)
    except _REFUSALS as error:
        return _case(conversation_id, problem=words.explain_call(error), typed=typed)
    return _case(conversation_id)


@bp.post("/call-backs/<int:call_id>/end")
def end(call_id: int) -> ResponseReturnValue:
    """Say what came of a call, and plan the next try."""
    outcome = request.form.get("outcome", "")

    def act(db: Session) -> None:
        again = outcome == NO_ANSWER and "again" in request.form
        call_backs.end_call(
            db,
            call_id,
            me().id,
            outcome,
            words=request.form.get("words", ""),
            next_window=_window() if again else None,
        )

    if outcome == CANCELLED:
        return _call_off(call_id, act)
    return _act(call_id, act)


@bp.post("/call-backs/<int:call_id>/move")
def move(call_id: int) -> ResponseReturnValue:
    """Give a planned call another window, or other people."""

    def act(db: Session) -> None:
        team_id, assignee_id = words.read_choice(request.form.get("who", ""))
        call_backs.move_call(
            db,
            call_id,
            me().id,
            window=_window(),
            team_id=team_id,
            assignee_id=assignee_id,
        )

    return _act(call_id, act)


@bp.post("/call-backs/<int:call_id>/number")
def number(call_id: int) -> ResponseReturnValue:
    """Show the number to somebody who calls now, as a link that telephones follow."""
    with services().database.write() as db:
        phone = call_backs.reveal_phone(services(), db, call_id, me().id)
        call = db.get_one(CallBack, call_id)
        if "HX-Request" in request.headers:
            return render_template("call_backs/number.html", call=call, phone=phone)
    return render_template("call_backs/number_page.html", call=call, phone=phone)


@bp.app_template_global("my_zone")
def my_zone() -> str:
    """Give the time zone that the person works in."""
    return me().zone


def _call_off(call_id: int, act: Callable[[Session], None]) -> ResponseReturnValue:
    """End the call, and open the case with the words that tell the customer."""
    try:
        with services().database.write() as db:
            act(db)
            case = read_conversation(db, db.get_one(CallBack, call_id).conversation_id)
            _write_to(db, case)
    except _REFUSALS as error:
        with services().database.read() as db:
            case_id = _known(db, call_id)
        return _case(case_id, problem=words.explain_call(error), call_id=call_id)
    address = address_of(case.id, list_args())
    if "HX-Request" in request.headers:
        return "", 200, {"HX-Redirect": address}
    return redirect(address, 303)


def _write_to(db: Session, case: Conversation) -> None:
    view = read_view(db, case.id, me().id)
    typed = view.draft.text if view.draft is not None else ""
    try:
        prepared = steps.prepare(services(), db, case, me().id, steps.CALL_OFF)
    except ReplyRefusedError as error:
        flash(explain(error), "error")
        return
    steps.write_draft(db, case, me().id, prepared, typed=typed, seen=view.seen_post_id)
    flash(
        gettext(
            "The words for the customer stand in your answer. The promise is owed until they are "
            "sent."
        )
    )


def _known(db: Session, call_id: int) -> int:
    found = db.get(CallBack, call_id)
    if found is None:
        raise NotFoundError(f"there is no call {call_id}")
    return found.conversation_id


def _act(call_id: int, act: Callable[[Session], None]) -> ResponseReturnValue:
    """Do it, then show what the person looked at: the call in its list, or in its case."""
    problem = ""
    try:
        with services().database.write() as db:
            act(db)
    except _REFUSALS as error:
        problem = words.explain_call(error)
    with services().database.read() as db:
        conversation_id = _known(db, call_id)
    view = request.form.get("view", "")
    if view not in lists.VIEWS:
        return _case(conversation_id, problem=problem, call_id=call_id, typed=request.form)
    if problem:
        flash(problem, "error")
    else:
        flash(gettext("Saved."))
    return redirect(url_for(".index", view=view), 303)


def _case(
    conversation_id: int,
    *,
    problem: str = "",
    call_id: int | None = None,
    typed: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """Show the calls of the open case, with what was typed where it could not be saved."""
    if "HX-Request" not in request.headers:
        if problem:
            flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        case = read_conversation(db, conversation_id)
        page = render_template(
            "call_backs/case.html",
            c=case,
            calls=lists.calls_of(db, conversation_id),
            args=list_args(),
            call_problem=problem,
            call_id=call_id,
            typed=typed if problem and typed else {},
            **_choices(db),
        )
    return page, 422 if problem else 200, {"HX-Trigger": "conversation-changed"}


def _choices(db: Session) -> dict[str, object]:
    return {"teams": list_teams(db), "people": list_users(db)}


def _viewer() -> lists.Viewer:
    return lists.Viewer(me().id, me().team_ids, me().zone)


def _window() -> Window:
    form = request.form
    zone = form.get("other_zone", "").strip() or form.get("zone", "")
    return call_backs.read_window(
        form.get("day", ""), form.get("start", ""), form.get("end", ""), zone, utcnow()
    )
