"""Read the mailbox again and again; what was taken in is never taken in twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from tanggap.inbox.arrival.mail_intake import keep_broken, take_in
from tanggap.inbox.mailbox.imap import Imap, Letter, open_imap
from tanggap.inbox.mailbox.mail import MailError
from tanggap.inbox.mailbox.mail_setup import servers_of
from tanggap.inbox.services import Services
from tanggap.store import mails
from tanggap.store.base import utcnow
from tanggap.store.mails import Mailbox

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=30)
AFTER_TROUBLE: Final = timedelta(minutes=5)
LEASE: Final = timedelta(minutes=10)
BATCH: Final = 50


def due_mailboxes(services: Services) -> list[int]:
    """List the mailboxes that have not been read for a while."""
    now = utcnow()
    with services.database.read() as session:
        return list(
            session.scalars(
                select(Mailbox.id).where(
                    Mailbox.enabled,
                    or_(Mailbox.polled_at.is_(None), Mailbox.polled_at < now - EVERY),
                    or_(Mailbox.problem_at.is_(None), Mailbox.problem_at < now - AFTER_TROUBLE),
                    or_(Mailbox.poll_claimed_until.is_(None), Mailbox.poll_claimed_until < now),
                )
            )
        )


def poll_mailbox(services: Services, mailbox_id: int) -> int:
    """Take in what is new in a mailbox; counts the answers of customers."""
    mailbox = _claim(services, mailbox_id)
    if mailbox is None:
        return 0
    try:
        with open_imap(servers_of(services, mailbox).imap, mailbox.folder) as imap:
            answers = _drain(services, mailbox, imap)
    except MailError as error:
        _finish(services, mailbox, problem=error)
        return 0
    except BaseException:
        _finish(services, mailbox)
        raise
    _finish(services, mailbox)
    return answers


def _drain(services: Services, mailbox: Mailbox, imap: Imap) -> int:
    last = _mark(services, mailbox, imap)
    answers = 0
    for letter in imap.letters_after(last, BATCH):
        answers += _take_in(services, mailbox.id, letter) == mails.ANSWER
    return answers


def _take_in(services: Services, mailbox_id: int, letter: Letter) -> str:
    """Take a letter in; one that breaks something is kept for people and stops no other."""
    try:
        return take_in(services, mailbox_id, letter)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("mail could not be taken in", uid=letter.uid)
        return keep_broken(services, mailbox_id, letter)


def _mark(services: Services, mailbox: Mailbox, imap: Imap) -> int:
    """Tell after which message to read on.

    A mailbox that was never read is read from its present end. When a server numbers its messages
    anew all of them are looked at again, and those that are known are passed over.
    """
    if mailbox.uid_validity == imap.uid_validity:
        return mailbox.last_uid
    begins = max(imap.next_uid - 1, 0) if mailbox.uid_validity is None else 0
    with services.database.write() as session:
        row = session.get_one(Mailbox, mailbox.id)
        row.uid_validity, row.last_uid = imap.uid_validity, begins
    return begins


def _claim(services: Services, mailbox_id: int) -> Mailbox | None:
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(Mailbox)
            .where(
                Mailbox.id == mailbox_id,
                Mailbox.enabled,
                or_(Mailbox.poll_claimed_until.is_(None), Mailbox.poll_claimed_until < now),
            )
            .values(poll_claimed_until=now + LEASE)
            .returning(Mailbox.id)
        ).first()
        return session.get_one(Mailbox, mailbox_id) if taken else None


def _finish(services: Services, claimed: Mailbox, problem: MailError | None = None) -> None:
    """Give the claim back; what was found is not said of settings saved in the meantime."""
    with services.database.write() as session:
        row = session.get_one(Mailbox, claimed.id)
        if row.poll_claimed_until != claimed.poll_claimed_until:
            return
        row.poll_claimed_until, row.polled_at = None, utcnow()
        if problem is not None and not row.problem:
            log.warning("mailbox cannot be read", reason=str(problem))
        if problem is None and row.problem:
            log.info("mailbox can be read again")
        row.problem = f"{problem.code}: {problem}" if problem is not None else ""
        row.problem_at = utcnow() if problem is not None else None
