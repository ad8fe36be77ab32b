"""Bring posts from elsewhere into the inbox: resumable, and the same file twice adds nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.arrival.import_columns import Mapper, fingerprint
from tanggap.inbox.arrival.import_file import BadRow, ImportFile
from tanggap.inbox.clean import MAX_NAME
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk.types import IncomingPost
from tanggap.store import accounts, audit
from tanggap.store.accounts import Account
from tanggap.store.posts import TRIAGE_PENDING, Author, Post
from tanggap.store.storable import storable

IMPORT_CHANNEL = "import"
BATCH = 500
SOURCE = "import"


@dataclass(slots=True)
class ImportReport:
    """What an import did; `new` + `known` + bad rows are all the rows there were."""

    new: int = 0
    known: int = 0
    renamed: int = 0
    bad: list[BadRow] = field(default_factory=list)
    new_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database has under an id already."""

    author: str
    text: str
    metrics: Mapping[str, int]


def open_account(services: Services, channel: str, name: str) -> Account:
    """Find the account to import into by id, handle or name.

    On the channel `import`, behind which there is no platform, a missing one is made. Raises
    `NotFoundError` for any other channel.
    """
    with services.database.write() as session:
        known = session.scalars(select(Account).where(Account.channel == channel)).all()
        wanted = name.removeprefix("@").lower()
        for account in known:
            if wanted in (
                account.external_id.lower(),
                account.handle.lower(),
                account.name.lower(),
            ):
                return account
        if channel != IMPORT_CHANNEL:
            have = ", ".join(account.name for account in known) or "none yet"
            raise NotFoundError(f"no account {name!r} on {channel}; there is: {have}")
        return _make_account(session, name)


def _make_account(session: Session, name: str) -> Account:
    account = Account(
        channel=IMPORT_CHANNEL,
        external_id=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MAX_NAME] or "import",
        name=storable(name, MAX_NAME),
        state=accounts.ACTIVE,
        config={},
    )
    session.add(account)
    session.flush()
    audit.record(session, "account.created", "account", account.id, detail={"name": name})
    return account


def import_posts(
    services: Services,
    account_id: int,
    file: ImportFile,
    mapper: Mapper,
    progress: Callable[[ImportReport], None],
) -> ImportReport:
    """Store every usable row in transactions of a few hundred; call `progress` after each."""
    report = ImportReport()
    rows = (row if isinstance(row, BadRow) else mapper.post(row) for row in file.rows())
    for batch in _batches(rows):
        report.bad.extend(row for row in batch if isinstance(row, BadRow))
        posts = [row for row in batch if isinstance(row, IncomingPost)]
        with services.database.write() as session:
            _import_batch(session, accounts.account_by_id(session, account_id), posts, report)
        progress(report)
    with services.database.write() as session:
        detail = {"new": report.new, "known": report.known, "bad": len(report.bad)}
        audit.record(session, "posts.imported", "account", account_id, detail=detail)
    return report


def count_waiting(session: Session) -> int:
    """Count the posts that are still to be labelled."""
    query = select(func.count()).select_from(Post).where(Post.triage == TRIAGE_PENDING)
    return session.scalar(query) or 0


def _batches(rows: Iterator[IncomingPost | BadRow]) -> Iterator[list[IncomingPost | BadRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _import_batch(
    session: Session, account: Account, posts: Sequence[IncomingPost], report: ImportReport
) -> None:
    unique = _told_apart(session, account.id, posts, report)
    stored = _stored(session, account.id, unique)
    fresh = [
        post
        for post in unique
        if post.external_id not in stored or dict(post.metrics) != stored[post.external_id].metrics
    ]
    result = record_events(session, account, fresh, source=SOURCE)
    report.new += len(result.new_ids)
    report.known += len(posts) - len(result.new_ids)
    report.new_ids.extend(result.new_ids)


def _told_apart(
    session: Session, account_id: int, posts: Sequence[IncomingPost], report: ImportReport
) -> list[IncomingPost]:
    """Give a post an id of its own when another post has taken the one in the file.

    Tables glued together from several sources repeat ids; dropping such a row would lose a post.
    It is another post only when author and text both differ.
    """
    taken = _stored(session, account_id, posts)
    unique: dict[str, IncomingPost] = {}
    for post in posts:
        holder = taken.setdefault(post.external_id, _as_stored(post))
        if holder.author != post.author_id and holder.text != storable(post.text):
            own = fingerprint(post.author_id, post.posted_at, post.text)
            unique[own] = replace(post, external_id=own)
            report.renamed += 1
        else:
            unique.setdefault(post.external_id, post)
    return list(unique.values())


def _stored(session: Session, account_id: int, posts: Sequence[IncomingPost]) -> dict[str, _Stored]:
    rows = session.execute(
        select(Post.external_id, Author.external_id, Post.text, Post.metrics)
        .join(Author, Author.id == Post.author_id)
        .where(
            Post.account_id == account_id,
            Post.external_id.in_([post.external_id for post in posts]),
        )
    )
    return {id_: _Stored(author, text, metrics) for id_, author, text, metrics in rows}


def _as_stored(post: IncomingPost) -> _Stored:
    return _Stored(post.author_id, storable(post.text), dict(post.metrics))
