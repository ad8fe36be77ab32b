"""What people do with a conversation: claim, release, assign, move on, correct its label.

Every change adds to `revision`, and every function takes the revision its caller looked at: of
two people who act at once, exactly one wins and the other is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from tanggap.classifier.labels import LABELS
from tanggap.errors import ConflictError, MovedError, NotFoundError
from tanggap.inbox.cases.corrections import label_post
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.rule_events import fire
from tanggap.rules import Trigger
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import (
    NOT_OURS,
    OPEN,
    OWED,
    PRIORITIES,
    PRIVATE,
    RESOLVED,
    SNOOZED,
    STATES,
    Conversation,
    MergedConversation,
)
from tanggap.store.limited import whole
from tanggap.store.posts import Post
from tanggap.store.snoozes import Snooze
from tanggap.store.users import Team, User

KEEP: Final = -1
"""Leave the team or the assignee as it is."""


class ClosingOwedError(ConflictError):
    """The case went private, and the public does not know how it ended."""

    def __init__(self, conversation_id: int) -> None:
        super().__init__(
            f"conversation {conversation_id} went private; post the public conclusion, or waive it "
            "with a reason"
        )


class OutOfSightError(ConflictError):
    """Who should have the case is limited to other teams or accounts; `name` is theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is limited to other teams or accounts and would not see the case")
        self.name = name


class TakenError(ConflictError):
    """A colleague was faster; `holder` is the name of who has the conversation now."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} was faster and has this conversation")
        self.holder = holder


def claim(session: Session, conversation_id: int, user_id: int) -> None:
    """Take a conversation that nobody has; raises `TakenError` when somebody was faster.

    Taking what one has already changes nothing. The guard is the empty assignee and not the
    revision: a new post or a corrected label is no reason to refuse.
    """
    free = Conversation.assignee_id.is_(None)
    if _changed(session, conversation_id, free, {"assignee_id": user_id}):
        _fire_assigned(session, conversation_id)
        _note(session, conversation_id, user_id, "claimed")
        return
    holder = _holder(session, conversation_id)
    if holder is not None and holder.id != user_id:
        raise TakenError(holder.name)


def release(session: Session, conversation_id: int, user_id: int) -> None:
    """Give a conversation back; raises `TakenError` when it is not this person's any more."""
    mine = Conversation.assignee_id == user_id
    if _changed(session, conversation_id, mine, {"assignee_id": None}):
        _note(session, conversation_id, user_id, "released")
        return
    holder = _holder(session, conversation_id)
    if holder is not None:
        raise TakenError(holder.name)


def assign(
    session: Session,
    conversation_id: int,
    user_id: int,
    revision: int,
    *,
    team_id: int | None = KEEP,
    assignee_id: int | None = KEEP,
) -> None:
    """Give a conversation to a team, a person, both or, with None, to nobody.

    Raises `ConflictError` when a colleague changed it since this revision, and `OutOfSightError`
    for a person who would not see it. Whoever passes it on may see it no more.
    """
    values: dict[str, Any] = {}
    if team_id != KEEP:
        if team_id is not None and session.get(Team, team_id) is None:
            raise NotFoundError(f"team {team_id} does not exist")
        values["team_id"] = team_id
    if assignee_id != KEEP:
        person = session.get(User, assignee_id) if assignee_id is not None else None
        if assignee_id is not None and (person is None or not person.active):
            raise NotFoundError(f"user {assignee_id} does not exist or may not sign in any more")
        if person is not None:
            _require_sight(session, conversation_id, person, team_id)
        values["assignee_id"] = assignee_id
    _change(session, conversation_id, revision, values)
    with whole(session):
        _fire_assigned(session, conversation_id)
        _note(session, conversation_id, user_id, "assigned", values)


def _require_sight(
    session: Session, conversation_id: int, person: User, team_id: int | None
) -> None:
    if not person.sight.limited:
        return
    row = session.execute(
        select(Conversation.team_id, Conversation.account_id).where(
            Conversation.id == conversation_id
        )
    ).first()
    if row is None:
        raise missing(session, conversation_id)
    if not person.sight.covers(row.team_id if team_id == KEEP else team_id, row.account_id):
        raise OutOfSightError(person.name)


def set_state(
    session: Session, conversation_id: int, user_id: int | None, revision: int, state: str
) -> None:
    """Open, park, resolve or put aside; raises `ConflictError` as `assign` does.

    Raises `ClosingOwedError` for a case that may not end before its public conclusion.
    """
    if state not in STATES:
        raise NotFoundError(f"there is no state {state!r}")
    resolved_at = utcnow() if state == RESOLVED else None
    row = session.execute(
        select(Conversation.state, Conversation.handover).where(Conversation.id == conversation_id)
    ).first()
    before, handover = row or (None, None)
    if state in (RESOLVED, NOT_OURS) and handover in (PRIVATE, OWED):
        raise ClosingOwedError(conversation_id)
    _change(session, conversation_id, revision, {"state": state, "resolved_at": resolved_at})
    kind = "reopened" if state == OPEN else state
    if state == RESOLVED and before != RESOLVED:
        fire(session, Trigger.CASE_RESOLVED, conversation_id, occasion=f"revision:{revision}")
    if state == OPEN and before in (RESOLVED, NOT_OURS):
        fire(session, Trigger.CASE_REOPENED, conversation_id, occasion=f"revision:{revision}")
    if before == SNOOZED or state != SNOOZED:
        session.execute(delete(Snooze).where(Snooze.conversation_id == conversation_id))
    _note(session, conversation_id, user_id, kind, {"state": state})


def set_priority(
    session: Session, conversation_id: int, user_id: int, revision: int, priority: str
) -> None:
    """Say how urgent a conversation is; raises `ConflictError` as `assign` does."""
    if priority not in PRIORITIES:
        raise NotFoundError(f"there is no priority {priority!r}")
    _change(session, conversation_id, revision, {"priority": PRIORITIES.index(priority)})
    _note(session, conversation_id, user_id, "prioritised", {"priority": priority})


def _fire_assigned(session: Session, conversation_id: int) -> None:
    """Let rules know that somebody gave the case to somebody."""
    revision = session.scalar(
        select(Conversation.revision).where(Conversation.id == conversation_id)
    )
    fire(session, Trigger.CASE_ASSIGNED, conversation_id, occasion=f"revision:{revision}")


def correct_label(
    session: Session,
    conversation_id: int,
    user_id: int,
    label: str,
    *,
    labels: Sequence[str] = LABELS,
    reason: str = "",
) -> bool:
    """Say what the customer's newest post is, or that its label is right.

    Returns whether this person had not said so already. Raises `NotFoundError` for an unknown
    label and for a conversation without a customer's post.
    """
    post = session.scalar(
        select(Post.id)
        .where(Post.conversation_id == conversation_id, Post.from_us.is_(False))
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    )
    if post is None:
        _holder(session, conversation_id)
        raise NotFoundError(f"conversation {conversation_id} has no post to label")
    said = label_post(session, post, user_id, label, labels=labels, reason=reason)
    if said is None:
        return False
    _note(session, conversation_id, user_id, said.kind, {"post": post, "label": label})
    return True


def missing(session: Session, conversation_id: int) -> NotFoundError:
    """Say why there is no such conversation: it is part of another one now, or never was."""
    merged = session.get(MergedConversation, conversation_id)
    if merged is not None:
        return MovedError(conversation_id, merged.into_id)
    return NotFoundError(f"conversation {conversation_id} does not exist")


def _change(
    session: Session, conversation_id: int, revision: int, values: Mapping[str, Any]
) -> None:
    if not _changed(session, conversation_id, Conversation.revision == revision, values):
        _holder(session, conversation_id)
        raise ConflictError(
            "a colleague changed this conversation a moment ago; look at it again, then repeat "
            "what you wanted to do"
        )


def _changed(
    session: Session, conversation_id: int, guard: ColumnElement[bool], values: Mapping[str, Any]
) -> bool:
    """Compare and set in one statement; the database decides who is first."""
    if "assignee_id" in values:
        values = {**values, "assigned_at": utcnow() if values["assignee_id"] else None}
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, guard)
        .values(revision=Conversation.revision + 1, **values)
        .returning(Conversation.id)
    )
    return changed.first() is not None


def _holder(session: Session, conversation_id: int) -> User | None:
    """Give who has the conversation; raises `NotFoundError` when there is no conversation."""
    row = session.execute(
        select(Conversation.id, User)
        .outerjoin(User, User.id == Conversation.assignee_id)
        .where(Conversation.id == conversation_id)
    ).first()
    if row is None:
        raise missing(session, conversation_id)
    holder: User | None = row[1]
    return holder


def _note(
    session: Session,
    conversation_id: int,
    user_id: int | None,
    kind: str,
    detail: dict[str, Any] | None = None,
) -> None:
    session.add(Change(conversation_id=conversation_id, kind=kind))
    audit.record(
        session,
        f"conversation.{kind}",
        "conversation",
        conversation_id,
        user_id=user_id,
        detail=detail,
    )
    clocks.move(session, {conversation_id})
