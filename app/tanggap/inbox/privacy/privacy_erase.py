"""Erase a person everywhere: asked for, carried out as a job, told in a certificate.

Figures stay, words and identities go. Every step is one short transaction that may be repeated, so
that a worker that dies leaves the rest to the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.privacy import privacy_steps as steps
from tanggap.inbox.privacy.privacy_certificate import certify
from tanggap.inbox.privacy_person import ERASED, identities_of, person_of, refuse_limited
from tanggap.inbox.services import Services
from tanggap.inbox.suppression import hashed
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.posts import Author
from tanggap.store.privacy import DONE, FAILED, QUEUED, RUNNING, Erasure
from tanggap.store.sql import erase_traces
from tanggap.store.users import User

log = structlog.get_logger(__name__)

CLAIM: Final = timedelta(minutes=10)
ROUNDS: Final = 3
"""How often it is begun anew where something came in meanwhile."""


class UnderWayError(ConflictError):
    """The same person is being erased already."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be erased, what of them there is by place, and what has to be typed."""

    authors: list[Author]
    counts: dict[str, int]
    phrase: str


def preview(session: Session, author_id: int) -> Preview:
    """Tell what an erasure would reach; raises `NotFoundError`."""
    refuse_limited()
    authors = identities_of(session, author_id)
    person = person_of(session, [author.id for author in authors])
    names = [steps.Identity(a.channel, a.external_id, a.handle) for a in authors]
    return Preview(authors, steps.count(session, person, names), phrase_of(authors[0]))


def phrase_of(author: Author) -> str:
    """Give what has to be typed before a person is erased."""
    return author.handle or author.name or f"#{author.id}"


def request(
    services: Services, author_id: int, *, typed: str, user_id: int | None, reason: str = ""
) -> int:
    """Ask for an erasure and give its number; raises `ConflictError` for another phrase."""
    refuse_limited()
    with services.database.write() as session:
        found = preview(session, author_id)
        if typed.strip().removeprefix("@") != found.phrase.removeprefix("@"):
            raise ConflictError(
                f"nothing was erased: type {found.phrase} exactly as it stands to confirm"
            )
        ids = [author.id for author in found.authors]
        if any(set(ids) & set(row.author_ids) for row in unfinished(session)):
            raise UnderWayError("this person is being erased already; see its progress")
        user = session.get(User, user_id) if user_id is not None else None
        row = Erasure(
            author_ids=ids,
            identities=[[a.channel, a.external_id, a.handle] for a in found.authors],
            user_id=user_id,
            asked_by=f"{user.name} <{user.email}>" if user is not None else "command line",
            reason=reason.strip()[:500],
            before=found.counts,
            all_steps=len(_steps()),
        )
        session.add(row)
        session.flush()
        audit.record(
            session,
            "privacy.erasure_asked",
            "erasure",
            row.id,
            user_id=user_id,
            detail={"authors": len(ids)},
        )
        return row.id


def ask_again(services: Services, known: Collection[tuple[str, str]]) -> list[int]:
    """Ask anew for the erasure of people whom certificates name by platform and hash.

    After a backup was restored they are back. Gives the numbers of the erasures.
    """
    refuse_limited()
    with services.database.read() as session:
        channels = {channel for channel, _ in known}
        query = select(Author).where(Author.channel.in_(channels)).order_by(Author.id)
        back = [
            (author.id, phrase_of(author))
            for author in session.scalars(query)
            if not author.external_id.startswith(ERASED)
            and (author.channel, _hash(session, author)) in known
        ]
    numbers = []
    for author_id, phrase in back:
        try:
            number = request(services, author_id, typed=phrase, user_id=None, reason="restored")
        except UnderWayError:
            continue  # one person with the one before
        numbers.append(number)
    return numbers


def _hash(session: Session, author: Author) -> str:
    return hashed(session, author.channel, author.external_id).removeprefix(ERASED)


def unfinished(session: Session) -> list[Erasure]:
    """List the erasures that are under way."""
    query = select(Erasure).where(Erasure.state.in_((QUEUED, RUNNING))).order_by(Erasure.id)
    return list(session.scalars(query))


def due(services: Services) -> list[int]:
    """List the erasures that nobody is at."""
    now = utcnow()
    with services.database.read() as session:
        return [
            row.id
            for row in unfinished(session)
            if row.claimed_until is None or row.claimed_until < now
        ]


def erasure_by_id(session: Session, erasure_id: int) -> Erasure:
    """Load an erasure; raises `NotFoundError`."""
    row = session.get(Erasure, erasure_id)
    if row is None:
        raise NotFoundError(f"there is no erasure {erasure_id}")
    return row


def work_on(services: Services, erasure_id: int) -> None:
    """Carry an erasure out, unless somebody else is at it or it is done."""
    with services.database.write() as session:
        row = session.get(Erasure, erasure_id, with_for_update=True)
        now = utcnow()
        busy = row is not None and row.claimed_until is not None and row.claimed_until > now
        if row is None or row.state in (DONE, FAILED) or busy:
            return
        row.state, row.claimed_until = RUNNING, now + CLAIM
    try:
        for _ in range(ROUNDS):
            if not _round(services, erasure_id):
                break
    except Exception as error:
        _note(services, erasure_id, claimed_until=None, error=f"{type(error).__name__}: {error}")
        raise
    _finish(services, erasure_id)


def _round(services: Services, erasure_id: int) -> int:
    """Do every step once; tells how much is left."""
    while receive_pending(services):
        pass
    for number, (name, step) in enumerate(_steps()):
        _note(services, erasure_id, step=name, done_steps=number, claimed_until=utcnow() + CLAIM)
        with services.database.write() as session:
            row = erasure_by_id(session, erasure_id)
            done = step(session, row)
            if done:
                row.counts = {**row.counts, name: row.counts.get(name, 0) + done}
    with services.database.write() as session:
        erase_traces(session)
    services.database.truncate_log()
    with services.database.read() as session:
        return sum(_left(session, erasure_by_id(session, erasure_id)).values())


def _steps() -> list[tuple[str, Callable[[Session, Erasure], int]]]:
    """List what is done, the identity first: nothing that comes in after it can bring it back."""
    return [
        ("authors", _of(steps.forget_identity)),
        ("outbox", _of(steps.call_off)),
        ("deliveries", _of(steps.empty_deliveries)),
        ("named_lists", _of(steps.leave_lists)),
        ("audit_entries", _of(steps.empty_audit)),
        *((table.name, _of(steps.table_step(table))) for table in steps.tables()),
        ("conversations", _of(steps.empty_cases)),
        ("posts", _of(steps.empty_posts)),
    ]


def _of(step: steps.Step) -> Callable[[Session, Erasure], int]:
    def run(session: Session, row: Erasure) -> int:
        names = [steps.Identity(*one) for one in row.identities]
        return step(session, person_of(session, row.author_ids), names)

    return run


def _left(session: Session, row: Erasure) -> Counter[str]:
    names = [steps.Identity(*one) for one in row.identities]
    return Counter(steps.count(session, person_of(session, row.author_ids), names))


def _finish(services: Services, erasure_id: int) -> None:
    with services.database.write() as session:
        row = erasure_by_id(session, erasure_id)
        left = {name: number for name, number in _left(session, row).items() if number}
        row.left, row.finished_at, row.claimed_until = left, utcnow(), None
        row.identities = steps.hashed_identities(session, row.identities)
        row.state, row.step, row.done_steps = (FAILED if left else DONE), "", row.all_steps
        row.error = "something came back while it ran; ask for it again" if left else ""
        certify(services, row)
        audit.record(
            session,
            "privacy.erased",
            "erasure",
            row.id,
            user_id=row.user_id,
            detail={"counts": dict(row.counts), "left": left, "digest": row.digest},
        )
    log.info("person erased", erasure=erasure_id, **{f"rows_{k}": v for k, v in row.counts.items()})


def _note(services: Services, erasure_id: int, **values: Any) -> None:
    with services.database.write() as session:
        row = erasure_by_id(session, erasure_id)
        for name, value in values.items():
            setattr(row, name, value)
