"""Links for customers that work once: made, opened, used up, revoked.

What a link leads to is a matter of its purpose (`web/public_purposes.py`). Opening one never uses
it up, since platforms fetch addresses to preview them; only what the customer sends does.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, ReplyRefusedError
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.single_use import SingleUseLink

LIFE: Final = timedelta(hours=48)
ATTEMPTS: Final = 5
PATH: Final = "/p/"
_TOKEN_BYTES: Final = 24
_CODE_DIGITS: Final = 6
_CODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
_PAGE_LANGUAGES: Final = ("id", "en")


class LinkOverError(NotFoundError):
    """The link never was, was used, was revoked, or is too old; nobody is told which."""

    def __init__(self) -> None:
        super().__init__("this link does not work, or not any more")


class WrongCodeError(ConflictError):
    """The code is not the right one; `left` more tries are allowed."""

    def __init__(self, left: int) -> None:
        super().__init__("this code is not the right one")
        self.left = left


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link with what is shown once: its secret, its address, and its code if it has one."""

    link: SingleUseLink
    token: str = field(repr=False)
    address: str = field(repr=False)
    code: str = field(repr=False)


def make_link(
    services: Services,
    session: Session,
    conversation: Conversation,
    purpose: str,
    *,
    user_id: int | None = None,
    subject_id: int | None = None,
    with_code: bool = False,
    life: timedelta = LIFE,
    attempts: int = ATTEMPTS,
    token: str = "",
) -> MadeLink:
    """Make a link for the customer of a conversation, in the conversation's language.

    A `token` is given where it has to look in a certain way; it has to be a secret as good.
    """
    token = token or secrets.token_urlsafe(_TOKEN_BYTES)
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}" if with_code else ""
    default = services.settings.default_language
    link = SingleUseLink(
        token_hash=hash_token(token),
        code_hash=_code_hash(services, hash_token(token), code) if code else None,
        purpose=purpose,
        subject_id=subject_id,
        conversation_id=conversation.id,
        author_id=conversation.author_id,
        user_id=user_id,
        language=conversation.language if conversation.language in _PAGE_LANGUAGES else default,
        expires_at=utcnow() + life,
        attempts_left=attempts,
    )
    session.add(link)
    session.flush()
    detail = {"purpose": purpose, "conversation": conversation.id}
    audit.record(session, "link.made", "single_use_link", link.id, user_id=user_id, detail=detail)
    return MadeLink(link, token, link_address(services, token), code)


def link_address(services: Services, token: str) -> str:
    """Write the address that the customer opens."""
    return services.settings.public_url.rstrip("/") + PATH + token


def find_link(session: Session, token: str) -> SingleUseLink:
    """Find the link of a secret while it works; raises `LinkOverError`."""
    found = session.scalar(
        select(SingleUseLink).where(SingleUseLink.token_hash == hash_token(token), _works())
    )
    if found is None:
        raise LinkOverError
    return found


def use_up(session: Session, link_id: int) -> SingleUseLink:
    """Use a link up; of two who do so at once the second one gets `LinkOverError`."""
    return _end(session, link_id, {"used_at": utcnow()})


def revoke(session: Session, link_id: int, *, user_id: int | None = None) -> None:
    """Let a link work no more; raises `LinkOverError` where it does not already."""
    _end(session, link_id, {"revoked_at": utcnow()})
    audit.record(session, "link.revoked", "single_use_link", link_id, user_id=user_id)


def check_code(services: Services, link_id: int, written: str) -> None:
    """Compare what somebody typed with a link's code; raises `WrongCodeError`, `LinkOverError`.

    Each try is counted in a transaction of its own, so that no later failure gives it back.
    """
    digits = "".join(character for character in written if character.isdigit())
    with services.database.write() as session:
        link = session.get(SingleUseLink, link_id, with_for_update=True)
        if link is None or not _works_still(link):
            raise LinkOverError
        link.attempts_left -= 1
        right = _code_hash(services, link.token_hash, digits)
        if link.code_hash is not None and hmac.compare_digest(right, link.code_hash):
            link.attempts_left += 1
            return
        left = link.attempts_left
    raise WrongCodeError(left)


def open_links(session: Session, conversation_id: int, purpose: str) -> list[SingleUseLink]:
    """List the links of a conversation that still work, newest first."""
    query = select(SingleUseLink).where(
        SingleUseLink.conversation_id == conversation_id,
        SingleUseLink.purpose == purpose,
        _works(),
    )
    return list(session.scalars(query.order_by(SingleUseLink.id.desc())))


def refuse_in_public(services: Services, session: Session, conversation_id: int, text: str) -> None:
    """Raise `ReplyRefusedError` for a public text with a link or code that one customer has."""
    if services.settings.public_url.rstrip("/") + PATH in text:
        raise ReplyRefusedError(
            "link_in_public", "This link is for one customer alone. Send it privately."
        )
    codes = set(_CODE.findall(text))
    if not codes:
        return
    query = select(SingleUseLink).where(
        SingleUseLink.conversation_id == conversation_id,
        SingleUseLink.code_hash.is_not(None),
        _works(),
    )
    for link in session.scalars(query):
        if any(_code_hash(services, link.token_hash, code) == link.code_hash for code in codes):
            raise ReplyRefusedError(
                "code_in_public", "This code is for one customer alone. Send it privately."
            )


def _works() -> ColumnElement[bool]:
    return and_(
        SingleUseLink.used_at.is_(None),
        SingleUseLink.revoked_at.is_(None),
        SingleUseLink.expires_at > utcnow(),
        SingleUseLink.attempts_left > 0,
    )


def _works_still(link: SingleUseLink) -> bool:
    ended = link.used_at is not None or link.revoked_at is not None
    return not ended and link.expires_at > utcnow() and link.attempts_left > 0


def _end(session: Session, link_id: int, values: dict[str, object]) -> SingleUseLink:
    ended = session.execute(
        update(SingleUseLink)
        .where(SingleUseLink.id == link_id, _works())
        .values(**values)
        .returning(SingleUseLink.id)
    )
    if ended.first() is None:
        raise LinkOverError
    return session.get_one(SingleUseLink, link_id, populate_existing=True)


def hash_token(token: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _code_hash(services: Services, token_hash: str, code: str) -> str:
    """Hash a code with the installation's key: a million codes are tried in no time without it."""
    key = services.keys.secret_key.encode()
    return hmac.new(key, f"{token_hash}:{code}".encode(), "sha256").hexdigest()
