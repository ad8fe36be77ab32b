"""Heed the wish of customers not to be contacted; only a person with a reason writes nevertheless.

Every message passes `heed` on its way into the outbox and `refuse_sending` on its way out of the
house, so that a wish told in between holds as well. What is sent without a person has no reason.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ReplyRefusedError
from tanggap.inbox.people.permissions import Permission, may
from tanggap.sdk.words import Words
from tanggap.store.author_cards import AuthorCard
from tanggap.store.conversations import Conversation
from tanggap.store.limited import whole
from tanggap.store.posts import Post
from tanggap.store.storable import storable
from tanggap.store.users import User

REASON: Final = "do_not_contact"
LEAST_REASON: Final = 3
LONGEST_REASON: Final = 500


_TOLD_MEANWHILE: Final = Words(
    {
        "en": "The customer asked not to be contacted. Somebody with the right may write to them "
        "anew, with a reason.",
        "id": "Pelanggan minta tidak dihubungi. Yang berhak boleh menulis ulang dengan alasan.",
    }
)


class DoNotContactError(ReplyRefusedError):
    """The customer asked not to be contacted; `may_override` tells whether a reason would do."""

    def __init__(self, *, may_override: bool = False) -> None:
        super().__init__(
            REASON,
            "This customer asked not to be contacted. Write a reason of 3 to 500 characters; "
            "it goes to the audit log."
            if may_override
            else "This customer asked not to be contacted. Ask a supervisor, who may write to "
            "them with a reason.",
        )
        self.may_override = may_override


def is_unwanted(session: Session, conversation: Conversation) -> bool:
    """Tell whether the customer of a case, under whatever identity, asked not to be contacted.

    Identities out of the reader's sight count as well, and whoever wrote in the private leg.
    """
    wrote = select(Post.author_id).where(
        Post.conversation_id == conversation.id, Post.from_us.is_(False)
    )
    same = (AuthorCard.author_id == conversation.author_id) | AuthorCard.author_id.in_(wrote)
    person = select(AuthorCard.person_id).where(same, AuthorCard.person_id.is_not(None))
    wished = select(AuthorCard.author_id).where(
        AuthorCard.do_not_contact, same | AuthorCard.person_id.in_(person)
    )
    with whole(session):
        return session.scalar(wished.limit(1)) is not None


def may_override(user: User) -> bool:
    """Tell whether a person may write to a customer against their wish, with a reason."""
    return may(user.role, Permission.CONTACT_ANYWAY)


def heed(session: Session, conversation: Conversation, user: User, reason: str) -> str:
    """Give the reason to write against a wish, empty where there is no wish.

    Raises `DoNotContactError` without a fit reason of somebody who may override.
    """
    if not is_unwanted(session, conversation):
        return ""
    words = storable(" ".join(reason.split()))
    if not may_override(user) or not LEAST_REASON <= len(words) <= LONGEST_REASON:
        raise DoNotContactError(may_override=may_override(user))
    return words


def refuse_preparing(session: Session, conversation: Conversation, user_id: int) -> None:
    """Raise `DoNotContactError` for a link or words that this person could not send anyway."""
    if is_unwanted(session, conversation) and not may_override(session.get_one(User, user_id)):
        raise DoNotContactError


def refuse_sending(
    session: Session, conversation: Conversation, *, overrides_wish: bool
) -> Words | None:
    """Say why an answer that waits may not leave any more; None where it may."""
    if overrides_wish or not is_unwanted(session, conversation):
        return None
    return _TOLD_MEANWHILE
