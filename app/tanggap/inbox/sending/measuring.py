"""How long an answer counts, and the posts it is cut into where one would not hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import object_session

from tanggap.inbox.mailbox import mail_legs
from tanggap.inbox.sending.ways import PRIVATE, PUBLIC, replying_part
from tanggap.inbox.services import Services, sdk_account
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.rules.signature import with_initials
from tanggap.sdk.channel import Replying
from tanggap.sdk.errors import ChannelError
from tanggap.sdk.types import Visibility
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL
from tanggap.store.storable import storable
from tanggap.store.users import User

MOST_PARTS: Final = 25


@dataclass(frozen=True, slots=True)
class Piece:
    """One post of a reply that is cut into several, and its length."""

    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The length of a reply with initials, and the most the platform takes, in its own count.

    A reply over the limit that the channel can cut comes with its `pieces`.
    """

    text: str
    length: int
    limit: int
    pieces: Sequence[Piece] = ()

    @property
    def texts(self) -> Sequence[str]:
        """The texts of the pieces."""
        return [piece.text for piece in self.pieces]

    @property
    def fits(self) -> bool:
        """Whether the platform would take it, whole or in pieces."""
        if self.pieces:
            return len(self.pieces) <= MOST_PARTS and all(
                0 < piece.length <= self.limit for piece in self.pieces
            )
        return 0 < self.length <= self.limit


def prepare_text(user: User, text: str, visibility: str) -> str:
    """Write a reply as it will be sent: trimmed, and signed with initials where it is public."""
    trimmed = storable(text.strip())
    return with_initials(trimmed, user.initials) if visibility == PUBLIC and trimmed else trimmed


def measure(
    services: Services, conversation: Conversation, user: User, text: str, visibility: str
) -> Measured:
    """Count a draft as the platform will; raises `ReplyRefusedError` where none can be sent."""
    prepared = prepare_text(user, text, visibility)
    if visibility == EMAIL:
        return Measured(prepared, len(prepared), mail_legs.LONGEST)
    part = replying_part(services, conversation.account)
    limit = limit_of(services, conversation, part, visibility)
    length = length_of(services, conversation.channel, part, prepared)
    pieces: Sequence[Piece] = ()
    if length > limit and visibility == PUBLIC and part.split is not None:
        pieces = _pieces(services, conversation.channel, part, prepared, limit)
    return Measured(prepared, length, limit, pieces)


def limit_of(
    services: Services, conversation: Conversation, part: Replying, visibility: str
) -> int:
    """Tell how long an answer may be; what an account may send can differ from the others."""
    usual = part.max_length
    if visibility == PRIVATE:
        usual = part.private_max_length or usual
    session = object_session(conversation)
    if part.limit is None or session is None:
        return usual
    account = sdk_account(services, session, conversation.account)
    seen: Visibility = "private" if visibility == PRIVATE else "public"
    line = Line(conversation.channel, "replying.limit", conversation.account_id)
    try:
        return services.calls.run(line, part.limit, account, seen)
    except (ChannelError, PluginFaultError):
        return usual


def length_of(services: Services, channel: str, part: Replying, text: str) -> int:
    """Count as the channel does; one that cannot count leaves it to its platform to refuse."""
    try:
        return services.calls.run(Line(channel, "replying.measure"), part.measure, text)
    except (ChannelError, PluginFaultError):
        return len(text)


def _pieces(
    services: Services, channel: str, part: Replying, text: str, limit: int
) -> Sequence[Piece]:
    if part.split is None:
        return ()
    try:
        texts = services.calls.run(Line(channel, "replying.split"), part.split, text, limit)
    except (ChannelError, PluginFaultError):
        return ()
    return tuple(Piece(one, length_of(services, channel, part, one)) for one in texts)
