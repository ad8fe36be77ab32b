"""Verify that a customer is who they say, in private; the mark ends by itself."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox import single_use
from tanggap.inbox.cases.wishes import refuse_preparing
from tanggap.inbox.forms.form_answers import Filled
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, definition_of
from tanggap.inbox.forms.form_requests import take_answers
from tanggap.inbox.forms.forms import verifying_form
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import LinkOverError, MadeLink
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.forms import VERIFY, FormRequest
from tanggap.store.single_use import SingleUseLink
from tanggap.store.sql import insert_rows
from tanggap.store.verifications import KnownCustomer, Verification

CODE: Final = "code"
DETAILS: Final = "details"
LIST: Final = "list"
KNOWN_MOST: Final = 200_000
SHOWN: Final = 10
_DOMAIN: Final = "tanggap known customer"


class NoCodeError(ConflictError):
    """No code that was sent to this customer still counts."""


def verified_mark(session: Session, author_id: int) -> Verification | None:
    """Give the verification of a customer that holds now."""
    query = (
        select(Verification)
        .where(
            Verification.author_id == author_id,
            Verification.revoked_at.is_(None),
            Verification.expires_at > utcnow(),
        )
        .order_by(Verification.expires_at.desc())
        .options(joinedload(Verification.user))
        .limit(1)
    )
    return session.scalar(query)


def verifications_of(session: Session, author_id: int) -> Sequence[Verification]:
    """List when a customer was verified, newest first."""
    query = (
        select(Verification)
        .where(Verification.author_id == author_id)
        .options(joinedload(Verification.user), joinedload(Verification.revoked_by))
        .order_by(Verification.id.desc())
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def take_details(
    services: Services, session: Session, link: SingleUseLink, filled: Filled
) -> FormRequest:
    """Keep the details a customer confirmed; those that stand in the list verify them at once."""
    request = take_answers(services, session, link, filled)
    if not _has_list(session):
        return request
    definition = definition_of(request.version.definition)
    known = _hash_of_answers(services, definition, filled)
    request.listed = session.get(KnownCustomer, known) is not None
    if request.listed:
        request.decided_at = utcnow()
        _verify(session, request, LIST, definition.days, None)
    return request


def decide(
    session: Session, conversation_id: int, request_id: int, *, matches: bool, user_id: int
) -> None:
    """Say whether the details match what the company knows; raises `ConflictError` if decided."""
    request = session.get(FormRequest, request_id, with_for_update=True)
    if (
        request is None
        or request.conversation_id != conversation_id
        or request.version.form.purpose != VERIFY
    ):
        raise NotFoundError(f"there is nothing to verify under {request_id} in this case")
    if request.answered_at is None or request.decided_at is not None:
        raise ConflictError("this was decided already, or the customer has not answered")
    request.decided_at = utcnow()
    if matches:
        days = definition_of(request.version.definition).days
        _verify(session, request, DETAILS, days, user_id)
        return
    session.add(Change(conversation_id=conversation_id, kind="not_verified"))
    detail = {"case": conversation_id, "request": request_id}
    audit.record(
        session, "author.not_verified", "author", request.author_id, user_id=user_id, detail=detail
    )


def ask_code(
    services: Services, session: Session, conversation: Conversation, *, user_id: int
) -> MadeLink:
    """Make a code for a private message, which the customer then tells wherever else they are.

    Raises `DoNotContactError` where the person could not send it.
    """
    refuse_preparing(session, conversation, user_id)
    for link in single_use.open_links(session, conversation.id, CODE):
        single_use.revoke(session, link.id, user_id=user_id)
    session.add(Change(conversation_id=conversation.id, kind="code_asked"))
    return single_use.make_link(
        services, session, conversation, CODE, user_id=user_id, with_code=True
    )


def take_code(services: Services, conversation_id: int, code: str, *, user_id: int) -> None:
    """Verify a customer who told the code; raises `WrongCodeError` and `NoCodeError`."""
    with services.database.read() as session:
        links = single_use.open_links(session, conversation_id, CODE)
    if not links:
        raise NoCodeError("no code was sent to this customer, or it is too old")
    try:
        single_use.check_code(services, links[0].id, code)
        with services.database.write() as session:
            link = single_use.use_up(session, links[0].id)
            days = verifying_form(session).definition.days
            _verify(session, link, CODE, days, user_id)
    except LinkOverError as error:
        raise NoCodeError("no code was sent to this customer, or it is too old") from error


def revoke_mark(session: Session, conversation_id: int, *, user_id: int) -> None:
    """Take the mark from the customer of a case; raises `ConflictError` where there is none."""
    case = session.get(Conversation, conversation_id)
    if case is None:
        raise NotFoundError(f"conversation {conversation_id} does not exist")
    query = select(Verification).where(
        Verification.author_id == case.author_id,
        Verification.revoked_at.is_(None),
        Verification.expires_at > utcnow(),
    )
    marks = session.scalars(query).all()
    if not marks:
        raise ConflictError("this customer is not verified, or not any more")
    for mark in marks:
        mark.revoked_at, mark.revoked_by_id = utcnow(), user_id
    session.add(Change(conversation_id=conversation_id, kind="mark_revoked"))
    detail = {"case": conversation_id}
    audit.record(
        session, "author.mark_revoked", "author", case.author_id, user_id=user_id, detail=detail
    )


def known_count(session: Session) -> int:
    """Count the customers of the list that answers are compared with."""
    return session.scalar(select(func.count()).select_from(KnownCustomer)) or 0


def replace_known(
    services: Services, session: Session, lines: Iterable[str], *, user_id: int
) -> int:
    """Replace the list by one customer a line, the answers separated by semicolons; count them.

    Raises `ConflictError` for a list that is too long. Only keyed hashes are kept.
    """
    hashes: set[str] = set()
    for line in lines:
        parts = [_plain(part) for part in line.split(";")]
        if any(parts):
            hashes.add(_hash(services, parts))
        if len(hashes) > KNOWN_MOST:
            raise ConflictError(f"a list has at most {KNOWN_MOST} customers")
    session.execute(delete(KnownCustomer))
    insert_rows(session, KnownCustomer, [{"details_hash": one} for one in sorted(hashes)])
    detail = {"customers": len(hashes)}
    audit.record(session, "form.list_saved", "form", VERIFY, user_id=user_id, detail=detail)
    return len(hashes)


def _verify(
    session: Session,
    source: FormRequest | SingleUseLink,
    method: str,
    days: int,
    user_id: int | None,
) -> None:
    mark = Verification(
        author_id=source.author_id,
        conversation_id=source.conversation_id,
        request_id=source.id if isinstance(source, FormRequest) else None,
        method=method,
        user_id=user_id,
        expires_at=utcnow() + timedelta(days=days),
    )
    session.add(mark)
    session.add(Change(conversation_id=source.conversation_id, kind="verified"))
    detail = {"method": method, "days": days, "case": source.conversation_id}
    audit.record(
        session, "author.verified", "author", source.author_id, user_id=user_id, detail=detail
    )


def _has_list(session: Session) -> bool:
    return session.scalar(select(KnownCustomer.details_hash).limit(1)) is not None


def _hash_of_answers(services: Services, definition: FormDefinition, filled: Filled) -> str:
    asked = [one for one in definition.fields if one.kind != FieldKind.PHOTO]
    texts = (
        one.choice(answer, "id") if one.kind == FieldKind.CHOICE else answer
        for one in asked
        for answer in (filled.answers.get(one.key, ""),)
    )
    return _hash(services, [_plain(text) for text in texts])


def _plain(text: str) -> str:
    """Keep of a text what is the same however it is written: its letters and digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _hash(services: Services, parts: Sequence[str]) -> str:
    key = services.keys.secret_key.encode()
    return hmac.new(key, "\x1f".join((_DOMAIN, *parts)).encode(), "sha256").hexdigest()
