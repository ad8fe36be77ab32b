"""Bring replies to their platform once, whatever breaks on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import tokens
from tanggap.inbox.cases import wishes
from tanggap.inbox.clean import in_english
from tanggap.inbox.sending import mail_outbox
from tanggap.inbox.sending import outbox_results as results
from tanggap.inbox.sending.attachments import outgoing
from tanggap.inbox.sending.reply_parts import next_part, write_reply
from tanggap.inbox.sending.ways import PRIVATE, PUBLIC, refusal_of
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins import observers
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Channel, Replying
from tanggap.sdk.errors import AuthExpired, ChannelError, RateLimited, Rejected, Unavailable
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import Reply, SentReply, Visibility
from tanggap.store.accounts import ACTIVE
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL
from tanggap.store.posts import Post
from tanggap.store.replies import QUEUED, SENDING, UNKNOWN, ReplyPart, ReplyRow

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A reply, or the part of it that is next, with all that its channel needs."""

    reply_id: int
    account_id: int
    channel: Channel
    part: Replying
    account: SdkAccount
    reply: Reply

    def line(self, operation: str) -> Line:
        """Name the call of one of the channel's functions."""
        return Line(self.channel.key, f"replying.{operation}", self.account_id)


def due_replies(services: Services) -> list[int]:
    """List the replies to work on now, after calling off the sends whose worker died."""
    now = utcnow()
    with services.database.write() as session:
        session.execute(
            update(ReplyRow)
            .where(ReplyRow.state == SENDING, ReplyRow.claimed_until < now)
            .values(state=UNKNOWN, next_try_at=now, error="the worker died while it was sending")
        )
        return list(
            session.scalars(
                select(ReplyRow.id)
                .where(ReplyRow.state.in_((QUEUED, UNKNOWN)), ReplyRow.next_try_at <= now)
                .order_by(ReplyRow.next_try_at)
            )
        )


def work_on(services: Services, reply_id: int) -> None:
    """Send a queued reply, or find out what became of one of unknown outcome.

    The parts of a thread go out one after the other while each arrives. A reply whose account has
    to wait for a new token stays as it is, and the sweeper brings it again.
    """
    found = _way_of(services, reply_id)
    if found is None:
        return
    account_id, visibility = found
    if visibility == EMAIL:
        mail_outbox.work_on(services, reply_id)
        return
    if tokens.must_wait(services, account_id):
        return
    while (parcel := _claim(services, reply_id, QUEUED, SENDING)) is not None:
        if not _send(services, parcel):
            return
    parcel = _claim(services, reply_id, UNKNOWN, UNKNOWN)
    if parcel is not None and _reconcile(services, parcel):
        work_on(services, reply_id)


def _way_of(services: Services, reply_id: int) -> tuple[int, str] | None:
    with services.database.read() as session:
        row = session.execute(
            select(Conversation.account_id, ReplyRow.visibility)
            .join(ReplyRow, ReplyRow.conversation_id == Conversation.id)
            .where(ReplyRow.id == reply_id)
        ).first()
        return (row.account_id, row.visibility) if row else None


def _send(services: Services, parcel: Parcel) -> bool:
    """Send one part; tells whether the next may follow at once."""
    http = client_for(services, parcel.channel, parcel.account, parcel.account_id)
    try:
        receipt = services.calls.run(
            parcel.line("send"), parcel.part.send, parcel.account, parcel.reply, http
        )
    except RateLimited as error:
        results.later(services, parcel.reply_id, error.retry_after, str(error))
    except AuthExpired as error:
        results.auth_expired(services, parcel.reply_id, error)
    except Rejected as error:
        results.rejected(services, parcel.reply_id, error)
    except Unavailable as error:
        if error.reached:
            results.unknown(services, parcel.reply_id, str(error))
        else:
            results.backoff(services, parcel.reply_id, str(error))
    except (ChannelError, PluginFaultError) as error:
        # The plugin may have failed after the platform accepted: never send blindly again.
        results.unknown(services, parcel.reply_id, str(error))
    else:
        return _arrived(services, parcel.reply_id, receipt)
    return False


def _reconcile(services: Services, parcel: Parcel) -> bool:
    """Read back before any retry: by our own echo, else by asking the platform."""
    receipt = _echo(services, parcel)
    if receipt is None and parcel.part.find_sent is not None:
        http = client_for(services, parcel.channel, parcel.account, parcel.account_id)
        line, find_sent = parcel.line("find_sent"), parcel.part.find_sent
        try:
            receipt = services.calls.run(line, find_sent, parcel.account, parcel.reply, http)
        except (ChannelError, PluginFaultError) as error:
            results.look_again(services, parcel.reply_id, str(error))
            return False
    if receipt is not None:
        return _arrived(services, parcel.reply_id, receipt)
    if parcel.part.find_sent is not None:
        results.not_found(services, parcel.reply_id)
    else:
        results.needs_person(services, parcel.reply_id)
    return False


def _arrived(services: Services, reply_id: int, receipt: SentReply) -> bool:
    """Note that a part arrived; tells whether another one waits."""
    outcome = results.arrived(services, reply_id, receipt)
    if outcome.told is not None:
        observers.reply_sent(services.registry, *outcome.told)
    return outcome.more


def _claim(services: Services, reply_id: int, state: str, into: str) -> Parcel | None:
    """Take a reply for this worker alone; commits before anything leaves the house."""
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(ReplyRow)
            .where(ReplyRow.id == reply_id, ReplyRow.state == state, ReplyRow.next_try_at <= now)
            .values(
                state=into,
                claimed_until=now + LEASE,
                next_try_at=now + LEASE,
                attempts=ReplyRow.attempts + (1 if into == SENDING else 0),
            )
            .returning(ReplyRow.id)
        ).first()
        return _pack(services, session, reply_id) if taken else None


def _pack(services: Services, session: Session, reply_id: int) -> Parcel | None:
    row = session.get_one(ReplyRow, reply_id)
    conversation = session.get_one(Conversation, row.conversation_id)
    account = conversation.account
    channel = services.registry.channel(account.channel)
    if channel is None or channel.replying is None or account.state != ACTIVE:
        reason = account.state_reason or f"{account.channel} cannot be answered at present"
        results.fail(session, row, "account", reason)
        return None
    target = session.get_one(Post, row.in_reply_to_id)
    visibility: Visibility = PRIVATE if row.visibility == PRIVATE else PUBLIC
    refusal = None
    # What may have arrived already is not checked any more: it is looked for.
    if row.state == SENDING and not any(part.external_id for part in row.parts):
        wish = wishes.refuse_sending(session, conversation, overrides_wish=row.overrides_wish)
        if wish is not None:
            results.fail(session, row, wishes.REASON, wish)
            return None
        refusal = refusal_of(services, session, conversation, target, visibility)
    if refusal is not None:
        results.fail(session, row, refusal.code, in_english(refusal.message))
        return None
    files = outgoing(services, session, row, next_part(row))
    reply = replace(write_reply(session, row, account), attachments=files)
    return Parcel(
        reply_id,
        account.id,
        channel,
        channel.replying,
        sdk_account(services, session, account),
        reply,
    )


def _echo(services: Services, parcel: Parcel) -> SentReply | None:
    """Look for our own post that the platform may have told us of meanwhile."""
    with services.database.read() as session:
        row = session.get_one(ReplyRow, parcel.reply_id)
        linked = select(ReplyRow.post_id).where(ReplyRow.post_id.is_not(None))
        parts = select(ReplyPart.post_id).where(ReplyPart.post_id.is_not(None))
        post = session.scalar(
            select(Post).where(
                Post.conversation_id == row.conversation_id,
                Post.from_us,
                Post.text == parcel.reply.text,
                Post.received_at >= (parcel.reply.first_tried_at or row.created_at),
                Post.id.not_in(linked),
                Post.id.not_in(parts),
            )
        )
        return SentReply(post.external_id, post.url) if post else None
