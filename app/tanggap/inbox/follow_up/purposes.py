"""What becomes true when an answer with a purpose has arrived, and not before."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tanggap.inbox.clocks import clock_acts
from tanggap.inbox.follow_up import praise, ratings
from tanggap.inbox.handover import handover
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, RESOLVED, Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import (
    ACKNOWLEDGEMENT,
    INVITATION,
    PERMISSION,
    SATISFACTION,
    ReplyRow,
)


def take_effect(session: Session, row: ReplyRow) -> None:
    """Let an answer that arrived a moment ago do what it is for."""
    case_id, now = row.conversation_id, row.sent_at or utcnow()
    if row.purpose == INVITATION or _crosses(session, row):
        handover.invite(session, case_id, now, row.user_id)
    elif row.purpose == ACKNOWLEDGEMENT:
        clock_acts.only_acknowledged(session, case_id, row.user_id)
    elif row.purpose == SATISFACTION:
        ratings.ask(session, case_id, row.user_id, now)
    elif row.purpose == PERMISSION:
        praise.asked(session, case_id, row.in_reply_to_id, row.user_id, now)
    until = row.promised_until
    case = session.get_one(Conversation, case_id)
    if until is not None and until > utcnow() and case.state not in (RESOLVED, NOT_OURS):
        clock_acts.promise_update(session, case_id, until, row.user_id)


def _crosses(session: Session, row: ReplyRow) -> bool:
    """Tell whether a private message answered a public post."""
    if row.visibility != "private":
        return False
    return session.get_one(Post, row.in_reply_to_id).visibility == "public"
