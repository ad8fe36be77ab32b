"""Answers that a second person approves, mends or gives back before they leave the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, ForbiddenError, NotFoundError, StaleThreadError
from tanggap.inbox.clean import snippet
from tanggap.inbox.events.notifications import notify
from tanggap.inbox.people.permissions import GRANTS, Permission, require
from tanggap.inbox.sending.attachments import ids_of, lay_back
from tanggap.inbox.sending.drafts import drop_draft, load_draft, save_draft
from tanggap.inbox.sending.intent import intent_of
from tanggap.inbox.sending.reply import Written, check, put_in_outbox
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.approvals import (
    APPROVED,
    RETURNED,
    SUBMITTED,
    SUPERSEDED,
    WITHDRAWN,
    Approval,
)
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.storable import storable
from tanggap.store.users import TeamMember, User

LISTED: Final = 200
TOLD_FOR: Final = timedelta(days=1)
COUNT_CAP: Final = 100


class DecidedError(ConflictError):
    """Somebody was faster: the answer is approved, returned, withdrawn or superseded already."""


class SupersededError(StaleThreadError):
    """The thread has moved on since the answer was written; its author has it back."""


def submit(services: Services, *, user_id: int, conversation_id: int, written: Written) -> Approval:
    """Hand an answer in; it takes the place of one the same person handed in before.

    Raises what `reply.queue_reply` raises: what could not be sent is not worth approving.
    """
    with services.database.write() as session:
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        user = session.get(User, user_id)
        if conversation is None or user is None:
            raise NotFoundError(f"conversation {conversation_id} does not exist")
        *_, cargo = check(services, session, conversation, user, written)
        earlier = (Approval.conversation_id == conversation_id, Approval.user_id == user_id)
        session.execute(
            update(Approval)
            .where(*earlier, Approval.state == SUBMITTED)
            .values(state=WITHDRAWN, decided_at=utcnow())
        )
        approval = Approval(
            conversation_id=conversation_id,
            user_id=user_id,
            text=storable(written.text.strip()),
            visibility=written.visibility,
            seen_post_id=written.seen_post_id,
            **written.intent.values(),
        )
        session.add(approval)
        drop_draft(session, conversation_id, user_id)
        session.flush()
        for file in cargo.files:
            file.approval_id = approval.id
        _note(session, approval, "approval_wanted", user_id)
        approvers = _approvers(session, conversation)
        _tell(session, approval, "approval_wanted", approvers, actor_id=user_id)
        return approval


def approve(
    services: Services,
    approval_id: int,
    user_id: int,
    *,
    text: str | None = None,
    override_reason: str = "",
) -> ReplyRow:
    """Let an answer go, perhaps with other words; it is sent in its author's name.

    Of several who decide at once one does, the others get `DecidedError`. Raises
    `ForbiddenError` for the author, `SupersededError` when the thread has moved on, and
    `DoNotContactError` where the approver has to say why the customer is written to at all.
    """
    try:
        with services.database.write() as session:
            approval = _decide(session, approval_id, user_id, APPROVED)
            if text is not None and text.strip():
                approval.text = storable(text.strip())
            conversation = session.get_one(Conversation, approval.conversation_id)
            reply = put_in_outbox(
                services,
                session,
                conversation,
                session.get_one(User, approval.user_id),
                written=_written(session, approval, override_reason),
                idempotency_key=f"approval-{approval.id}",
                approver=session.get_one(User, user_id),
            )
            approval.reply_id = reply.id
            _note(session, approval, "approval_given", user_id)
            _tell(session, approval, "approval_given", [approval.user_id], actor_id=user_id)
            return reply
    except StaleThreadError as error:
        with services.database.write() as session:
            _supersede(session, session.get_one(Approval, approval_id))
        raise SupersededError(str(error)) from error


def send_back(session: Session, approval_id: int, user_id: int, words: str) -> Approval:
    """Give an answer back to its author with words; it is a draft again."""
    approval = _decide(session, approval_id, user_id, RETURNED)
    approval.words = storable(words.strip(), 2_000)
    _give_back(session, approval)
    _note(session, approval, "approval_returned", user_id)
    people = [approval.user_id]
    _tell(session, approval, "approval_returned", people, actor_id=user_id, words=approval.words)
    return approval


def withdraw(session: Session, approval_id: int, user_id: int) -> Approval:
    """Take one's own answer back before anybody decided; it is a draft again."""
    approval = session.get(Approval, approval_id)
    if approval is None or approval.user_id != user_id:
        raise NotFoundError(f"there is no answer {approval_id} of yours to withdraw")
    _take(session, approval, WITHDRAWN, user_id)
    _give_back(session, approval)
    _note(session, approval, "approval_withdrawn", user_id)
    return approval


def supersede_stale(session: Session) -> int:
    """Give answers back whose customer has written since, so that nobody approves them blindly."""
    newer = exists().where(
        Post.conversation_id == Approval.conversation_id,
        Post.from_us.is_(False),
        Post.id > Approval.seen_post_id,
    )
    stale = session.scalars(
        select(Approval).where(Approval.state == SUBMITTED, newer).limit(LISTED)
    ).all()
    for approval in stale:
        _supersede(session, approval)
    return len(stale)


def approvals_in(session: Session, conversation_id: int, user_id: int) -> Sequence[Approval]:
    """List what waits in a conversation, and what the person lately got back."""
    own = (
        (Approval.user_id == user_id)
        & Approval.state.in_((RETURNED, SUPERSEDED))
        & (Approval.decided_at > utcnow() - TOLD_FOR)
    )
    replied = exists().where(
        ReplyRow.conversation_id == Approval.conversation_id,
        ReplyRow.user_id == user_id,
        ReplyRow.created_at > Approval.decided_at,
    )
    query = (
        select(Approval)
        .where(
            Approval.conversation_id == conversation_id,
            or_(Approval.state == SUBMITTED, own & ~replied),
        )
        .options(joinedload(Approval.user, innerjoin=True), joinedload(Approval.decider))
        .order_by(Approval.id)
    )
    return list(session.scalars(query))


def list_waiting(session: Session) -> Sequence[tuple[Approval, Conversation]]:
    """List what waits for an approver, the longest waiting first."""
    query = (
        select(Approval, Conversation)
        .join(Conversation, Conversation.id == Approval.conversation_id)
        .where(Approval.state == SUBMITTED)
        .options(
            joinedload(Approval.user, innerjoin=True),
            joinedload(Conversation.author, innerjoin=True),
        )
        .order_by(Approval.id)
        .limit(LISTED)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def waiting_query() -> Select[int]:
    """Build the query that counts what waits, up to the cap."""
    waiting = select(literal(1).label("one")).where(Approval.state == SUBMITTED)
    return select(func.count()).select_from(waiting.limit(COUNT_CAP).subquery())


def _decide(session: Session, approval_id: int, user_id: int, state: str) -> Approval:
    approval = session.get(Approval, approval_id)
    if approval is None:
        raise NotFoundError(f"there is no answer {approval_id} to decide on")
    require(session.get_one(User, user_id).role, Permission.APPROVE_REPLIES)
    if approval.user_id == user_id:
        raise ForbiddenError("nobody approves an answer of their own; ask a colleague")
    _take(session, approval, state, user_id)
    return approval


def _take(session: Session, approval: Approval, state: str, user_id: int | None) -> None:
    """Compare and set; the database decides who is first."""
    taken = session.execute(
        update(Approval)
        .where(Approval.id == approval.id, Approval.state == SUBMITTED)
        .values(state=state, decided_by=user_id, decided_at=utcnow())
        .returning(Approval.id)
    ).first()
    if taken is None:
        raise DecidedError(f"answer {approval.id} is decided already; look at it again")
    session.refresh(approval)


def _supersede(session: Session, approval: Approval) -> None:
    try:
        _take(session, approval, SUPERSEDED, None)
    except DecidedError:
        return
    _give_back(session, approval)
    _note(session, approval, "approval_superseded", None)
    _tell(session, approval, "approval_superseded", [approval.user_id])


def _give_back(session: Session, approval: Approval) -> None:
    """Make the text a draft again, before what its author has typed since."""
    lay_back(session, approval_id=approval.id)
    kept = load_draft(session, approval.conversation_id, approval.user_id)
    later = kept.text if kept is not None else ""
    save_draft(
        session,
        conversation_id=approval.conversation_id,
        user_id=approval.user_id,
        text=f"{approval.text}\n\n{later}" if later.strip() else approval.text,
        seen_post_id=approval.seen_post_id,
        visibility=approval.visibility,
        intent=intent_of(approval),
    )


def _written(session: Session, approval: Approval, override_reason: str) -> Written:
    visibility: Any = approval.visibility
    seen, intent = approval.seen_post_id, intent_of(approval)
    files = ids_of(session, approval.id)
    return Written(approval.text, visibility, seen, intent, override_reason, files)


def _approvers(session: Session, conversation: Conversation) -> Sequence[int]:
    """Give the approvers of the case's team, else all of them."""
    roles = [role for role, granted in GRANTS.items() if Permission.APPROVE_REPLIES in granted]
    able = select(User.id).where(User.role.in_(roles), User.active)
    members = select(TeamMember.user_id).where(TeamMember.team_id == conversation.team_id)
    return session.scalars(able.where(User.id.in_(members))).all() or session.scalars(able).all()


def _note(session: Session, approval: Approval, kind: str, user_id: int | None) -> None:
    session.add(Change(conversation_id=approval.conversation_id, kind=kind))
    audit.record(session, f"reply.{kind}", "approval", approval.id, user_id=user_id)


def _tell(
    session: Session,
    approval: Approval,
    kind: str,
    people: Sequence[int],
    *,
    actor_id: int | None = None,
    words: str = "",
) -> None:
    notify(
        session,
        kind,
        user_ids=people,
        conversation_id=approval.conversation_id,
        actor_id=actor_id,
        text=words or snippet(approval.text),
        key=f"{kind}:{approval.id}",
    )
