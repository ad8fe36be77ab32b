"""Write answers: what stands against one, and the way into the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, ReplyRefusedError
from tanggap.inbox.cases import wishes
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.cases.targets import pick_target
from tanggap.inbox.mailbox import mail_legs
from tanggap.inbox.mailbox.mail_legs import Leg
from tanggap.inbox.sending import undo
from tanggap.inbox.sending.attachments import Cargo, cargo_of
from tanggap.inbox.sending.drafts import drop_draft
from tanggap.inbox.sending.intent import PLAIN, Intent
from tanggap.inbox.sending.measuring import Measured, measure
from tanggap.inbox.sending.reply_parts import new_parts
from tanggap.inbox.sending.stale import refuse_stale
from tanggap.inbox.sending.ways import PUBLIC, RefusedByChannelError, refusal_of
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import refuse_in_public
from tanggap.inbox.tone.tone import check_draft, refuse_blocked
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL
from tanggap.store.posts import Post
from tanggap.store.replies import (
    FAILED,
    QUEUED,
    UNKNOWN,
    ReplyRow,
)
from tanggap.store.users import JUNIOR, User


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as a person wrote it, the latest post that person had read, and what it is for.

    `override_reason` is why they write to a customer who asked not to be contacted. `attachments`
    are the pictures that go along.
    """

    text: str
    visibility: Leg
    seen_post_id: int
    intent: Intent = PLAIN
    override_reason: str = ""
    attachments: Sequence[int] = ()


def queue_reply(
    services: Services,
    *,
    user_id: int,
    conversation_id: int,
    text: str,
    visibility: Leg,
    seen_post_id: int,
    idempotency_key: str,
    intent: Intent = PLAIN,
    override_reason: str = "",
    attachments: Sequence[int] = (),
) -> ReplyRow:
    """Put a reply into the outbox; the same key again gives the same row.

    Raises `StaleThreadError` when the thread has moved on since `seen_post_id`, and
    `ReplyRefusedError` when the reply cannot be sent as it stands, its tone included; against the
    wish not to be contacted it needs a reason (`inbox.wishes`). It leaves the house when its author
    can call it off no more (`inbox.undo`).
    """
    with services.database.write() as session:
        known = session.scalar(select(ReplyRow).where(ReplyRow.idempotency_key == idempotency_key))
        if known is not None:
            return _same(known, user_id, conversation_id)
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        user = session.get(User, user_id)
        if conversation is None or user is None:
            raise missing(session, conversation_id)
        if needs_approval(conversation, user):
            raise ReplyRefusedError(
                "needs_approval", "Somebody has to approve this answer first. Hand it in."
            )
        return put_in_outbox(
            services,
            session,
            conversation,
            user,
            written=Written(text, visibility, seen_post_id, intent, override_reason, attachments),
            idempotency_key=idempotency_key,
        )


def needs_approval(conversation: Conversation, user: User) -> bool:
    """Tell whether a second person reads this person's answers here before they are sent."""
    return conversation.needs_approval or user.role == JUNIOR


def put_in_outbox(
    services: Services,
    session: Session,
    conversation: Conversation,
    user: User,
    *,
    written: Written,
    idempotency_key: str,
    approver: User | None = None,
) -> ReplyRow:
    """Check an answer from all sides and put it into the outbox; raises as `queue_reply` does.

    Where somebody approves it, theirs is the right to write against a customer's wish.
    """
    target, measured, cargo = check(services, session, conversation, user, written)
    decider = approver or user
    against = wishes.heed(session, conversation, decider, written.override_reason)
    send_after = undo.window_end(services.settings)
    reply = ReplyRow(
        conversation_id=conversation.id,
        in_reply_to_id=target.id,
        user_id=user.id,
        text=measured.text,
        visibility=written.visibility,
        **written.intent.values(),
        idempotency_key=idempotency_key,
        overrides_wish=bool(against),
        send_after=send_after,
        next_try_at=send_after or utcnow(),
        parts=new_parts(cargo.spread(measured.texts, measured.text), idempotency_key),
        attachments=list(cargo.files),
    )
    session.add(reply)
    _note_queued(session, conversation, reply)
    if against:
        detail = {"reason": against, "conversation": conversation.id}
        audit.record(
            session, "reply_against_wish", "reply", reply.id, user_id=decider.id, detail=detail
        )
    return reply


def check(
    services: Services, session: Session, conversation: Conversation, user: User, written: Written
) -> tuple[Post, Measured, Cargo]:
    """Find what stands against an answer; gives what it answers, its length, and its pictures."""
    text, visibility = written.text, written.visibility
    target = _target(session, conversation.id, visibility)
    if visibility == EMAIL:
        mail_legs.refuse_mail(session, conversation.id)
    elif refusal := refusal_of(services, session, conversation, target, visibility):
        raise RefusedByChannelError(refusal)
    if visibility == PUBLIC:
        refuse_in_public(services, session, conversation.id, text)
    measured = measure(services, conversation, user, text, visibility)
    _refuse_length(measured)
    refuse_stale(session, conversation.id, user.id, written.seen_post_id)
    found = check_draft(services, session, conversation, user, text, visibility=visibility)
    refuse_blocked(found, conversation.team)
    cargo = cargo_of(
        services,
        session,
        conversation,
        user_id=user.id,
        target=target,
        visibility=visibility,
        ids=written.attachments,
    )
    return target, measured, cargo


def _note_queued(session: Session, conversation: Conversation, reply: ReplyRow) -> None:
    """Give an unowned conversation to whoever answers it, drop the draft, tell the others."""
    if conversation.assignee_id is None:
        conversation.assignee_id = reply.user_id
        conversation.revision += 1
    drop_draft(session, conversation.id, reply.user_id)
    session.flush()
    session.add(Change(conversation_id=conversation.id, kind="reply_queued"))
    audit.record(session, "reply_queued", "reply", reply.id, user_id=reply.user_id)


def retry(services: Services, reply_id: int, user_id: int) -> ReplyRow:
    """Send a failed reply once more, or look again for one of unknown outcome."""
    with services.database.write() as session:
        reply = session.get(ReplyRow, reply_id, with_for_update=True)
        if reply is None:
            raise NotFoundError(f"reply {reply_id} does not exist")
        if reply.state not in (FAILED, UNKNOWN):
            raise ConflictError(f"reply {reply_id} is {reply.state}; there is nothing to retry")
        if reply.state == FAILED or reply.visibility == EMAIL:
            reply.state = QUEUED
            reply.attempts = 0
        reply.next_try_at = utcnow()
        reply.error = reply.error_code = ""
        session.add(Change(conversation_id=reply.conversation_id, kind="reply_queued"))
        audit.record(session, "reply_retried", "reply", reply_id, user_id=user_id)
        return reply


def _same(known: ReplyRow, user_id: int, conversation_id: int) -> ReplyRow:
    if (known.user_id, known.conversation_id) != (user_id, conversation_id):
        raise ConflictError("this idempotency key was used for another reply; take a new one")
    return known


def _refuse_length(measured: Measured) -> None:
    if measured.length == 0:
        raise ReplyRefusedError("empty", "The reply is empty. Write something first.")
    if not measured.fits:
        raise ReplyRefusedError(
            "too_long",
            f"The reply counts {measured.length} of at most {measured.limit}. "
            f"Shorten it by {measured.length - measured.limit}.",
        )


def _target(session: Session, conversation_id: int, visibility: str) -> Post:
    if visibility == EMAIL:
        post = mail_legs.mail_target(session, conversation_id)
    else:
        post = pick_target(session, conversation_id, visibility)
    if post is None:
        raise ReplyRefusedError(
            "post_deleted", "The customer deleted the post, so nothing is left to answer."
        )
    return post
