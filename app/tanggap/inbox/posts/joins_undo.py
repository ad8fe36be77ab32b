"""Take merges and splits of cases back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases.merging import merge_into, move_back
from tanggap.inbox.posts.joins_common import end_sleeps, joint_state, locked_pair, settle, tell
from tanggap.store.base import UtcDateTime, utcnow
from tanggap.store.conversations import OPEN, SNOOZED, Conversation, MergedConversation
from tanggap.store.joins import MERGE, CaseJoin, FollowedThread
from tanggap.store.users import Team


def undo(session: Session, join_id: int, user_id: int) -> CaseJoin:
    """Take a merge or split back; raises `ConflictError` where it was or cannot be undone."""
    join = session.get(CaseJoin, join_id, with_for_update=True)
    if join is None:
        raise NotFoundError(f"there is no merge or split {join_id}")
    if join.undone_at is not None:
        raise ConflictError("somebody undid this already")
    # Marked first: a split that is undone is merged back, and its rows are read anew then.
    join.undone_at, join.undone_by_id = utcnow(), user_id
    session.flush()
    if join.kind == MERGE:
        _unmerge(session, join)
    else:
        _unsplit(session, join)
    tell(session, f"{join.kind}_undone", join, user_id)
    return join


def _unmerge(session: Session, join: CaseJoin) -> None:
    values = _revived(session, join.kept["source"])
    same = (
        Conversation.account_id == values["account_id"],
        Conversation.thread_id == values["thread_id"],
        Conversation.author_id == values["author_id"],
    )
    if session.scalar(select(Conversation.id).where(*same)) is not None:
        raise ConflictError("the customer has begun this thread anew; merge that one instead")
    values["revision"] += 1
    session.execute(delete(MergedConversation).where(MergedConversation.id == join.other_id))
    session.execute(
        delete(FollowedThread).where(
            *(
                getattr(FollowedThread, name) == values[name]
                for name in ("account_id", "thread_id", "author_id")
            )
        )
    )
    session.add(Conversation(**values))
    session.flush()
    moved = {name: ids for name, ids in join.kept["moved"].items() if name != "followed_threads"}
    move_back(session, moved, join.other_id, join.conversation_id)
    ours = session.get_one(Conversation, join.conversation_id)
    for name, value in join.kept["taken"].items():
        if getattr(ours, name) == value:
            setattr(ours, name, join.kept["before"][name])
    ours.tags = [tag for tag in ours.tags if tag not in join.kept["tags"]]
    ours.revision += 1
    for case in (ours, session.get_one(Conversation, join.other_id)):
        settle(session, case, OPEN if case.state == SNOOZED else case.state)


def _unsplit(session: Session, join: CaseJoin) -> None:
    if session.get(Conversation, join.other_id) is None:
        raise ConflictError("the case that was split off is part of another one by now")
    ours, theirs = locked_pair(session, join.conversation_id, join.other_id)
    state = joint_state(ours, theirs)
    end_sleeps(session, ours.id, theirs.id)
    merge_into(session, theirs.id, ours.id)
    settle(session, session.get_one(Conversation, join.conversation_id), state)


def _revived(session: Session, kept: dict[str, Any]) -> dict[str, Any]:
    """Read a snapshot again; a team that is gone by now is left out."""
    values = dict(kept)
    for column in Conversation.__table__.columns:
        written = values.get(column.key)
        if isinstance(column.type, UtcDateTime) and isinstance(written, str):
            values[column.key] = datetime.fromisoformat(written)
    if values.get("team_id") and session.get(Team, values["team_id"]) is None:
        values["team_id"] = None
    return values
