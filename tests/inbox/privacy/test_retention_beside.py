"""What cases hold beside posts has a time of its own; what still waits stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from factories import make_account, make_conversation, make_user
from tanggap.inbox.forms import forms
from tanggap.inbox.privacy import retention_rules
from tanggap.inbox.privacy.retention_rules import Wanted
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack
from tanggap.store.conversations import Conversation
from tanggap.store.forms import FormPhoto, FormRequest
from tanggap.store.mails import WAITING, Mail, MailFile
from tanggap.store.notes import Note
from tanggap.store.shift_notes import ShiftNote, ShiftNoteCase

NOW = utcnow()
OLD = NOW - timedelta(days=40)
RULE = Wanted("fake", beside_days=30)


def fill(session: Session, case: Conversation | None, user: int, at: datetime, words: str) -> None:
    """Put one of everything into a case, or what there can be without one."""
    mail = Mail(key=words, direction="in", sealed_sender=b"x", text=words, at=at, received_at=at)
    mail.files = [MailFile(name=words, content_type="text/plain", size=1, sealed=b"s")]
    note = ShiftNote(user_id=user, to_user_id=user, text=words, created_at=at)
    session.add_all((mail, note))
    if case is None:
        return
    mail.conversation_id = case.id
    note.cases = [ShiftNoteCase(conversation_id=case.id, text=words)]
    call: dict[str, Any] = {
        "sealed_phone": b"p",
        "phone_hint": words,
        "words": words,
        "zone": "Asia/Jakarta",
    }
    call |= {"starts_at": at, "ends_at": at}
    answers = FormRequest(
        form_version_id=forms.verifying_form(session).version.id,
        conversation_id=case.id,
        author_id=case.author_id,
        expires_at=at,
        answered_at=at,
        sealed_answers=words.encode(),
    )
    session.add_all(
        (
            Note(conversation_id=case.id, user_id=user, text=words, created_at=at),
            CallBack(conversation_id=case.id, created_by_id=user, ended_at=at, **call),
            answers,
        )
    )
    session.flush()
    photo = FormPhoto(request_id=answers.id, field="p", width=1, height=1, size=1, sealed=b"p")
    session.add(photo)


@pytest.fixture
def accounts(services: Services) -> list[int]:
    """Two accounts, each with a case that holds something old and something new of every kind."""
    found = []
    with services.database.write() as session:
        user = make_user(session).id
        for name in ("a1", "a2"):
            account = make_account(session, external_id=name)
            case = make_conversation(session, account)
            fill(session, case, user, OLD, f"lama {name}")
            fill(session, case, user, NOW, f"baru {name}")
            found.append(account.id)
    return found


def words(services: Services, column: Any) -> set[str]:
    with services.database.read() as session:
        return set(session.scalars(select(column))) - {""}


COLUMNS = (Mail.text, Note.text, CallBack.phone_hint, ShiftNoteCase.text, MailFile.name)


def test_all_kinds_go_when_their_time_is_over_and_newer_ones_stay(
    services: Services, accounts: list[int]
) -> None:
    with services.database.read() as session:
        counts = retention_rules.preview(services, session, RULE)
    each = dict.fromkeys(("mails", "form_requests", "notes", "call_backs", "shift_note_cases"), 2)
    assert counts == each
    retention_rules.save_rule(services, RULE, user_id=None)
    assert retention_rules.purge_due(services) == {**each, "shift_notes": 2}
    for column in COLUMNS:
        assert words(services, column) == {"baru a1", "baru a2"}, column
    with services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FormPhoto)) == 2
        assert session.scalar(select(func.count(FormRequest.sealed_answers))) == 2
        assert session.scalar(select(func.count()).select_from(FormRequest)) == 4
        assert retention_rules.list_rules(session)[0].beside == 10
    assert not retention_rules.purge_due(services)


def test_account_has_a_time_of_its_own_for_this_too(
    services: Services, accounts: list[int]
) -> None:
    own = Wanted("fake", accounts[0], text_days=7, beside_days=90)
    for rule in (RULE, own):
        retention_rules.save_rule(services, rule, user_id=None)
    retention_rules.purge_due(services)
    assert words(services, Note.text) == {"lama a1", "baru a1", "baru a2"}
    assert words(services, ShiftNote.text) == {"lama a1", "lama a2", "baru a1", "baru a2"}


def test_what_waits_stays_and_what_belongs_to_no_case_goes_with_the_longest_time(
    services: Services, accounts: list[int]
) -> None:
    with services.database.write() as session:
        user = make_user(session).id
        fill(session, None, user, OLD, "tanpa kasus")
        case = session.scalars(select(Conversation)).first()
        assert case is not None
        fill(session, case, user, OLD, "menunggu")
        waiting = session.scalars(select(Mail).where(Mail.text == "menunggu")).one()
        waiting.state = WAITING
        call = session.scalars(select(CallBack).where(CallBack.words == "menunggu")).one()
        call.ended_at = None
    retention_rules.save_rule(services, RULE, user_id=None)
    retention_rules.purge_due(services)
    assert words(services, Mail.text) == {"baru a1", "baru a2", "menunggu"}
    assert words(services, CallBack.words) == {"baru a1", "baru a2", "menunggu"}
