"""Bring replies to their platform once, whatever breaks on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox import outbox_results as results
from tanggap.inbox.services import Services, sdk_account
from tanggap.plugins import observers
from tanggap.plugins.calls import PluginFaultError, call
from tanggap.sdk.channel import Replying
from tanggap.sdk.errors import AuthExpired, ChannelError, RateLimited, Rejected, Unavailable
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import Reply, SentReply
from tanggap.store.accounts import ACTIVE
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.replies import QUEUED, SENDING, UNKNOWN, ReplyRow

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A reply with all that its channel needs, read in one transaction."""

    reply_id: int
    channel: str
    part: Replying
    account: SdkAccount
    reply: Reply


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
    """Send a queued reply, or find out what became of one of unknown outcome."""
    parcel = _claim(services, reply_id, QUEUED, SENDING)
    if parcel is not None:
        _send(services, parcel)
        return
    parcel = _claim(services, reply_id, UNKNOWN, UNKNOWN)
    if parcel is not None:
        _reconcile(services, parcel)


def _send(services: Services, parcel: Parcel) -> None:
    try:
        receipt = call(
            parcel.channel,
            "replying.send",
            parcel.part.send,
            parcel.account,
            parcel.reply,
            services.http,
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
        _arrived(services, parcel.reply_id, receipt)


def _reconcile(services: Services, parcel: Parcel) -> None:
    """Read back before any retry: by our own echo, else by asking the platform."""
    receipt = _echo(services, parcel.reply_id)
    if receipt is None and parcel.part.find_sent is not None:
        try:
            receipt = call(
                parcel.channel,
                "replying.find_sent",
                parcel.part.find_sent,
                parcel.account,
                parcel.reply,
                services.http,
            )
        except (ChannelError, PluginFaultError) as error:
            results.look_again(services, parcel.reply_id, str(error))
            return
    if receipt is not None:
        _arrived(services, parcel.reply_id, receipt)
    elif parcel.part.find_sent is not None:
        results.not_found(services, parcel.reply_id)
    else:
        results.needs_person(services, parcel.reply_id)


def _arrived(services: Services, reply_id: int, receipt: SentReply) -> None:
    views = results.arrived(services, reply_id, receipt)
    if views is not None:
        observers.reply_sent(services.registry, *views)


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
    reply = Reply(
        to=target.external_id,
        text=row.text,
        idempotency_key=row.idempotency_key,
        author_id=session.get_one(Author, target.author_id).external_id,
        thread_id=target.thread_id,
        visibility="private" if row.visibility == "private" else "public",
        first_tried_at=row.first_tried_at,
    )
    row.first_tried_at = row.first_tried_at or utcnow()
    return Parcel(
        reply_id, account.channel, channel.replying, sdk_account(services, session, account), reply
    )


def _echo(services: Services, reply_id: int) -> SentReply | None:
    """Look for our own post that the platform may have told us of meanwhile."""
    with services.database.read() as session:
        row = session.get_one(ReplyRow, reply_id)
        linked = select(ReplyRow.post_id).where(ReplyRow.post_id.is_not(None))
        post = session.scalar(
            select(Post).where(
                Post.conversation_id == row.conversation_id,
                Post.from_us,
                Post.text == row.text,
                Post.received_at >= (row.first_tried_at or row.created_at),
                Post.id.not_in(linked),
            )
        )
        return SentReply(post.external_id, post.url) if post else None
