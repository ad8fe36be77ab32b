"""Mails that found no case by themselves: people read them and put them where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.arrival.mail_intake import put_into_case
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.mailbox.mail_addresses import hash_address
from tanggap.inbox.mailbox.mail_legs import SUBJECT_LONGEST, go_on_by_mail, leg_of, legs_of_sender
from tanggap.inbox.mailbox.mail_reading import UnreadableMailError, read_mail
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import DISMISSED, WAITING, Mail, MailLeg

PAGE_SIZE: Final = 40
COUNT_CAP: Final = 100


class SettledError(ConflictError):
    """A colleague has decided on this mail already."""


class UnfitMailError(ConflictError):
    """Nothing of the mail can be read, so it cannot stand in a case."""


@dataclass(frozen=True, slots=True)
class Page:
    """Mails that wait, newest first; `after` leads to the next page, None on the last."""

    mails: Sequence[Mail]
    after: int | None


def list_waiting(session: Session, after: int | None = None) -> Page:
    """List what waits for somebody to decide."""
    query = select(Mail).where(Mail.state == WAITING).order_by(Mail.id.desc())
    if after is not None:
        query = query.where(Mail.id < after)
    found = list(session.scalars(query.limit(PAGE_SIZE + 1)))
    more = len(found) > PAGE_SIZE
    return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if more else None)


def waiting_query() -> Select[int]:
    """Build the query that counts what waits, up to the cap."""
    waiting = select(literal(1).label("one")).where(Mail.state == WAITING)
    return select(func.count()).select_from(waiting.limit(COUNT_CAP).subquery())


def read_stray(session: Session, mail_id: int) -> Mail:
    """Load a mail that waits or waited; raises `NotFoundError`."""
    mail = session.get(Mail, mail_id)
    if mail is None:
        raise NotFoundError(f"there is no mail {mail_id}")
    return mail


def sender_of(services: Services, mail: Mail) -> str:
    """Open the address that a mail says it is from."""
    return str(services.vault.open(mail.sealed_sender)["address"])


def likely_cases(services: Services, session: Session, mail: Mail) -> list[MailLeg]:
    """List the cases that go on with the mail's sender; people decide whether it is one of them."""
    sender = sender_of(services, mail)
    return legs_of_sender(services, session, sender) if sender else []


def put_in_case(
    services: Services, session: Session, mail_id: int, conversation_id: int, user_id: int
) -> None:
    """Make a mail the customer's post in a case, and its sender whom the case goes on with.

    Raises `SettledError` where a colleague was faster, and `UnfitMailError`.
    """
    if session.get(Conversation, conversation_id) is None:
        raise missing(session, conversation_id)
    mail = _take(session, mail_id, user_id, "done")
    try:
        reading = read_mail(services.vault.open_bytes(mail.raw or b""))
    except UnreadableMailError as error:
        raise UnfitMailError(str(error)) from error
    leg = leg_of(session, conversation_id)
    known = hash_address(reading.sender, services.keys.secret_key)
    if leg is None or leg.address_hash != known:
        leg = go_on_by_mail(
            services,
            session,
            conversation_id,
            user_id,
            address=reading.sender,
            subject=_subject(reading.subject),
            mailbox_id=mail.mailbox_id,
        )
    put_into_case(services, session, mail, reading, leg)
    detail = {"conversation": conversation_id}
    audit.record(session, "mail.put_in_case", "mail", mail_id, user_id=user_id, detail=detail)


def dismiss(session: Session, mail_id: int, user_id: int) -> None:
    """Put a mail away that belongs to no case; what it was is forgotten but for its headline."""
    mail = _take(session, mail_id, user_id, DISMISSED)
    mail.raw, mail.quoted = None, ""
    audit.record(session, "mail.dismissed", "mail", mail_id, user_id=user_id)


def _subject(written: str) -> str:
    shown = "".join(sign for sign in written if sign.isprintable()).strip()
    return shown[:SUBJECT_LONGEST] or "-"


def _take(session: Session, mail_id: int, user_id: int, state: str) -> Mail:
    """Compare and set; the database decides who is first."""
    read_stray(session, mail_id)
    taken = session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == WAITING)
        .values(state=state, decided_by_id=user_id, decided_at=utcnow())
        .returning(Mail.id)
    ).first()
    if taken is None:
        raise SettledError(f"a colleague has decided on mail {mail_id} already")
    mail = session.get_one(Mail, mail_id)
    session.refresh(mail)
    return mail
