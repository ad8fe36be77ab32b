"""One thing for many cases, macros, and the nearest resolved cases, for programs."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from tanggap.inbox.cases import conversations, snooze, tags
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.learning.similar import find_similar
from tanggap.inbox.search import bulk
from tanggap.inbox.search.bulk import MOST, Act
from tanggap.inbox.teamwork import presence_signs
from tanggap.inbox.tone import macros
from tanggap.store.base import utcnow
from tanggap.web.api.asked import Body, Change, Id, WayQuery, Words
from tanggap.web.api.cases import CASE, act
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Conversation, Covered, Thing
from tanggap.web.context import me, services
from tanggap.web.errors import explain

bp = blueprint("bulk", "Many at once")


class ChosenCase(Body):
    """A case as it was at `revision`."""

    id: Id
    revision: Id


class ManyCases(Body):
    """What is done, and to which; `assign` needs a team or a person, `tag` a tag."""

    action: Literal["resolve", "not_ours", "assign", "tag", "snooze", "unseen"]
    cases: Annotated[list[ChosenCase], Field(min_length=1, max_length=MOST)]
    tag: Words = ""
    team_id: Id | None = None
    assignee_id: Id | None = None
    until: Annotated[datetime, Field(strict=False)] | None = None


class BulkFailure(Thing):
    """A case that was left alone, and why."""

    id: int
    detail: str


class BulkOutcome(Thing):
    """Which cases were changed, and which were not."""

    done: list[int]
    failed: list[BulkFailure]


class CaseMacro(Thing):
    """A macro with its text filled in for a case; a person, or a program, sends the text."""

    id: int
    name: str
    text: str
    tags: list[str]
    state: str
    move_to_id: int | None


class CaseMacroList(Thing):
    """The macros for a case."""

    items: list[CaseMacro]


class SimilarCase(Thing):
    """A resolved case near this one, and what was answered; personal data is covered."""

    conversation_id: int
    question: Covered
    answer: Covered
    label: str | None
    resolved_at: datetime | None
    score: float


class SimilarList(Thing):
    """The nearest resolved cases, the nearest first."""

    items: list[SimilarCase]


@bp.post("/bulk")
@bp.input(ManyCases, arg_name="body")
@bp.output(BulkOutcome)
def act_on_many(body: ManyCases) -> BulkOutcome:
    """Do one thing to many cases; those that a colleague changed meanwhile are left alone."""
    chosen = [(case.id, case.revision) for case in body.cases]
    done = bulk.act_on(services(), me().id, chosen, _action(body), name=body.action)
    failed = [BulkFailure(id=id_, detail=explain(why)) for id_, why in done.failed.items()]
    return BulkOutcome(done=done.done, failed=failed)


@bp.get(CASE + "/macros")
@bp.input(WayQuery, location="query", arg_name="query")
@bp.output(CaseMacroList)
def offer(conversation_id: int, query: WayQuery) -> CaseMacroList:
    """List the macros for a case, with their texts filled in."""
    with services().database.read() as db:
        case = read_conversation(db, conversation_id)
        found = macros.offer(services(), db, case, query.visibility, me().team_ids)
    own = ("id", "name", "tags", "state", "move_to_id")
    return CaseMacroList(
        items=[
            CaseMacro(text=one.text, **{name: getattr(one.macro, name) for name in own})
            for one in found
        ]
    )


@bp.post(CASE + "/macros/<int:macro_id>")
@bp.input(Change, arg_name="body")
@bp.output(Conversation)
def run_macro(conversation_id: int, macro_id: int, body: Change) -> Conversation | Response:
    """Do what a macro says with a case, but for its text, which is sent as an answer."""
    return act(
        conversation_id,
        lambda db: macros.run_macro(
            db, conversation_id, macro_id, me().id, body.revision, team_ids=me().team_ids
        ),
    )


@bp.get(CASE + "/similar")
@bp.input(WayQuery, location="query", arg_name="query")
@bp.output(SimilarList)
def similar(conversation_id: int, query: WayQuery) -> SimilarList:
    """List the nearest resolved cases that were answered, with what was answered."""
    with services().database.read() as db:
        case = read_conversation(db, conversation_id)
        found = find_similar(services(), db, case, query.visibility)
    return SimilarList(items=[SimilarCase.model_validate(one) for one in found])


def _action(body: ManyCases) -> Act:
    """Say what is done to one; raises what a single one would raise for unfit values."""
    user_id = me().id
    if body.action == "tag":
        tag = tags.clean_tag(body.tag)
        return lambda db, id_, _rev: _whatever(tags.change_tags(db, id_, user_id, add=[tag]))
    if body.action == "unseen":
        return lambda db, id_, _rev: presence_signs.mark_unseen(db, user_id, [id_])
    if body.action == "snooze":
        until = snooze.fit_until(body.until, utcnow()) if body.until else None
        return lambda db, id_, rev: snooze.snooze(db, id_, user_id, rev, until=until)
    if body.action == "assign":
        given = body.model_fields_set
        team = body.team_id if "team_id" in given else conversations.KEEP
        person = body.assignee_id if "assignee_id" in given else conversations.KEEP
        return lambda db, id_, rev: conversations.assign(
            db, id_, user_id, rev, team_id=team, assignee_id=person
        )
    return partial(_set_state, "resolved" if body.action == "resolve" else "not_ours")


def _set_state(state: str, db: Session, conversation_id: int, revision: int) -> None:
    conversations.set_state(db, conversation_id, me().id, revision, state)


def _whatever(_changed: bool) -> None:
    """Take a change that was there already for done."""
