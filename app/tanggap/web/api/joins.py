"""Merging and splitting cases, and taking it back, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.posts import joins, joins_undo
from tanggap.web.api.asked import Change, Id
from tanggap.web.api.cases import CASE
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Conversation, Ref, Thing
from tanggap.web.context import me, services

bp = blueprint("joins", "Merge and split")


class MergeWith(Change):
    """The case that is taken in."""

    other_id: Id


class SplitOff(Change):
    """The posts that become a case of their own."""

    post_ids: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class Join(Thing):
    """A merge or a split; `other_id` is the case that went in, or came out."""

    id: int
    kind: str
    conversation_id: int
    other_id: int
    posts: int
    user: Ref
    created_at: datetime
    undone_at: datetime | None
    undone_by: Ref | None


class MergeableList(Thing):
    """Cases that can be taken in."""

    items: list[Conversation]


@bp.get(CASE + "/mergeable")
@bp.output(MergeableList)
def mergeable(conversation_id: int) -> MergeableList:
    """List the customer's other cases on this account, newest first."""
    with services().database.read() as db:
        found = joins.mergeable(db, read_conversation(db, conversation_id))
        return MergeableList(items=[Conversation.model_validate(row) for row in found])


@bp.post(CASE + "/merge")
@bp.input(MergeWith, arg_name="body")
@bp.output(Join)
def merge(conversation_id: int, body: MergeWith) -> Join:
    """Take another case of the customer into this one; its number leads here from now on."""
    with services().database.write() as db:
        done = joins.merge(db, conversation_id, body.other_id, me().id, body.revision)
        return Join.model_validate(done)


@bp.post(CASE + "/split")
@bp.input(SplitOff, arg_name="body")
@bp.output(Join)
def split(conversation_id: int, body: SplitOff) -> Join:
    """Make a case of its own of some posts; at least one of the customer goes and one stays."""
    with services().database.write() as db:
        done = joins.split(db, conversation_id, body.post_ids, me().id, body.revision)
        return Join.model_validate(done)


@bp.post("/joins/<int:join_id>/undo")
@bp.output(Join)
def undo(join_id: int) -> Join:
    """Take a merge or split back; 409 where it was or cannot be undone."""
    with services().database.write() as db:
        return Join.model_validate(joins_undo.undo(db, join_id, me().id))
