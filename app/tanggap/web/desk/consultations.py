"""Questions to another team: asked in a conversation, answered there or in the list."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.teamwork import consultations
from tanggap.inbox.teamwork.consultations import UnfitQuestionError
from tanggap.store.consultations import Consultation
from tanggap.web.context import me, services
from tanggap.web.desk.thread import show_thread
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("consultations", __name__)

CHOICES = {
    "1h": lazy_gettext("Within an hour"),
    "4h": lazy_gettext("Within four hours"),
    "1d": lazy_gettext("Within a working day"),
    "3d": lazy_gettext("Within three working days"),
}


@bp.get("/consultations")
def index() -> ResponseReturnValue:
    """List what the person's teams are asked, or everybody."""
    everybody = request.args.get("of") == "all"
    with services().database.read() as db:
        waiting = consultations.list_waiting(db, None if everybody else me().team_ids)
    return render_template("consultations.html", waiting=waiting, everybody=everybody)


@bp.get("/consultations/<int:consultation_id>")
def show(consultation_id: int) -> ResponseReturnValue:
    """Show a question with the thread it is about, for those who do not see the case."""
    with services().database.read() as db:
        question = consultations.read_question(db, consultation_id)
    return render_template("consultation.html", question=question)


@bp.post("/inbox/<int:conversation_id>/consult")
def ask(conversation_id: int) -> ResponseReturnValue:
    """Ask a team about the case."""
    form = request.form

    def do(db: Session) -> None:
        consultations.ask(
            db,
            conversation_id=conversation_id,
            team_id=read_id(form.get("team")) or 0,
            user_id=me().id,
            question=form.get("question", ""),
            within=form.get("within", ""),
        )

    return _act(conversation_id, do)


@bp.post("/consultations/<int:consultation_id>/answer")
def answer(consultation_id: int) -> ResponseReturnValue:
    """Answer a question."""
    text = request.form.get("answer", "")
    return _settle(
        consultation_id, lambda db: consultations.answer(db, consultation_id, me().id, text)
    )


@bp.post("/consultations/<int:consultation_id>/withdraw")
def withdraw(consultation_id: int) -> ResponseReturnValue:
    """Take a question back."""
    return _settle(consultation_id, lambda db: consultations.withdraw(db, consultation_id, me().id))


@bp.app_template_global("consult_choices")
def consult_choices() -> dict[str, str]:
    """Name by when an answer may be wanted."""
    return {key: str(words) for key, words in CHOICES.items()}


def _settle(consultation_id: int, act: Callable[[Session], Consultation]) -> ResponseReturnValue:
    with services().database.read() as db:
        known = db.get(Consultation, consultation_id)
    if known is None:
        raise NotFoundError(f"there is no question {consultation_id}")
    if request.form.get("from") == "list":
        with services().database.write() as db:
            act(db)
        return redirect(url_for(".index"), 303)
    return _act(known.conversation_id, act)


def _act(conversation_id: int, act: Callable[[Session], object]) -> ResponseReturnValue:
    problem = ""
    try:
        with services().database.write() as db:
            act(db)
    except UnfitQuestionError:
        problem = gettext("Write something, of at most %(most)d characters.", most=4_000)
    except ConflictError as error:
        problem = explain(error)
    return show_thread(conversation_id, problem)
