"""Move all that belongs to one conversation into another, and what had to be left behind.

What belongs to a conversation is read from the tables themselves, so that a table that is added
later goes along too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    UniqueConstraint,
    and_,
    delete,
    exists,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from tanggap.store import Base
from tanggap.store.approvals import SUBMITTED, SUPERSEDED, Approval
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import CLOSED, PUBLIC, Conversation, MergedConversation
from tanggap.store.replies import Draft
from tanggap.store.sql import among

LEFT: Final = frozenset({"clocks", "signs", "seen_marks", "case_vectors"})
"""Tables that follow from others, or are about who looks where; they are not moved."""


@dataclass(slots=True)
class Moved:
    """What was moved, by table: the ids of its rows, none where the conversation is the id."""

    rows: dict[str, list[int]] = field(default_factory=dict)

    @property
    def posts(self) -> set[int]:
        """The ids of the posts."""
        return set(self.rows.get("posts", ()))


def merge_into(session: Session, source: int, target: int) -> Moved:
    """Move everything of one conversation into another and drop the empty one."""
    _supersede_twins(session, source, target)
    _join_drafts(session, source, target)
    moved = Moved(
        {table.name: _move(session, table, at, source, target) for table, at in belongings()}
    )
    _hand_over(session, source, target)
    session.execute(delete(Conversation).where(Conversation.id == source))
    # SQLite gives the id of a case that was its newest and is gone to the next one.
    session.merge(MergedConversation(id=source, into_id=target))
    session.add(Change(conversation_id=source, kind="merged"))
    session.flush()
    session.expire_all()
    return moved


def move_back(session: Session, moved: dict[str, list[int]], source: int, target: int) -> None:
    """Give a conversation the rows again that were moved out of it, as far as they are there."""
    for table, at in belongings():
        ids = moved.get(table.name)
        if not ids:
            continue
        chosen = among(session, table.c.id, ids)
        session.execute(
            update(table).where(at == target, chosen, _fits(table, at, source)).values({at: source})
        )
    session.expire_all()


@cache
def belongings() -> Sequence[tuple[Table, Column[int]]]:
    """List the tables whose rows belong to a conversation, with the column that says to which."""
    return tuple(
        (table, column)
        for table in Base.metadata.sorted_tables
        if table.name not in LEFT
        for column in table.columns
        if any(key.column.table.name == "conversations" for key in column.foreign_keys)
    )


def _move(session: Session, table: Table, at: Column[int], source: int, target: int) -> list[int]:
    statement = update(table).where(at == source, _fits(table, at, target)).values({at: target})
    if "id" not in table.c:
        session.execute(statement)
        return []
    return list(session.scalars(statement.returning(table.c.id)))


def _fits(table: Table, at: Column[int], target: int) -> ColumnElement[bool]:
    """Say which rows may stand in the target without there being two of what is one of a kind."""
    there = table.alias("there")
    clashes = (
        exists(select(1).select_from(there)).where(
            there.c[at.name] == target,
            *(there.c[one.name].is_not_distinct_from(one) for one in others),
        )
        for others in _rivals(table, at)
    )
    return and_(true(), *(~clash for clash in clashes))


def _rivals(table: Table, at: Column[int]) -> Iterator[list[Column[Any]]]:
    """List the unique keys that name the conversation, each without it."""
    if at.primary_key:
        yield [column for column in table.primary_key.columns if column is not at]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and at.name in constraint.columns:
            yield [column for column in constraint.columns if column is not at]


def _supersede_twins(session: Session, source: int, target: int) -> None:
    """Keep one answer of each person before the approvers: the one in the survivor."""
    waiting = Approval.state == SUBMITTED
    there = select(Approval.user_id).where(Approval.conversation_id == target, waiting)
    session.execute(
        update(Approval)
        .where(Approval.conversation_id == source, waiting, Approval.user_id.in_(there))
        .values(state=SUPERSEDED)
    )


def _join_drafts(session: Session, source: int, target: int) -> None:
    """Put the words of who has a draft in both into one: nothing that was typed is lost."""
    ours = select(Draft).where(Draft.conversation_id == target).with_for_update()
    kept = {draft.user_id: draft for draft in session.scalars(ours)}
    theirs = session.scalars(select(Draft).where(Draft.conversation_id == source))
    for draft in theirs.all():
        twin = kept.get(draft.user_id)
        if twin is not None and draft.text not in twin.text:
            twin.text = f"{twin.text}\n\n{draft.text}" if twin.text.strip() else draft.text
            twin.updated_at = utcnow()
    session.flush()


def _hand_over(session: Session, source: int, target: int) -> None:
    """Let the survivor keep who worked on the other one, and what was found out of it."""
    ours, theirs = session.get_one(Conversation, target), session.get_one(Conversation, source)
    ours.assignee_id = ours.assignee_id or theirs.assignee_id
    ours.team_id = ours.team_id or theirs.team_id
    ours.label = ours.label or theirs.label
    ours.language = ours.language or theirs.language
    ours.priority = min(ours.priority, theirs.priority)
    ours.tags = list(dict.fromkeys((*ours.tags, *theirs.tags)))
    ours.needs_approval = ours.needs_approval or theirs.needs_approval
    if ours.handover in (PUBLIC, CLOSED) and theirs.handover != PUBLIC:
        ours.handover = theirs.handover
    # Above both: who looked at either of them must look again.
    ours.revision = max(ours.revision, theirs.revision) + 1
    session.flush()
    session.expunge(theirs)
