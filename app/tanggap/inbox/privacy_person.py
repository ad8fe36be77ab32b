"""Who a person is to us, and which rows of which tables are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, Column, ColumnElement, Table, cast, false, func, or_, select
from sqlalchemy import Text as TextType
from sqlalchemy.orm import Session

from tanggap.errors import ForbiddenError, NotFoundError
from tanggap.inbox.privacy_places import PLACES, empty_value, table_of
from tanggap.store import sight
from tanggap.store.accounts import Account
from tanggap.store.author_cards import AuthorCard
from tanggap.store.base import Base
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.sql import among

ERASED: Final = "erased:"
"""How the hash begins that stands where a platform's id stood."""

MOST_FOUND: Final = 20
_ROOTS: Final = ("authors", "conversations", "posts")
_SPECIAL: Final = ("deliveries", "named_lists", "audit_entries")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by the numbers of their rows: the authors they are, their cases and posts.

    `posts` are what they wrote and what we wrote in their cases.
    """

    authors: Sequence[int]
    cases: Sequence[int]
    posts: Sequence[int]


def refuse_limited() -> None:
    """Raise `ForbiddenError` for people who do not see everything: parts of a person are none."""
    if sight.current().limited:
        raise ForbiddenError(
            "your role sees only some teams or accounts, and a person may have written elsewhere; "
            "ask an administrator"
        )


def find_people(session: Session, words: str) -> list[Author]:
    """Find authors by number, name, handle or the platform's id; our own accounts are none."""
    words = words.strip().removeprefix("@")
    if not words:
        return []
    plain = re.sub(r"([%_\\])", r"\\\1", words.lower())
    like = f"%{plain}%"
    wanted = [
        func.lower(Author.name).like(like, escape="\\"),
        func.lower(Author.handle).like(like, escape="\\"),
        Author.external_id == words,
    ]
    if words.removeprefix("#").isdecimal() and len(words) < 18:
        wanted.append(Author.id == int(words.removeprefix("#")))
    query = select(Author).where(or_(*wanted), _not_ours()).order_by(Author.id.desc())
    return list(session.scalars(query.limit(MOST_FOUND)))


def identities_of(session: Session, author_id: int) -> list[Author]:
    """List the authors that are one person, as somebody linked them; raises `NotFoundError`."""
    author = session.scalar(select(Author).where(Author.id == author_id, _not_ours()))
    if author is None:
        raise NotFoundError(f"there is no customer {author_id}")
    card = session.get(AuthorCard, author_id)
    if card is None or card.person_id is None:
        return [author]
    linked = select(AuthorCard.author_id).where(AuthorCard.person_id == card.person_id)
    found = session.scalars(select(Author).where(Author.id.in_(linked)).order_by(Author.id))
    return [author, *(one for one in found if one.id != author_id)]


def person_of(session: Session, author_ids: Sequence[int]) -> Person:
    """Collect the cases and posts of these authors."""
    cases = list(
        session.scalars(
            select(Conversation.id).where(among(session, Conversation.author_id, author_ids))
        )
    )
    ours = among(session, Post.conversation_id, cases) & Post.from_us
    theirs = among(session, Post.author_id, author_ids)
    posts = list(session.scalars(select(Post.id).where(theirs | ours).order_by(Post.id)))
    return Person(tuple(author_ids), cases, posts)


def belongs(session: Session, table: Table, person: Person) -> ColumnElement[bool]:
    """Tell of a table's rows whether they are the person's."""
    own = {"authors": person.authors, "conversations": person.cases, "posts": person.posts}
    if table.name in own:
        return among(session, table.c.id, own[table.name])
    conditions: list[ColumnElement[bool]] = []
    for column, parent in ways(table):
        if parent.name in own:
            conditions.append(among(session, column, own[parent.name]))
        else:
            rows = select(*parent.primary_key.columns).where(belongs(session, parent, person))
            conditions.append(column.in_(rows))
    found: ColumnElement[bool] = or_(*conditions) if conditions else false()
    return found


def generic_tables() -> list[Table]:
    """List the tables whose rows are found by their foreign keys."""
    special = (*_ROOTS, *_SPECIAL)
    return [table_of(name) for name in PLACES if name not in special]


def holds_something(table: Table) -> ColumnElement[bool]:
    """Tell of a row whether anything is left in it that goes when its person is erased."""
    place = PLACES[table.name]
    if place.drop:
        return table.c[next(iter(table.primary_key.columns)).name].is_not(None)
    left = [_is_filled(table.c[name]) for name in place.blank]
    left += [table.c[name].not_like(f"{ERASED}%") for name in place.hashed]
    return or_(*left) if left else false()


def _is_filled(column: Column[Any]) -> ColumnElement[bool]:
    empty = empty_value(column)
    if isinstance(column.type, JSON):
        written = cast(column, TextType)
        return column.is_not(None) & written.not_in(("[]", "{}", "null"))
    if empty is None:
        return column.is_not(None)
    filled: ColumnElement[bool] = column != empty
    return filled


@cache
def _reached() -> frozenset[str]:
    """Name the tables from which a foreign key leads to a person, however far away."""
    found = set(_ROOTS)
    for table in Base.metadata.sorted_tables:
        if table.name in PLACES and any(
            key.column.table.name in found and key.column.table is not table
            for key in table.foreign_keys
        ):
            found.add(table.name)
    return frozenset(found)


@cache
def ways(table: Table) -> list[tuple[Column[Any], Table]]:
    """List the columns through which a table's rows hang on a person, with what they lead to."""
    return [
        (key.parent, key.column.table)
        for key in table.foreign_keys
        if key.column.table.name in _reached() and key.column.table is not table
    ]


def _not_ours() -> ColumnElement[bool]:
    ours = select(Account.id).where(
        Account.channel == Author.channel, Account.external_id == Author.external_id
    )
    return ~ours.exists()
