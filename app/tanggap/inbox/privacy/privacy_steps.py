"""The steps of an erasure: what each place loses. Each may be repeated and then finds nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from tanggap.inbox.privacy_person import (
    ERASED,
    Person,
    belongs,
    generic_tables,
    holds_something,
)
from tanggap.inbox.privacy_places import PLACES, empty_value, table_of
from tanggap.inbox.suppression import hashed, key_hint
from tanggap.store.audit import AuditEntry, Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.deliveries import DEAD, DONE, PENDING, Delivery
from tanggap.store.posts import TRIAGE_DONE, TRIAGE_PENDING, Author, Post
from tanggap.store.privacy import Suppression
from tanggap.store.replies import QUEUED, SENDING, UNDONE, UNKNOWN, ReplyRow
from tanggap.store.rules import NamedList
from tanggap.store.sql import among, dialect_of, insert_rows, update_rows

SHORTEST_ID: Final = 4
"""Characters; shorter ids would be found in nearly every payload."""

_GONE: Final = "the raw payload was removed, because somebody in it was erased"
_NAME: Final = re.compile(r"[a-z0-9_.:-]{1,40}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person was on a platform."""

    channel: str
    external_id: str
    handle: str = ""


Step = Callable[[Session, Person, Sequence[Identity]], int]


def tables() -> list[Table]:
    """List the tables that lose something and are found by their foreign keys."""
    return [
        table for table in generic_tables() if PLACES[table.name].drop or PLACES[table.name].blank
    ]


def count(session: Session, person: Person, names: Sequence[Identity]) -> dict[str, int]:
    """Count by place what an erasure would reach; places that hold nothing are left out."""
    wanted: dict[str, tuple[Table, ColumnElement[bool]]] = {
        table.name: (table, and_(belongs(session, table, person), holds_something(table)))
        for table in (*tables(), *map(table_of, ("authors", "conversations", "posts")))
    }
    wanted["deliveries"] = (table_of("deliveries"), _payloads(session, person, names))
    found = {
        name: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for name, (table, condition) in wanted.items()
    }
    found["named_lists"] = len(_lists(session, names))
    found["audit_entries"] = len(_wordy_entries(session, person, _words_of(names)))
    return {name: number for name, number in found.items() if number}


def forget_identity(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Take the names off the author's rows, and know them by hashes from then on."""
    del names
    rows = list(session.scalars(select(Author).where(Author.id.in_(person.authors))))
    now, done = utcnow(), 0
    for author in rows:
        if author.external_id.startswith(ERASED):
            continue
        done += 1
        author.external_id = hashed(session, author.channel, author.external_id)
        author.name = author.handle = ""
        author.avatar_url, author.followers, author.verified = None, None, False
        author.purged_at, author.looked_up_at = now, now
        value = {
            "channel": author.channel,
            "id_hash": author.external_id.removeprefix(ERASED),
            "key_hint": key_hint(session),
            "author_id": author.id,
            "created_at": now,
        }
        insert_rows(session, Suppression, [value], key=("channel", "id_hash"))
    return done


def call_off(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Stop answers that are still on their way: an emptied one must not be sent."""
    del names
    stopped = session.execute(
        update(ReplyRow)
        .where(
            among(session, ReplyRow.conversation_id, person.cases),
            ReplyRow.state.in_((QUEUED, SENDING, UNKNOWN)),
        )
        .values(state=UNDONE, error_code="erased")
        .returning(ReplyRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(stopped.all())


def table_step(table: Table) -> Step:
    """Make the step of one table."""
    place = PLACES[table.name]

    def run(session: Session, person: Person, names: Sequence[Identity]) -> int:
        del names
        mine = and_(belongs(session, table, person), holds_something(table))
        keys = list(table.primary_key.columns)
        rows = [tuple(row) for row in session.execute(select(*keys).where(mine))]
        if not rows:
            return 0
        if len(keys) == 1:
            those = among(session, keys[0], [row[0] for row in rows])
        else:
            those = tuple_(*keys).in_(rows)
        if place.drop:
            session.execute(delete(table).where(those))
        else:
            empty = {name: empty_value(table.c[name]) for name in place.blank}
            session.execute(update(table).where(those).values(empty))
        return len(rows)

    return run


def empty_cases(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Empty the lines that lists show of cases, and hash what their threads are called."""
    del names
    rows = session.execute(
        select(Conversation.id, Conversation.channel, Conversation.thread_id).where(
            among(session, Conversation.id, person.cases),
            holds_something(table_of("conversations")),
        )
    ).all()
    changed = [
        {"id": row.id, "snippet": "", "thread_id": hashed(session, row.channel, row.thread_id)}
        for row in rows
    ]
    update_rows(session, Conversation, changed)
    session.add_all(Change(conversation_id=row.id, kind="post_purged") for row in rows)
    return len(rows)


def empty_posts(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Empty posts, theirs and ours to them; the search index follows by itself."""
    del names
    rows = session.execute(
        select(Post.id, Author.channel, Post.external_id, Post.thread_id, Post.triage)
        .join(Author, Author.id == Post.author_id)
        .where(among(session, Post.id, person.posts), holds_something(table_of("posts")))
    ).all()
    now = utcnow()
    empty = {name: empty_value(table_of("posts").c[name]) for name in PLACES["posts"].blank}
    changed: list[dict[str, Any]] = [
        {
            "id": row.id,
            **empty,
            "external_id": hashed(session, row.channel, row.external_id),
            "thread_id": hashed(session, row.channel, row.thread_id),
            "triage": TRIAGE_DONE if row.triage == TRIAGE_PENDING else row.triage,
            "purged_at": now,
        }
        for row in rows
    ]
    update_rows(session, Post, changed)
    return len(rows)


def empty_deliveries(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Empty the raw payloads in which the person stands, dead letters included."""
    ids = list(session.scalars(select(Delivery.id).where(_payloads(session, person, names))))
    values = {"body": b"", "headers": {}, "query": {}, "error": ""}
    waiting = among(session, Delivery.id, ids) & Delivery.state.in_((PENDING, DEAD))
    session.execute(update(Delivery).where(waiting).values(state=DEAD, **values | {"error": _GONE}))
    rest = among(session, Delivery.id, ids) & (Delivery.state == DONE)
    session.execute(update(Delivery).where(rest).values(**values))
    return len(ids)


def leave_lists(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Take the person's handles off the lists that rules read."""
    del person
    wanted = {name.handle.casefold() for name in names if name.handle}
    found = _lists(session, names)
    for row in found:
        row.entries = [
            entry for entry in row.entries if str(entry).casefold().removeprefix("@") not in wanted
        ]
        row.updated_at = utcnow()
    return len(found)


def empty_audit(session: Session, person: Person, names: Sequence[Identity]) -> int:
    """Take the words out of audit entries about the person; who did what and when stays."""
    words = _words_of(names)
    found = _wordy_entries(session, person, words)
    for entry in found:
        entry.detail = _without_words(entry.detail, words)
    return len(found)


def hashed_identities(session: Session, identities: Sequence[Any]) -> list[Any]:
    """Name identities by their platform and hash alone."""
    return [
        {"platform": channel, "hash": hashed(session, channel, external_id).removeprefix(ERASED)}
        for channel, external_id, _ in identities
    ]


def _payloads(session: Session, person: Person, names: Sequence[Identity]) -> ColumnElement[bool]:
    """Tell of deliveries whether the person's posts came in them, or their id stands in them."""
    came = select(Post.delivery_id).where(among(session, Post.id, person.posts))
    inside: list[ColumnElement[bool]] = [Delivery.id.in_(came)]
    for name in names:
        if len(name.external_id) < SHORTEST_ID or name.external_id.startswith(ERASED):
            continue
        needle = name.external_id.encode("utf-8", "surrogatepass")
        place: ColumnElement[int] = (
            func.instr(Delivery.body, needle)
            if dialect_of(session) == "sqlite"
            else func.position(literal(needle).op("IN")(Delivery.body))
        )
        inside.append(and_(Delivery.channel == name.channel, place > 0))
    return and_(Delivery.body != b"", or_(*inside))


def _lists(session: Session, names: Sequence[Identity]) -> list[NamedList]:
    wanted = {name.handle.casefold() for name in names if name.handle}
    return [
        row
        for row in session.scalars(select(NamedList).order_by(NamedList.id))
        if any(str(entry).casefold().removeprefix("@") in wanted for entry in row.entries)
    ]


def entries_about(session: Session, person: Person) -> list[AuditEntry]:
    """List the audit entries about a person, their cases, posts and answers."""
    replies = select(ReplyRow.id).where(among(session, ReplyRow.conversation_id, person.cases))
    about = {
        "author": [str(one) for one in person.authors],
        "conversation": [str(one) for one in person.cases],
        "post": [str(one) for one in person.posts],
        "reply": [str(one) for one in session.scalars(replies)],
    }
    conditions = [
        and_(AuditEntry.object_type == kind, among(session, AuditEntry.object_id, ids))
        for kind, ids in about.items()
        if ids
    ]
    if not conditions:
        return []
    query = select(AuditEntry).where(or_(*conditions)).order_by(AuditEntry.id)
    return list(session.scalars(query))


def _words_of(names: Sequence[Identity]) -> frozenset[str]:
    return frozenset(
        word.casefold() for name in names for word in (name.handle, name.external_id) if word
    )


def _wordy_entries(session: Session, person: Person, words: frozenset[str]) -> list[AuditEntry]:
    found = entries_about(session, person)
    return [entry for entry in found if _without_words(entry.detail, words) != entry.detail]


def _without_words(value: Any, words: frozenset[str]) -> Any:
    """Keep figures, flags and names of states; take out whatever somebody may have written."""
    if isinstance(value, dict):
        return {key: _without_words(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_words(one, words) for one in value]
    if isinstance(value, str) and (value.casefold() in words or not _NAME.fullmatch(value)):
        return ""
    return value
