"""In which ways a conversation can be answered, and why not in the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from tanggap.errors import ReplyRefusedError
from tanggap.inbox.cases.targets import newest_inbound, newest_post_of_customer, sdk_target
from tanggap.inbox.clean import in_english
from tanggap.inbox.mailbox.mail_legs import Leg, goes_by_mail
from tanggap.inbox.services import Services, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.attaching import Attachable
from tanggap.sdk.channel import Replying
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.inviting import Invitation
from tanggap.sdk.types import Refusal, Target, Visibility
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL
from tanggap.store.posts import Post

T = TypeVar("T")

PUBLIC: Final = "public"
PRIVATE: Final = "private"
_BOTH: Final[tuple[Visibility, ...]] = (PUBLIC, PRIVATE)
NO_ATTACHING: Final = Refusal(
    code="no_attaching",
    message={
        "en": "This channel takes text alone; put a link to the picture into it.",
        "id": "Kanal ini hanya menerima teks; taruh tautan ke gambarnya di dalam teks.",
    },
)
BY_MAIL: Final = Attachable(most=5, max_bytes=5 * 1024 * 1024)


class RefusedByChannelError(ReplyRefusedError):
    """The channel says that its platform would not take the reply; `refusal` tells why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code, in_english(refusal.message))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer: in public, in private or by e-mail; open unless it has a `refusal`.

    `closes_at` is when the platform takes no more, where it sets an end, and `attachable` what an
    answer may carry beside its text, or why nothing.
    """

    visibility: Leg
    refusal: Refusal | None = None
    closes_at: datetime | None = None
    attachable: Attachable | Refusal = field(default=NO_ATTACHING, compare=False)


def replying_part(services: Services, account: Account) -> Replying:
    """Give the part that sends, or raise `ReplyRefusedError` with what closes the composer."""
    channel = services.registry.channel(account.channel)
    if channel is None or channel.replying is None:
        raise ReplyRefusedError(
            "no_replying", f"Nothing installed here can answer on {account.channel}."
        )
    if account.state != ACTIVE:
        raise ReplyRefusedError(
            "account_" + account.state,
            f"{account.name} is not connected: {account.state_reason or account.state}. "
            "Reconnect it on the accounts page.",
        )
    return channel.replying


def list_ways(services: Services, session: Session, conversation: Conversation) -> Sequence[Way]:
    """List how a conversation can be answered, its own way first: that of the newest mail, if any.

    Raises `ReplyRefusedError` where nothing can be sent at all.
    """
    if not goes_by_mail(session, conversation.id):
        return _platform_ways(services, session, conversation)
    by_mail = Way(EMAIL, attachable=BY_MAIL)
    try:
        ways = _platform_ways(services, session, conversation)
    except ReplyRefusedError:
        own: Visibility = PRIVATE if conversation.visibility == PRIVATE else PUBLIC
        return [by_mail, Way(own, _PLATFORM_CLOSED)]
    newest = newest_post_of_customer(session, conversation.id)
    if newest is not None and newest.kind == EMAIL:
        return [by_mail, *ways]
    return [*ways, by_mail]


def _platform_ways(
    services: Services, session: Session, conversation: Conversation
) -> Sequence[Way]:
    """List the ways of the platform, the conversation's own first; of one gone private, that.

    A way the customer never used is listed only while the channel allows it. Raises
    `ReplyRefusedError` where nothing can be sent at all.
    """
    part = replying_part(services, conversation.account)
    inbound = newest_inbound(session, conversation.id)
    used = {post.visibility for post in inbound}
    left = [post for post in inbound if post.deleted_at is None]
    own = PRIVATE if conversation.visibility == PRIVATE else PUBLIC
    first = PRIVATE if conversation.handover == PRIVATE else own
    ways: list[Way] = []
    targets: dict[int, Target] = {}
    for visibility in sorted(_BOTH, key=lambda one: one != first):
        known = visibility == own or visibility in used
        if not known and not _may_differ(part, visibility):
            continue
        same = (post for post in left if post.visibility == visibility)
        target = next(same, left[0] if left else None)
        refusal, closes_at = None, None
        attachable: Attachable | Refusal = NO_ATTACHING
        if target is not None:
            # Mostly one post stands for both ways, and its surroundings take queries to read.
            seen = targets.get(target.id) or sdk_target(session, target)
            targets[target.id] = seen
            refusal = _ask(services, session, conversation, seen, visibility)
            if refusal is None:
                closes_at = _closes(services, session, conversation, seen, visibility)
                attachable = _attachable(services, session, conversation, seen, visibility)
        if known or refusal is None:
            ways.append(Way(visibility, refusal, closes_at, attachable))
    return ways


def choose_way(ways: Sequence[Way], wanted: str | None = None) -> Way:
    """Choose the way a person wants, else the conversation's own, else what can be instead."""
    chosen = next((way for way in ways if way.visibility == wanted), None)
    if chosen is not None or ways[0].refusal is None:
        return chosen or ways[0]
    instead = ways[0].refusal.instead
    return next((way for way in ways if way.visibility == instead and way.refusal is None), ways[0])


def refusal_of(
    services: Services,
    session: Session,
    conversation: Conversation,
    target: Post,
    visibility: Visibility,
) -> Refusal | None:
    """Ask the channel why a reply to a post cannot be sent; None when it can."""
    part = replying_part(services, conversation.account)
    if target.visibility != visibility and not _may_differ(part, visibility):
        return _NO_CROSSING
    return _ask(services, session, conversation, sdk_target(session, target), visibility)


_PLATFORM_CLOSED: Final = Refusal(
    code="platform_closed",
    message={
        "en": "The platform cannot be answered at present. Go on by e-mail.",
        "id": "Saat ini platform tidak bisa dibalas. Lanjutkan lewat surel.",
    },
)
_NO_CROSSING: Final = Refusal(
    code="no_crossing",
    message={
        "en": "This channel answers public posts in public and private messages in private.",
        "id": "Kanal ini membalas kiriman publik secara publik dan pesan pribadi secara pribadi.",
    },
)


def _may_differ(part: Replying, visibility: Visibility) -> bool:
    """Tell whether a channel may answer a public post in private.

    Only one that checks replies can say to which posts that applies.
    """
    return visibility == PRIVATE and part.check is not None and part.private_max_length is not None


def invitation_to(
    services: Services, session: Session, conversation: Conversation, target: Post
) -> Invitation:
    """Tell how the customer is asked to go on in private; raises `RefusedByChannelError`.

    Where the channel does not say, in private if it may be crossed to, else in public.
    """
    part = replying_part(services, conversation.account)
    if part.invite is None:
        closed = refusal_of(services, session, conversation, target, PRIVATE)
        return Invitation(visibility=PUBLIC if closed else PRIVATE)
    where = sdk_target(session, target)
    found = _say(services, session, conversation, "invite", part.invite, where)
    if found is None:
        return Invitation(visibility=PUBLIC)
    if isinstance(found, Refusal):
        raise RefusedByChannelError(found)
    return found


def attachable_to(
    services: Services,
    session: Session,
    conversation: Conversation,
    target: Post,
    visibility: str,
) -> Attachable | Refusal:
    """Tell what a reply to a post may carry, or why nothing."""
    if visibility == EMAIL:
        return BY_MAIL
    seen: Visibility = PRIVATE if visibility == PRIVATE else PUBLIC
    return _attachable(services, session, conversation, sdk_target(session, target), seen)


def _attachable(
    services: Services,
    session: Session,
    conversation: Conversation,
    target: Target,
    visibility: Visibility,
) -> Attachable | Refusal:
    part = replying_part(services, conversation.account).attaching
    if part is None:
        return NO_ATTACHING
    found = _say(services, session, conversation, "attaching", part, target, visibility)
    return NO_ATTACHING if found is None else found


def _closes(
    services: Services,
    session: Session,
    conversation: Conversation,
    target: Target,
    visibility: Visibility,
) -> datetime | None:
    part = replying_part(services, conversation.account).closes
    return part and _say(services, session, conversation, "closes", part, target, visibility)


def _ask(
    services: Services,
    session: Session,
    conversation: Conversation,
    target: Target,
    visibility: Visibility,
) -> Refusal | None:
    part = replying_part(services, conversation.account).check
    return part and _say(services, session, conversation, "check", part, target, visibility)


def _say(
    services: Services,
    session: Session,
    conversation: Conversation,
    name: str,
    part: Callable[..., T],
    *values: Any,
) -> T | None:
    """Let a part of the channel speak of an answer; None where it fails.

    The platform has the last word: a part that fails must not keep anybody from asking it.
    """
    account = sdk_account(services, session, conversation.account)
    line = Line(conversation.channel, f"replying.{name}", conversation.account_id)
    try:
        return services.calls.run(line, part, account, *values)
    except (ChannelError, PluginFaultError):
        return None
