"""What the company knows of a customer: their other identities, cases, tier, notes, wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.store import audit
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author
from tanggap.store.storable import storable

TIER_LONGEST: Final = 32
NOTE_LONGEST: Final = 4_000
CASES_SHOWN: Final = 30


class UnfitCardError(TanggapError):
    """An author that cannot be the same person as another."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside a customer's name; `do_not_contact` holds for every identity."""

    tier: str = ""
    do_not_contact: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A customer's card; `identities` are the other authors that are the same person."""

    author: Author
    card: AuthorCard
    identities: Sequence[Author]
    do_not_contact: bool
    cases: Sequence[Conversation]


def read_mark(session: Session, author_id: int) -> Mark:
    """Give what stands beside a customer's name, in one query."""
    own = select(AuthorCard.person_id).where(AuthorCard.author_id == author_id).scalar_subquery()
    rows = session.scalars(
        select(AuthorCard).where(
            (AuthorCard.author_id == author_id) | (AuthorCard.person_id == own)
        )
    ).all()
    tier = next((row.tier for row in rows if row.author_id == author_id), "")
    return Mark(tier or next((row.tier for row in rows if row.tier), ""), _wished(rows))


def read_card(session: Session, author_id: int) -> Card:
    """Give a customer's card with what they wrote last, under whatever identity."""
    author = session.get(Author, author_id)
    if author is None:
        raise NotFoundError(f"author {author_id} does not exist")
    card = session.get(AuthorCard, author_id) or _blank(author_id)
    linked = _linked(session, card)
    ids = {author_id, *(one.author_id for one in linked)}
    authors = session.scalars(select(Author).where(Author.id.in_(ids - {author_id})))
    cases = session.scalars(
        select(Conversation)
        .where(Conversation.author_id.in_(ids))
        .options(joinedload(Conversation.account, innerjoin=True))
        .order_by(Conversation.last_post_at.desc(), Conversation.id.desc())
        .limit(CASES_SHOWN)
    )
    wished = _wished([card, *linked])
    return Card(author, card, list(authors), wished, list(cases))


def save_card(
    session: Session,
    author_id: int,
    user_id: int,
    *,
    revision: int,
    tier: str,
    note: str,
    do_not_contact: bool,
) -> None:
    """Write what is known; raises `ConflictError` when a colleague wrote meanwhile."""
    card = _own(session, author_id)
    if card.revision != revision:
        raise ConflictError("a colleague changed this card a moment ago; look at it again")
    before = {"tier": card.tier, "do_not_contact": card.do_not_contact}
    card.tier = " ".join(storable(tier).split())[:TIER_LONGEST]
    card.note = storable(note.strip(), NOTE_LONGEST)
    card.do_not_contact = do_not_contact
    _touch(card, user_id)
    after = {"tier": card.tier, "do_not_contact": card.do_not_contact}
    _note(session, "author.card_saved", author_id, user_id, {"before": before, "after": after})


def link(session: Session, author_id: int, case_id: int, user_id: int) -> None:
    """Say that the author of a case is the same person; their cases stay apart.

    Raises `UnfitCardError` for the same author, and `NotFoundError` without such a case.
    """
    other = session.scalar(select(Conversation.author_id).where(Conversation.id == case_id))
    if other is None:
        raise missing(session, case_id)
    if other == author_id:
        raise UnfitCardError("this is the same author already")
    first, second = (_own(session, id_) for id_ in sorted((author_id, other)))
    person = first.person_id or second.person_id or first.author_id
    for card in (*_linked(session, first), *_linked(session, second), first, second):
        card.person_id = person
    _touch(first, user_id)
    _touch(second, user_id)
    _note(session, "author.linked", author_id, user_id, {"with": other})


def unlink(session: Session, author_id: int, other_id: int, user_id: int) -> None:
    """Say that an author is somebody else after all."""
    card, other = session.get(AuthorCard, author_id), session.get(AuthorCard, other_id)
    if card is None or other is None or card.person_id is None or card.person_id != other.person_id:
        raise NotFoundError(f"author {other_id} is not linked with {author_id}")
    other.person_id = None
    _touch(other, user_id)
    _note(session, "author.unlinked", author_id, user_id, {"with": other_id})


def _linked(session: Session, card: AuthorCard) -> Sequence[AuthorCard]:
    if card.person_id is None:
        return ()
    same = (AuthorCard.person_id == card.person_id, AuthorCard.author_id != card.author_id)
    return session.scalars(select(AuthorCard).where(*same)).all()


def _own(session: Session, author_id: int) -> AuthorCard:
    """Load a card to write on, or begin one."""
    if session.get(Author, author_id) is None:
        raise NotFoundError(f"author {author_id} does not exist")
    card = session.get(AuthorCard, author_id, with_for_update=True)
    if card is None:
        card = _blank(author_id)
        session.add(card)
        session.flush()
    return card


def _blank(author_id: int) -> AuthorCard:
    return AuthorCard(author_id=author_id, tier="", note="", do_not_contact=False, revision=1)


def _touch(card: AuthorCard, user_id: int) -> None:
    card.revision += 1
    card.user_id, card.updated_at = user_id, utcnow()


def _wished(cards: Sequence[AuthorCard]) -> bool:
    return any(card.do_not_contact for card in cards)


def _note(
    session: Session, action: str, author_id: int, user_id: int, detail: dict[str, object]
) -> None:
    audit.record(session, action, "author", author_id, user_id=user_id, detail=detail)
