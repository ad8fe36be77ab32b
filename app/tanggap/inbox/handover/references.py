"""Know invited customers again by the reference that the link of their invitation brought along.

The link may stand in public, so that a reference leads one thread to the case and no second one,
and never somebody who is known as another author.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.handover.handover import handover_row
from tanggap.inbox.handover.handover_follow import INVITATION_HOLDS
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import (
    LinkOverError,
    find_link,
    make_link,
    open_links,
    revoke,
    use_up,
)
from tanggap.sdk.inviting import REFERENCE
from tanggap.store.accounts import Account
from tanggap.store.conversations import PUBLIC, Conversation
from tanggap.store.posts import Author, Post

INVITED: Final = "invitation"
"""The purpose of single-use links that open no page: their token is the reference."""

_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody who came into a private thread with a reference."""

    reference: str
    thread_id: str
    author_id: str


def make_reference(
    services: Services, session: Session, conversation: Conversation, user_id: int
) -> str:
    """Make a reference that leads whoever brings it first to this case."""
    token = "tg-" + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    make_link(
        services,
        session,
        conversation,
        INVITED,
        user_id=user_id,
        life=INVITATION_HOLDS,
        token=token,
    )
    return token


def cases_of_references(
    session: Session, account: Account, followed: Iterable[Followed]
) -> Mapping[str, int]:
    """Map private threads to the cases that references lead them to, and use these up."""
    found: dict[str, int] = {}
    for one in followed:
        case = _case_of(session, account, one) if REFERENCE.fullmatch(one.reference) else None
        if case is not None and one.thread_id:
            found[one.thread_id] = case
    return found


def _case_of(session: Session, account: Account, one: Followed) -> int | None:
    with suppress(LinkOverError):
        link = find_link(session, one.reference)
        case = session.get_one(Conversation, link.conversation_id)
        known = session.scalar(
            select(Author).where(
                Author.channel == account.channel, Author.external_id == one.author_id
            )
        )
        own = known is not None and known.id == case.author_id
        wrong = link.purpose != INVITED or case.account_id != account.id
        if wrong or case.visibility != PUBLIC or (not own and _wrote_in_public(session, known)):
            return None
        use_up(session, link.id)
        for other in open_links(session, case.id, INVITED):
            revoke(session, other.id)
        handover_row(session, case.id).by_reference = not own
        return case.id
    return None


def _wrote_in_public(session: Session, author: Author | None) -> bool:
    """Tell whether a platform knows this author in public: then they are not the one invited."""
    if author is None:
        return False
    query = select(Post.id).where(Post.author_id == author.id, Post.visibility == PUBLIC)
    return session.scalar(query.limit(1)) is not None
