"""Carry out what was asked for posts, again and again until the platform has said yes or no.

Every action may be repeated without harm, so an outcome that is unknown is simply tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import tokens
from tanggap.inbox.accounts.account_state import needs_reconnect
from tanggap.inbox.cases.moderating import moderating_part, tell
from tanggap.inbox.cases.targets import sdk_target
from tanggap.inbox.posts.record_changes import DELETED, HIDDEN, SHOWN, PostChange, change_post
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.plugins.client import BoundClient
from tanggap.sdk.channel import Channel, Http
from tanggap.sdk.errors import AuthExpired, ChannelError, Gone, RateLimited, Rejected
from tanggap.sdk.types import Account as SdkAccount
from tanggap.sdk.types import Target
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.moderations import DONE, FAILED, QUEUED, RUNNING, Moderation
from tanggap.store.posts import Post

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=6)
LONGEST_WAIT = timedelta(minutes=5)
_CHANGES = {"hide": HIDDEN, "show": SHOWN, "delete": DELETED}


@dataclass(frozen=True, slots=True)
class _Errand:
    moderation_id: int
    action: str
    function: Callable[[SdkAccount, Target, Http], None]
    account: SdkAccount
    target: Target
    http: BoundClient
    line: Line


def due_moderations(services: Services) -> list[int]:
    """List the actions to work on now; one whose worker died is due when its lease ends."""
    with services.database.read() as session:
        return list(
            session.scalars(
                select(Moderation.id)
                .where(Moderation.state.in_((QUEUED, RUNNING)), Moderation.next_try_at <= utcnow())
                .order_by(Moderation.next_try_at)
            )
        )


def work_on(services: Services, moderation_id: int) -> None:
    """Ask the platform for one action, and write down what it said."""
    errand = _claim(services, moderation_id)
    if errand is None:
        return
    try:
        services.calls.run(errand.line, errand.function, errand.account, errand.target, errand.http)
    except RateLimited as error:
        _later(services, errand, error.retry_after, str(error))
    except AuthExpired as error:
        _fail(services, errand, error.cause, error)
    except Gone as error:
        _gone(services, errand, error)
    except Rejected as error:
        _fail(services, errand, error.code or "rejected", error)
    except (ChannelError, PluginFaultError) as error:
        _later(services, errand, None, str(error))
    else:
        _done(services, errand)


def _account_of(services: Services, moderation_id: int) -> int | None:
    with services.database.read() as session:
        return session.scalar(
            select(Post.account_id)
            .join(Moderation, Moderation.post_id == Post.id)
            .where(Moderation.id == moderation_id)
        )


def _claim(services: Services, moderation_id: int) -> _Errand | None:
    account_id = _account_of(services, moderation_id)
    if account_id is None or tokens.must_wait(services, account_id):
        return None
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(Moderation)
            .where(
                Moderation.id == moderation_id,
                Moderation.state.in_((QUEUED, RUNNING)),
                Moderation.next_try_at <= now,
            )
            .values(state=RUNNING, next_try_at=now + LEASE, attempts=Moderation.attempts + 1)
            .returning(Moderation.id)
        ).first()
        return _prepare(services, session, moderation_id) if taken else None


def _prepare(services: Services, session: Session, moderation_id: int) -> _Errand | None:
    row = session.get_one(Moderation, moderation_id)
    post = session.get_one(Post, row.post_id)
    stored = session.get_one(Account, post.account_id)
    channel: Channel | None = services.registry.channel(stored.channel)
    part = moderating_part(services, stored)
    function = getattr(part, row.action) if part is not None else None
    if channel is None or function is None:
        reason = stored.state_reason or f"{stored.channel} cannot do this at present"
        _close(session, row, post, "account", reason)
        return None
    account = sdk_account(services, session, stored)
    return _Errand(
        moderation_id,
        row.action,
        function,
        account,
        sdk_target(session, post),
        client_for(services, channel, account, stored.id),
        Line(stored.channel, "moderating.act", stored.id),
    )


def _done(services: Services, errand: _Errand) -> None:
    with services.database.write() as session:
        row, post = _load(session, errand)
        now = utcnow()
        row.state, row.done_at, row.error, row.error_code = DONE, now, "", ""
        if errand.action in _CHANGES:
            change_post(session, post, PostChange(post.external_id, _CHANGES[errand.action], now))
        else:
            post.liked = errand.action == "like"
        tell(session, post, "moderation_done")
        log.info("post moderated", post=post.id, action=errand.action)


def _gone(services: Services, errand: _Errand, error: Gone) -> None:
    """Note that the post is not there: for a deletion that is success."""
    if errand.action == "delete":
        _done(services, errand)
        return
    with services.database.write() as session:
        row, post = _load(session, errand)
        change_post(session, post, PostChange(post.external_id, DELETED, utcnow()))
        _close(session, row, post, error.code or "gone", str(error))


def _later(services: Services, errand: _Errand, wait: timedelta | None, reason: str) -> None:
    with services.database.write() as session:
        row, post = _load(session, errand)
        now = utcnow()
        if now - row.created_at > GIVE_UP_AFTER:
            _close(session, row, post, "unavailable", reason)
            return
        row.state = QUEUED
        growing = min(timedelta(seconds=2 ** min(row.attempts, 10)), LONGEST_WAIT)
        row.next_try_at = now + (growing if wait is None else wait)
        row.error = reason
        tell(session, post, "moderation_queued")


def _fail(services: Services, errand: _Errand, code: str, error: ChannelError) -> None:
    with services.database.write() as session:
        row, post = _load(session, errand)
        if isinstance(error, AuthExpired):
            needs_reconnect(session.get_one(Account, post.account_id), error)
        _close(session, row, post, code, str(error))


def _close(session: Session, row: Moderation, post: Post, code: str, reason: str) -> None:
    row.state, row.done_at = FAILED, utcnow()
    row.error_code, row.error = code[:64], reason
    tell(session, post, "moderation_failed")
    log.warning("post not moderated", post=post.id, action=row.action, code=code, reason=reason)


def _load(session: Session, errand: _Errand) -> tuple[Moderation, Post]:
    row = session.get_one(Moderation, errand.moderation_id, with_for_update=True)
    return row, session.get_one(Post, row.post_id, with_for_update=True)
