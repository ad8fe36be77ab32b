"""From public to private and back: steps, the owed conclusion, scores and clocks, for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from tanggap.inbox.clocks import clock_acts
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.follow_up import ratings
from tanggap.inbox.handover import handover
from tanggap.inbox.sending import steps
from tanggap.store.base import utcnow
from tanggap.store.ratings import BY_PERSON
from tanggap.web.api import things
from tanggap.web.api.asked import Body, Change, Words
from tanggap.web.api.cases import CASE, act
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services

bp = blueprint("handover", "Private and back")
Minutes = Annotated[int, Field(ge=1, le=30 * 24 * 60)]
What = Literal[
    "invitation", "acknowledgement", "update", "closing", "satisfaction", "thanks", "permission"
]


class Step(Body):
    """What is to be written; with `minutes` an update is promised within that time."""

    what: What
    minutes: Minutes | None = None


class Waived(Change):
    """Why there is no public conclusion."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class Scored(Body):
    """How satisfied the customer said they are, from 1 to 5."""

    score: Annotated[int, Field(ge=1, le=5)]
    words: Words = ""


class Promised(Body):
    """Within how many minutes the customer was promised to hear from us."""

    minutes: Minutes


class Paused(Body):
    """Why the clocks rest."""

    reason: Words = ""


class Prepared(Thing):
    """Words for an answer; send them with this `visibility`, `purpose` and `promised_until`."""

    text: str
    visibility: str
    purpose: str
    promised_until: datetime | None
    hint: dict[str, str] | str


@bp.post(CASE + "/steps")
@bp.input(Step, arg_name="body")
@bp.output(Prepared)
def prepare(conversation_id: int, body: Step) -> Prepared:
    """Write the words of a step in the case's tone; nothing is sent and no draft is changed.

    An invitation holds the platform's own way into private, a question the link to its page.
    """
    until = utcnow() + timedelta(minutes=body.minutes) if body.minutes else None
    with services().database.write() as db:
        case = read_conversation(db, conversation_id)
        made = steps.prepare(services(), db, case, me().id, body.what, promised_until=until)
    hint = made.hint if isinstance(made.hint, str) else dict(made.hint)
    return Prepared(
        text=made.text,
        visibility=made.visibility,
        purpose=made.intent.purpose,
        promised_until=made.intent.promised_until,
        hint=hint,
    )


@bp.post(CASE + "/solved")
@bp.input(Change, arg_name="body")
@bp.output(things.Conversation)
def solve(conversation_id: int, body: Change) -> things.Conversation | Response:
    """Say that it is solved in private; from now on the public conclusion is owed."""
    return act(
        conversation_id, lambda db: handover.solve(db, conversation_id, me().id, body.revision)
    )


@bp.post(CASE + "/concluded")
@bp.input(Change, arg_name="body")
@bp.output(things.Conversation)
def conclude(conversation_id: int, body: Change) -> things.Conversation | Response:
    """Say that our newest public post was the conclusion, and resolve the case."""
    return act(
        conversation_id, lambda db: handover.conclude(db, conversation_id, me().id, body.revision)
    )


@bp.post(CASE + "/waived")
@bp.input(Waived, arg_name="body")
@bp.output(things.Conversation)
def waive(conversation_id: int, body: Waived) -> things.Conversation | Response:
    """Resolve a case without a public conclusion, for a reason that is kept."""
    return act(
        conversation_id,
        lambda db: handover.waive(db, conversation_id, me().id, body.revision, body.reason),
    )


@bp.post(CASE + "/rating")
@bp.input(Scored, arg_name="body")
@bp.output(things.Conversation)
def rate(conversation_id: int, body: Scored) -> things.Conversation | Response:
    """Write down how satisfied the customer said they are; a low score opens the case again."""

    def rated(db: Session) -> None:
        read_conversation(db, conversation_id)
        ratings.rate(
            db, conversation_id, body.score, by=BY_PERSON, words=body.words, user_id=me().id
        )

    return act(conversation_id, rated)


@bp.post(CASE + "/clocks/promise")
@bp.input(Promised, arg_name="body")
@bp.output(things.Conversation)
def promise(conversation_id: int, body: Promised) -> things.Conversation | Response:
    """Note by when the customer was promised to hear from us."""
    until = utcnow() + timedelta(minutes=body.minutes)
    return act(
        conversation_id,
        lambda db: clock_acts.promise_update(db, conversation_id, until, me().id),
    )


@bp.post(CASE + "/clocks/pause")
@bp.input(Paused, arg_name="body")
@bp.output(things.Conversation)
def pause(conversation_id: int, body: Paused) -> things.Conversation | Response:
    """Pause all clocks of a case."""
    return act(
        conversation_id,
        lambda db: clock_acts.pause_clock(db, conversation_id, user_id=me().id, reason=body.reason),
    )


@bp.post(CASE + "/clocks/resume")
@bp.output(things.Conversation)
def resume(conversation_id: int) -> things.Conversation | Response:
    """Let the clocks run again."""
    return act(
        conversation_id, lambda db: clock_acts.resume_clock(db, conversation_id, user_id=me().id)
    )


@bp.post(CASE + "/clocks/acknowledged")
@bp.output(things.Conversation)
def acknowledged(conversation_id: int) -> things.Conversation | Response:
    """Say that our newest post only acknowledged: the answer is still owed."""
    return act(
        conversation_id, lambda db: clock_acts.only_acknowledged(db, conversation_id, me().id)
    )


@bp.post(CASE + "/clocks/answered")
@bp.output(things.Conversation)
def answered(conversation_id: int) -> things.Conversation | Response:
    """Take back that our newest post only acknowledged."""
    return act(
        conversation_id, lambda db: clock_acts.answered_after_all(db, conversation_id, me().id)
    )
