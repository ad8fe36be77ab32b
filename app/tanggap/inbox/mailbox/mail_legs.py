"""Cases that go on by e-mail: to which address, and how an answer finds its case again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import NotFoundError, ReplyRefusedError, TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.mailbox.mail_addresses import hash_address, mask_address, read_address
from tanggap.inbox.mailbox.mail_reading import Reading
from tanggap.inbox.mailbox.mail_setup import is_own_address, mailbox_for, mailbox_of
from tanggap.inbox.services import Services
from tanggap.sdk.types import Visibility
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation
from tanggap.store.mails import EMAIL, Mailbox, MailLeg
from tanggap.store.posts import Post
from tanggap.store.sql import among
from tanggap.store.storable import storable

Leg = Visibility | Literal["email"]
"""The ways to answer."""

LONGEST: Final = 20_000
SUBJECT_LONGEST: Final = 150
TOKEN_LENGTH: Final = 12
_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_IN_ID: Final = re.compile(r"<tg\.([a-z2-7]{12})\.")
_IN_ADDRESS: Final = re.compile(r"\+tg-([a-z2-7]{12})@", re.IGNORECASE)
_IN_SUBJECT: Final = re.compile(r"\[TG-([A-Z2-7]{12})\]", re.IGNORECASE)


class UnfitSubjectError(TanggapError):
    """A subject without words, or beyond all measure."""


def go_on_by_mail(
    services: Services,
    session: Session,
    conversation_id: int,
    user_id: int,
    *,
    address: str,
    subject: str,
    mailbox_id: int | None = None,
) -> MailLeg:
    """Let a case go on by e-mail to this address; another address begins a leg of its own.

    It goes on from the mailbox that is named, else from the one of the case's team. Raises
    `UnfitAddressError`, `UnfitSubjectError`, and `ReplyRefusedError` where no mailbox is in use.
    """
    case = session.get(Conversation, conversation_id)
    if case is None:
        raise missing(session, conversation_id)
    named = mailbox_of(session, mailbox_id) if mailbox_id is not None else None
    mailbox = _in_use(named or mailbox_for(session, case.team_id))
    to = read_address(address)
    about = storable(" ".join(subject.split()))
    if not 0 < len(about) <= SUBJECT_LONGEST or not about.isprintable():
        raise UnfitSubjectError("a subject has between 1 and 150 characters")
    if is_own_address(session, to):
        raise ReplyRefusedError("own_address", "This is the address that you write from.")
    known = hash_address(to, services.keys.secret_key)
    leg = leg_of(session, conversation_id)
    if leg is None or leg.address_hash != known:
        leg = MailLeg(
            conversation_id=conversation_id,
            mailbox_id=mailbox.id,
            token="".join(secrets.choice(_SIGNS) for _ in range(TOKEN_LENGTH)),
            sealed_address=services.vault.seal({"address": to}),
            address_hash=known,
            address_hint=mask_address(to),
            subject=about,
            created_by_id=user_id,
        )
        session.add(leg)
    leg.subject = about
    session.flush()
    _note_opened(session, leg, user_id)
    return leg


def _note_opened(session: Session, leg: MailLeg, user_id: int) -> None:
    session.add(Change(conversation_id=leg.conversation_id, kind="mail_leg"))
    audit.record(
        session,
        "mail_leg.opened",
        "conversation",
        leg.conversation_id,
        user_id=user_id,
        detail={"address": leg.address_hint, "subject": leg.subject},
    )


def leg_of(session: Session, conversation_id: int) -> MailLeg | None:
    """Give the address that a case goes on with by e-mail, if there is one."""
    return session.scalars(
        select(MailLeg)
        .where(MailLeg.conversation_id == conversation_id)
        .options(joinedload(MailLeg.created_by, innerjoin=True), joinedload(MailLeg.mailbox))
        .order_by(MailLeg.id.desc())
        .limit(1)
    ).first()


def address_of(services: Services, leg: MailLeg) -> str:
    """Open the address of a leg."""
    return str(services.vault.open(leg.sealed_address)["address"])


def reveal_address(services: Services, session: Session, conversation_id: int, user_id: int) -> str:
    """Give the address to somebody who wants to compare it; that they saw it is noted."""
    leg = leg_of(session, conversation_id)
    if leg is None:
        raise NotFoundError(f"conversation {conversation_id} does not go on by e-mail")
    audit.record(
        session, "mail_leg.address_shown", "conversation", conversation_id, user_id=user_id
    )
    return address_of(services, leg)


def refuse_mail(session: Session, conversation_id: int) -> None:
    """Raise `ReplyRefusedError` where a case cannot be answered by e-mail."""
    leg = leg_of(session, conversation_id)
    if leg is not None:
        _in_use(mailbox_of_leg(session, leg))
        return
    _in_use(mailbox_for(session, None))
    raise ReplyRefusedError("no_address", "Say first to which address this case goes on.")


def goes_by_mail(session: Session, conversation_id: int) -> bool:
    """Tell whether a case can be answered by e-mail."""
    leg = leg_of(session, conversation_id)
    mailbox = mailbox_of_leg(session, leg) if leg is not None else None
    return mailbox is not None and mailbox.enabled


def mailbox_of_leg(session: Session, leg: MailLeg) -> Mailbox | None:
    """Give the mailbox that a case goes on from; its team's where its own is gone."""
    if leg.mailbox is not None:
        return leg.mailbox
    case = session.get_one(Conversation, leg.conversation_id)
    return mailbox_for(session, case.team_id)


def mail_target(session: Session, conversation_id: int) -> Post | None:
    """Pick what a mail answers: the customer's newest mail, else their newest post of any kind."""
    return session.scalars(
        select(Post)
        .where(Post.conversation_id == conversation_id, Post.from_us.is_(False))
        .order_by((Post.kind == EMAIL).desc(), Post.posted_at.desc(), Post.id.desc())
        .limit(1)
    ).first()


def find_leg(session: Session, reading: Reading) -> MailLeg | None:
    """Find the case that a mail belongs to, by what only those know whom we wrote to."""
    for found in (
        _tokens(_IN_ADDRESS, reading.addressed),
        _tokens(_IN_ID, reading.named),
        _tokens(_IN_SUBJECT, [reading.subject]),
    ):
        if not found:
            continue
        legs = session.scalars(select(MailLeg).where(among(session, MailLeg.token, found)))
        known = {leg.token: leg for leg in legs}
        leg = next((known[token] for token in found if token in known), None)
        if leg is not None:
            return leg
    return None


def legs_of_sender(
    services: Services, session: Session, address: str, at_most: int = 3
) -> list[MailLeg]:
    """List cases that go on with an address; an address alone proves nothing, so people decide."""
    known = hash_address(address, services.keys.secret_key)
    query = select(MailLeg).where(MailLeg.address_hash == known).order_by(MailLeg.id.desc())
    return list(session.scalars(query.limit(at_most)))


def _tokens(where: re.Pattern[str], texts: Iterable[str]) -> list[str]:
    found = (match[1].lower() for text in texts for match in where.finditer(text))
    return list(dict.fromkeys(found))[:20]


def _in_use(mailbox: Mailbox | None) -> Mailbox:
    if mailbox is None or not mailbox.enabled:
        raise ReplyRefusedError("no_mailbox", "No mailbox is set up. Ask an administrator.")
    return mailbox
