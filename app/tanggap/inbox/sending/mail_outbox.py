"""Bring answers by e-mail on their way once, whatever breaks meanwhile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.cases import wishes
from tanggap.inbox.mailbox import mail
from tanggap.inbox.mailbox.mail import MailError, MailServer
from tanggap.inbox.mailbox.mail_addresses import mask_address
from tanggap.inbox.mailbox.mail_legs import address_of, leg_of, mailbox_of_leg
from tanggap.inbox.mailbox.mail_reading import key_of
from tanggap.inbox.mailbox.mail_setup import servers_of
from tanggap.inbox.mailbox.mail_writing import REFERENCES_MOST, Outgoing, write_mail
from tanggap.inbox.posts.mail_posts import add_post, remove_post
from tanggap.inbox.sending import outbox_results as results
from tanggap.inbox.sending.attachments import outgoing
from tanggap.inbox.services import Services
from tanggap.plugins import observers
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import INCOMING, OUTGOING, Mail, Mailbox, MailLeg
from tanggap.store.replies import QUEUED, SENDING, SENT, UNKNOWN, ReplyRow
from tanggap.store.users import User

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
BOUNCED: Final = "bounced"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail that is about to leave, and the server that takes it."""

    reply_id: int
    message: EmailMessage
    sender: str
    to: str
    server: MailServer


def work_on(services: Services, reply_id: int) -> None:
    """Send a queued answer; one of unknown outcome waits for a person, for nobody can be asked."""
    envelope = _claim(services, reply_id)
    if envelope is None:
        _give_to_person(services, reply_id)
        return
    try:
        mail.deliver(envelope.server, envelope.message, envelope.sender, [envelope.to])
    except MailError as error:
        _failed(services, reply_id, error)
    else:
        arrived(services, reply_id)


def arrived(services: Services, reply_id: int) -> None:
    """Note that the mail server took the mail, and show it in the case."""
    with services.database.write() as session:
        row = session.get_one(ReplyRow, reply_id, with_for_update=True)
        told = note_arrival(session, row) if row.state in (SENDING, UNKNOWN) else None
    if told is not None:
        observers.reply_sent(services.registry, *told)


def note_arrival(session: Session, row: ReplyRow) -> results.Told:
    """Make a mail that was taken a post of ours; the customer's answer proves it as well."""
    sent = session.scalars(select(Mail).where(Mail.reply_id == row.id)).one()
    post = add_post(
        session, row.conversation_id, key=sent.key, text=row.text, at=utcnow(), from_us=True
    )
    sent.post_id = row.post_id = post.id
    row.external_id = post.external_id
    row.error = row.error_code = ""
    return results.finish(session, row)


def bounced(session: Session, row: ReplyRow, words: str) -> None:
    """Fail an answer that came back: nobody was answered."""
    if row.state not in (SENT, SENDING, UNKNOWN):
        return
    if row.post_id is not None:
        post_id, row.post_id = row.post_id, None
        session.flush()
        remove_post(session, post_id)
    results.fail(session, row, BOUNCED, words or "the mail came back")


def _claim(services: Services, reply_id: int) -> Envelope | None:
    """Take a reply for this worker alone; commits before anything leaves the house."""
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(ReplyRow)
            .where(ReplyRow.id == reply_id, ReplyRow.state == QUEUED, ReplyRow.next_try_at <= now)
            .values(
                state=SENDING,
                claimed_until=now + LEASE,
                next_try_at=now + LEASE,
                attempts=ReplyRow.attempts + 1,
            )
            .returning(ReplyRow.id)
        ).first()
        if taken is None:
            return None
        row = session.get_one(ReplyRow, reply_id)
        row.first_tried_at = row.first_tried_at or now
        leg = leg_of(session, row.conversation_id)
        mailbox = mailbox_of_leg(session, leg) if leg is not None else None
        if mailbox is None or not mailbox.enabled or leg is None:
            results.fail(session, row, "no_mailbox", "the mailbox is switched off")
            return None
        case = session.get_one(Conversation, row.conversation_id)
        wish = wishes.refuse_sending(session, case, overrides_wish=row.overrides_wish)
        if wish is not None:
            results.fail(session, row, wishes.REASON, wish)
            return None
        try:
            return _pack(services, session, row, mailbox, leg)
        except MailError as error:
            problem = error
    _failed(services, reply_id, problem)
    return None


def _pack(
    services: Services, session: Session, row: ReplyRow, mailbox: Mailbox, leg: MailLeg
) -> Envelope:
    to = address_of(services, leg)
    letter = Outgoing(
        address=mailbox.address,
        company=mailbox.name or mailbox.address,
        agent=session.get_one(User, row.user_id).name,
        to=to,
        subject=leg.subject,
        token=leg.token,
        key=hashlib.sha256(row.idempotency_key.encode()).hexdigest()[:24],
        text=row.text,
        at=utcnow(),
        earlier=_earlier(session, row.conversation_id, row.id),
        plus_addresses=mailbox.plus_addresses,
        files=outgoing(services, session, row, None),
    )
    _note_sent(services, session, row, letter)
    server = servers_of(services, mailbox).smtp
    return Envelope(row.id, write_mail(letter), mailbox.address, to, server)


def _note_sent(services: Services, session: Session, row: ReplyRow, outgoing: Outgoing) -> None:
    """Know the mail from now on; it is the same one at every try."""
    key = key_of(b"", outgoing.message_id)
    if session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return
    session.add(
        Mail(
            key=key,
            message_id=outgoing.message_id,
            direction=OUTGOING,
            conversation_id=row.conversation_id,
            reply_id=row.id,
            sealed_sender=services.vault.seal({"address": outgoing.address}),
            sender_hint=mask_address(outgoing.to),
            subject=outgoing.subject,
            at=outgoing.at,
        )
    )


def _earlier(session: Session, conversation_id: int, reply_id: int) -> tuple[str, ...]:
    """List the Message-IDs of the thread so far, those that arrived, oldest first."""
    query = (
        select(Mail.message_id)
        .where(
            Mail.conversation_id == conversation_id,
            Mail.message_id != "",
            Mail.post_id.is_not(None),
            Mail.direction.in_((INCOMING, OUTGOING)),
            Mail.reply_id.is_(None) | (Mail.reply_id != reply_id),
        )
        .order_by(Mail.id.desc())
        .limit(REFERENCES_MOST)
    )
    return tuple(session.scalars(query))[::-1]


def _failed(services: Services, reply_id: int, error: MailError) -> None:
    """Decide by what the server said whether another try helps."""
    if error.unknown:
        results.unknown(services, reply_id, str(error))
        return
    if not error.for_good and error.code not in ("login", "private", "port", "plain"):
        results.backoff(services, reply_id, str(error))
        return
    with services.database.write() as session:
        row = session.get_one(ReplyRow, reply_id, with_for_update=True)
        results.fail(session, row, error.code or "refused", str(error))


def _give_to_person(services: Services, reply_id: int) -> None:
    with services.database.read() as session:
        row = session.get(ReplyRow, reply_id)
        waits = row is not None and row.state == UNKNOWN and row.next_try_at <= utcnow()
    if waits:
        words = "the mail server fell silent; ask the customer, or send it again"
        results.needs_person(services, reply_id, words)
