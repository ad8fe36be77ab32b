"""Take mails in: into their case, to a list where people decide, or aside; each exactly once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.inbox.mailbox.imap import Letter
from tanggap.inbox.mailbox.mail_addresses import LONGEST, hash_address, mask_address
from tanggap.inbox.mailbox.mail_legs import find_leg
from tanggap.inbox.mailbox.mail_reading import Reading, UnreadableMailError, key_of, read_mail
from tanggap.inbox.mailbox.mail_setup import is_own_address
from tanggap.inbox.posts.mail_posts import add_post
from tanggap.inbox.sending.mail_outbox import bounced, note_arrival
from tanggap.inbox.services import Services
from tanggap.store import mails
from tanggap.store.base import utcnow
from tanggap.store.mails import INCOMING, OUTGOING, Mail, Mailbox, MailFile, MailLeg
from tanggap.store.replies import UNKNOWN, ReplyRow
from tanggap.store.sql import among

log = structlog.get_logger(__name__)

FLOOD: Final = 30
WITHIN: Final = timedelta(hours=1)
KNOWN: Final = "known"


def take_in(services: Services, mailbox_id: int, letter: Letter) -> str:
    """Take one letter of a folder in, and move the folder's mark; tells what it was taken for."""
    reading = _read(letter)
    with services.database.write() as session:
        mailbox = session.get_one(Mailbox, mailbox_id, with_for_update=True)
        mailbox.last_uid = max(mailbox.last_uid, letter.uid)
        key = reading.key if reading is not None else key_of(letter.raw)
        if session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
            return KNOWN
        kind = _take(services, session, mailbox, letter, reading)
    log.info("mail taken in", kind=kind, size=letter.size)
    return kind


def keep_broken(services: Services, mailbox_id: int, letter: Letter) -> str:
    """Keep a letter that could not be taken in, and move the folder's mark past it."""
    with services.database.write() as session:
        mailbox = session.get_one(Mailbox, mailbox_id, with_for_update=True)
        mailbox.last_uid = max(mailbox.last_uid, letter.uid)
        row = new_mail(services, letter, None)
        row.kind, row.mailbox_id = mails.UNREADABLE, mailbox.id
        if session.scalar(select(Mail.id).where(Mail.key == row.key)) is None:
            _set_aside(services, session, letter, row, None)
    return mails.UNREADABLE


def _read(letter: Letter) -> Reading | None:
    try:
        return read_mail(letter.raw)
    except UnreadableMailError as error:
        log.warning("mail cannot be read", reason=str(error))
        return None


def _take(
    services: Services,
    session: Session,
    mailbox: Mailbox,
    letter: Letter,
    reading: Reading | None,
) -> str:
    row = new_mail(services, letter, reading)
    row.mailbox_id = mailbox.id
    if reading is None:
        row.kind = mails.UNREADABLE
        _set_aside(services, session, letter, row, None)
        return row.kind
    leg = find_leg(session, reading)
    row.kind = _kind(session, letter, reading, leg)
    if row.kind == mails.ANSWER and leg is not None:
        leg.mailbox_id = mailbox.id  # answers leave from where the customer wrote to
        put_into_case(services, session, row, reading, leg)
    elif row.kind == mails.BOUNCE:
        _note_bounce(session, row, reading, leg)
    else:
        _set_aside(services, session, letter, row, leg)
    return row.kind


def _kind(session: Session, letter: Letter, reading: Reading, leg: MailLeg | None) -> str:
    """Tell what a mail is; the first that fits holds."""
    own = is_own_address(session, reading.sender)
    found = (
        (own or _is_ours(session, reading), mails.LOOP),
        (reading.bounce is not None, mails.BOUNCE),
        (reading.automatic, mails.AUTOMATIC),
        (not letter.whole, mails.TOO_LARGE),
        (leg is None, mails.UNKNOWN),
        (leg is not None and _floods(session, leg), mails.FLOOD),
    )
    return next((kind for fits, kind in found if fits), mails.ANSWER)


def _is_ours(session: Session, reading: Reading) -> bool:
    """Tell whether a mail of ours came back as it was."""
    ours = select(Mail.id).where(
        Mail.message_id == reading.message_id, Mail.direction == OUTGOING, Mail.message_id != ""
    )
    return session.scalar(ours) is not None


def _floods(session: Session, leg: MailLeg) -> bool:
    lately = select(func.count()).where(
        Mail.conversation_id == leg.conversation_id,
        Mail.direction == INCOMING,
        Mail.received_at > utcnow() - WITHIN,
    )
    return (session.scalar(lately) or 0) >= FLOOD


def new_mail(services: Services, letter: Letter, reading: Reading | None) -> Mail:
    """Make the row of a mail that came in."""
    if reading is None:
        return Mail(
            key=key_of(letter.raw),
            direction=INCOMING,
            sealed_sender=services.vault.seal({"address": ""}),
            size=letter.size,
            at=utcnow(),
        )
    sender = reading.sender[:LONGEST]
    return Mail(
        key=reading.key,
        message_id=reading.message_id,
        direction=INCOMING,
        sealed_sender=services.vault.seal({"address": sender}),
        sender_hash=hash_address(sender, services.keys.secret_key),
        sender_hint=mask_address(sender),
        sender_name=reading.sender_name,
        subject=reading.subject,
        text=reading.text,
        quoted=reading.quoted,
        left_out=list(reading.left_out),
        size=letter.size,
        at=reading.at,
    )


def put_into_case(
    services: Services, session: Session, row: Mail, reading: Reading, leg: MailLeg
) -> None:
    """Make a mail the customer's next post in the case of this leg, files and all."""
    _prove_arrivals(session, reading)
    post = add_post(
        session,
        leg.conversation_id,
        key=row.key,
        text=reading.text or reading.subject,
        at=reading.at,
        from_us=False,
    )
    row.kind, row.state = mails.ANSWER, mails.DONE
    row.conversation_id, row.post_id = leg.conversation_id, post.id
    row.other_sender = row.sender_hash != leg.address_hash
    row.raw = None
    session.add(row)
    session.flush()
    for file in reading.files:
        session.add(
            MailFile(
                mail_id=row.id,
                name=file.name,
                content_type=file.content_type,
                size=len(file.content),
                sealed=services.vault.seal_bytes(file.content),
            )
        )


def _prove_arrivals(session: Session, reading: Reading) -> None:
    """Whoever answers a mail has it: none of those is of unknown outcome any more."""
    if not reading.named:
        return
    waiting = session.scalars(
        select(ReplyRow)
        .join(Mail, Mail.reply_id == ReplyRow.id)
        .where(among(session, Mail.message_id, reading.named), ReplyRow.state == UNKNOWN)
    )
    for reply in waiting.all():
        note_arrival(session, reply)


def _note_bounce(session: Session, row: Mail, reading: Reading, leg: MailLeg | None) -> None:
    """Fail the answer that came back; a report on a mere delay changes nothing."""
    row.state = mails.DONE
    row.conversation_id = leg.conversation_id if leg is not None else None
    session.add(row)
    reply = session.scalars(
        select(ReplyRow)
        .join(Mail, Mail.reply_id == ReplyRow.id)
        .where(among(session, Mail.message_id, reading.named))
        .limit(1)
    ).first()
    if reading.bounce is None or not reading.bounce.failed:
        return
    if reply is None:
        row.state = mails.WAITING if leg is None else mails.DONE
        return
    bounced(session, reply, f"{reading.bounce.status} {reading.bounce.words}".strip())


def _set_aside(
    services: Services, session: Session, letter: Letter, row: Mail, leg: MailLeg | None
) -> None:
    """Keep a mail that is no customer's answer; people decide on it unless nobody need to."""
    kind = row.kind
    settled = kind == mails.LOOP or (kind == mails.AUTOMATIC and leg is not None)
    row.state = mails.DONE if settled else mails.WAITING
    row.conversation_id = leg.conversation_id if leg is not None else None
    row.raw = None if settled else services.vault.seal_bytes(letter.raw)
    session.add(row)
