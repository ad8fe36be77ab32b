"""One click writes into the composer; and what people do to a case that went private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, ReplyRefusedError, TanggapError
from tanggap.inbox.desk.conversation_view import read_conversation, read_view
from tanggap.inbox.follow_up import ratings
from tanggap.inbox.handover import handover
from tanggap.inbox.sending import steps
from tanggap.rules.satisfaction import BEST
from tanggap.store.base import utcnow
from tanggap.store.ratings import BY_PERSON
from tanggap.web.clocks.clock_words import PROMISES
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.conversation import revision
from tanggap.web.desk.inbox import address_of, list_args, open_parts
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.i18n import told

bp = Blueprint("handover", __name__, url_prefix="/inbox/<int:conversation_id>")

STEPS = {
    "acknowledgement": (lazy_gettext("Acknowledge"), "check"),
    "invitation": (lazy_gettext("Invite to private"), "lock"),
    "update": (lazy_gettext("Keep informed"), "clock"),
    "closing": (lazy_gettext("Write the conclusion"), "message-circle"),
    "satisfaction": (lazy_gettext("Ask whether they are satisfied"), "circle-check"),
    "thanks": (lazy_gettext("Thank"), "circle-check"),
    "permission": (lazy_gettext("Ask to share"), "message-square-text"),
}
PURPOSES = {
    "invitation": lazy_gettext("Invites the customer to go on in private"),
    "acknowledgement": lazy_gettext("Only acknowledges; the answer stays owed"),
    "update": lazy_gettext("Keeps the customer informed"),
    "satisfaction": lazy_gettext("Asks how satisfied the customer is"),
    "permission": lazy_gettext("Asks whether the praise may be shared"),
}
PROMISING = frozenset({"acknowledgement", "update"})
HANDOVERS = {
    "public": lazy_gettext("In public"),
    "invited": lazy_gettext("Invited to private"),
    "private": lazy_gettext("In private"),
    "owed": lazy_gettext("Conclusion owed"),
    "closed": lazy_gettext("Concluded"),
}

MARKS = {
    "invited": lazy_gettext("Invited"),
    "private": lazy_gettext("In private"),
    "owed": lazy_gettext("Owed"),
}
REASONS = (
    lazy_gettext("The customer asked for discretion"),
    lazy_gettext("The customer deleted the post"),
    lazy_gettext("The public post does not concern anybody else"),
    lazy_gettext("The customer never answered"),
)
RATED_BY = {
    "reply": lazy_gettext("said in an answer"),
    "link": lazy_gettext("given on the rating page"),
    "person": lazy_gettext("written down by a colleague"),
}


@bp.post("/prepare")
def prepare(conversation_id: int) -> ResponseReturnValue:
    """Write what was asked for into the draft and show the composer with it."""
    what, typed = request.form.get("what", ""), request.form.get("text", "")
    minutes = read_id(request.form.get("minutes")) if what in PROMISING else None
    until = utcnow() + timedelta(minutes=minutes) if minutes in PROMISES and minutes else None
    hint, problem = "", ""
    try:
        with services().database.write() as db:
            case = read_conversation(db, conversation_id)
            written = steps.prepare(services(), db, case, me().id, what, promised_until=until)
            seen = read_id(request.form.get("seen_post_id"))
            steps.write_draft(db, case, me().id, written, typed=typed, seen=seen)
            hint = told(written.hint)
    except ReplyRefusedError as error:
        problem = explain(error)
    return _composer(conversation_id, typed if problem else None, problem, hint)


@bp.post("/solved")
def solve(conversation_id: int) -> ResponseReturnValue:
    """Say that it is solved in private, and write the conclusion that is owed now."""

    def solved(db: Session) -> None:
        handover.solve(db, conversation_id, me().id, revision())
        case = read_conversation(db, conversation_id)
        view = read_view(db, conversation_id, me().id)
        if view.draft is None:
            words = steps.prepare(services(), db, case, me().id, steps.CLOSING)
            steps.write_draft(db, case, me().id, words, typed="", seen=view.seen_post_id)

    return _act(conversation_id, solved)


@bp.post("/concluded")
def conclude(conversation_id: int) -> ResponseReturnValue:
    """Say that our last public answer was the conclusion."""
    return _act(
        conversation_id, lambda db: handover.conclude(db, conversation_id, me().id, revision())
    )


@bp.post("/waived")
def waive(conversation_id: int) -> ResponseReturnValue:
    """Do without a conclusion, for a reason."""
    reason = request.form.get("reason", "")
    return _act(
        conversation_id,
        lambda db: handover.waive(db, conversation_id, me().id, revision(), reason),
    )


@bp.post("/rating")
def rate(conversation_id: int) -> ResponseReturnValue:
    """Write down how satisfied the customer said they are."""
    score, words = read_id(request.form.get("score")) or 0, request.form.get("words", "")

    def rated(db: Session) -> None:
        read_conversation(db, conversation_id)
        ratings.rate(db, conversation_id, score, by=BY_PERSON, words=words, user_id=me().id)

    return _act(conversation_id, rated)


@bp.app_template_filter("handover_name")
def handover_name(state: str) -> str:
    """Name how far a case is on its way to private and back."""
    return str(HANDOVERS.get(state, state))


@bp.app_template_filter("handover_mark")
def handover_mark(state: str) -> str:
    """Name it in a word or two, for lists."""
    return str(MARKS.get(state, state))


@bp.app_template_global("step_words")
def step_words(what: str) -> tuple[str, str]:
    """Name what one click writes, and give its picture."""
    words, symbol = STEPS[what]
    return str(words), symbol


@bp.app_template_filter("purpose_words")
def purpose_words(purpose: str) -> str:
    """Say what an answer is for."""
    return str(PURPOSES.get(purpose, purpose))


@bp.app_template_global("waive_reasons")
def waive_reasons() -> list[str]:
    """Propose reasons for doing without a public conclusion."""
    return [str(reason) for reason in REASONS]


@bp.app_template_global("stars")
def stars(score: int) -> Markup:
    """Draw a score."""
    drawn = "★" * score + "☆" * (BEST - score)
    words = gettext("%(score)s of 5", score=score)
    return Markup('<span class="stars stars-{}" role="img" aria-label="{}">{}</span>').format(
        score, words, drawn
    )


@bp.app_template_filter("rated_by")
def rated_by(how: str) -> str:
    """Say how a score came."""
    return str(RATED_BY.get(how, how))


def _act(conversation_id: int, action: Callable[[Session], None]) -> ResponseReturnValue:
    """Do it, then show the conversation as it is now, with the reason if it failed."""
    problem, status = "", 200
    try:
        with services().database.write() as db:
            action(db)
    except ConflictError as error:
        problem, status = explain(error), 409
    except NotFoundError:
        raise
    except TanggapError as error:
        problem, status = explain(error), 422
    if "HX-Request" not in request.headers:
        if problem:
            flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        parts = open_parts(db, list_args(), view, show_composer(db, view))
        page = render_template("conversation/pane.html", problem=problem, **parts)
    return page, status, {"HX-Trigger": "conversation-changed"}


def _composer(
    conversation_id: int, text: str | None, problem: str, hint: str
) -> ResponseReturnValue:
    if "HX-Request" not in request.headers:
        if problem or hint:
            flash(problem or hint)
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        composer = show_composer(db, view, text=text, problem=problem)
        parts = open_parts(db, list_args(), view, composer)
        page = render_template("conversation/composer.html", hint=hint, **parts)
    return page, 422 if problem else 200
