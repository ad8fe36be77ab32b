"""Act on posts where they stand: who may, on what, and what is asked of the platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ForbiddenError, NotFoundError, TanggapError
from tanggap.inbox.cases.targets import sdk_target
from tanggap.inbox.people.permissions import Permission, may
from tanggap.inbox.services import Services, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Moderating
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import Action
from tanggap.store import audit
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.audit import Change
from tanggap.store.mails import EMAIL
from tanggap.store.moderations import QUEUED, RUNNING, Moderation
from tanggap.store.posts import Post
from tanggap.store.users import ADMIN, User

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
GUARDED: Final = frozenset({"delete"})
"""What cannot be taken back and so takes more than an agent."""


class NotPossibleError(TanggapError):
    """The platform, or the state of the post, does not permit the action."""


def moderating_part(services: Services, account: Account) -> Moderating | None:
    """Give the part that acts on posts, while the account is connected."""
    channel = services.registry.channel(account.channel)
    return channel.moderating if channel is not None and account.state == ACTIVE else None


def possible_actions(services: Services, session: Session, post: Post, role: str) -> list[Action]:
    """List what a person of this role may do to a post now."""
    account = session.get_one(Account, post.account_id)
    part = moderating_part(services, account)
    if part is None or post.kind == EMAIL:
        return []
    likely = [
        action
        for action in ACTIONS
        if getattr(part, action) is not None and _sensible(action, post) and _may(role, action)
    ]
    return _allowed(services, session, part, post, likely) if likely else []


def ask(
    services: Services, post_id: int, action: Action, *, user_id: int | None = None
) -> Moderation:
    """Ask the platform to act on a post; `user_id` is None where a rule asks.

    The same action again while it is on its way is the same request. Raises `ForbiddenError`,
    `NotPossibleError`, and `ConflictError` while another action is on its way.
    """
    with services.database.write() as session:
        post = session.get(Post, post_id, with_for_update=True)
        if post is None:
            raise NotFoundError(f"post {post_id} does not exist")
        role = session.get_one(User, user_id).role if user_id is not None else ADMIN
        if not _may(role, action):
            raise ForbiddenError(f"your role does not allow to {action} posts; ask a supervisor")
        waiting = _open(session, post_id)
        if waiting is not None and waiting.action == action:
            return waiting
        if waiting is not None:
            raise ConflictError(f"post {post_id} is being changed: {waiting.action}")
        if action not in possible_actions(services, session, post, role):
            raise NotPossibleError(f"the platform does not permit to {action} this post now")
        moderation = Moderation(post_id=post_id, action=action, user_id=user_id)
        session.add(moderation)
        session.flush()
        detail = {"action": action, "external_id": post.external_id}
        audit.record(session, "post_moderated", "post", post_id, user_id=user_id, detail=detail)
        tell(session, post, "moderation_queued")
        return moderation


def tell(session: Session, post: Post, kind: str) -> None:
    """Let open browsers know."""
    if post.conversation_id is not None:
        session.add(Change(conversation_id=post.conversation_id, kind=kind))


def newest_moderations(session: Session, post_ids: Sequence[int]) -> dict[int, Moderation]:
    """Map posts to the last that was asked for them."""
    rows = session.scalars(
        select(Moderation).where(Moderation.post_id.in_(post_ids)).order_by(Moderation.id)
    )
    return {row.post_id: row for row in rows}


def _open(session: Session, post_id: int) -> Moderation | None:
    return session.scalar(
        select(Moderation).where(
            Moderation.post_id == post_id, Moderation.state.in_((QUEUED, RUNNING))
        )
    )


def _may(role: str, action: str) -> bool:
    return action not in GUARDED or may(role, Permission.DELETE_POSTS)


def _sensible(action: Action, post: Post) -> bool:
    """Tell whether an action would change the post as far as we know."""
    if post.deleted_at is not None:
        return False
    return {
        "hide": not post.hidden and not post.from_us,
        "show": post.hidden,
        "like": not post.liked and not post.from_us,
        "unlike": post.liked,
        "delete": True,
    }[action]


def _allowed(
    services: Services,
    session: Session,
    part: Moderating,
    post: Post,
    actions: Sequence[Action],
) -> list[Action]:
    if part.allows is None:
        return list(actions)
    account = session.get_one(Account, post.account_id)
    target = sdk_target(session, post)
    ours = sdk_account(services, session, account)
    line = Line(account.channel, "moderating.allows", account.id)
    try:
        return [one for one in actions if services.calls.run(line, part.allows, ours, one, target)]
    except (ChannelError, PluginFaultError):
        return []
