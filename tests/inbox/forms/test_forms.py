"""Forms in versions; asking a customer, and their answer in the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import PHOTO, make_account, make_conversation, make_form, make_post, make_user
from fakes import T0
from photos import picture
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox import single_use
from tanggap.inbox.cases.conversations import set_state
from tanggap.inbox.cases.merging import merge_into
from tanggap.inbox.cases.snooze import load_snooze, snooze
from tanggap.inbox.forms import form_requests, forms
from tanggap.inbox.forms.form_answers import Filled, read_filled
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField, UnfitFormError
from tanggap.inbox.media.form_photos import draw_again
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import LinkOverError, MadeLink
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.db import Database
from tanggap.store.forms import FormPhoto, FormRequest
from tanggap.store.notifications import Notification
from tanggap.store.rule_events import RuleEvent

DEFINITION = FormDefinition(
    fields=(
        FormField(key="order", kind=FieldKind.ORDER, label_id="Pesanan", label_en="Order"),
        PHOTO,
    )
)
SECRET = "INV-20261122-RAHASIA"


@pytest.fixture
def case(services: Services) -> Conversation:
    with services.database.write() as session:
        case = make_conversation(session, make_account(session), assignee_id=None)
        case.assignee_id = make_user(session).id
        make_post(session, case, posted_at=T0)
        return case


def build(database: Database) -> str:
    with database.write() as session:
        return make_form(session, DEFINITION)


def ask(services: Services, case: Conversation) -> MadeLink:
    key = build(services.database)
    with services.database.write() as session:
        kept, row = forms.read_form(session, key), session.get_one(Conversation, case.id)
        user_id = case.assignee_id or 0
        return form_requests.ask(services, session, row, kept, user_id=user_id)


def answer(services: Services, made: MadeLink, photo: bytes = b"") -> None:
    with services.database.write() as session:
        link = single_use.find_link(session, made.token)
        asked = form_requests.open_request(session, link)
        filled = read_filled(asked.definition, {"order": SECRET}, {"photo": photo})
        form_requests.take_answers(services, session, link, filled)


def test_changed_questions_become_a_version_and_the_same_do_not(database: Database) -> None:
    key = build(database)
    for definition, version in (
        (DEFINITION, 1),
        (replace(DEFINITION, fields=DEFINITION.fields[:1]), 2),
    ):
        with database.write() as session:
            seen = forms.read_form(session, key).form.version
            saved = forms.save_form(
                session, key, name_id="Lain", name_en="Other", definition=definition, seen=seen
            )
            assert saved.version == version
    with database.read() as session:
        kept = forms.read_form(session, key)
        assert kept.form.name_in("en") == "Other"
        assert len(kept.definition.fields) == 1
        assert len(forms.versions_of(session, kept.form.id)) == 2
        noted = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "form.saved")
        ).all()
    asked = [[name for name in one["after"] if name.startswith("question")] for one in noted]
    assert noted[0]["before"] is None
    assert [noted[2]["before"]["version"], noted[2]["after"]["version"]] == [1, 2]
    assert len(asked[1]) > len(asked[2]) == 1


def test_two_forms_of_one_name_have_keys_of_their_own(database: Database) -> None:
    assert [build(database) for _ in range(3)] == [
        "barang-rusak",
        "barang-rusak-2",
        "barang-rusak-3",
    ]


def test_second_of_two_people_who_save_a_form_is_told(database: Database) -> None:
    key = build(database)
    with database.write() as session, pytest.raises(ConflictError):
        forms.save_form(session, key, name_id="a", name_en="b", definition=DEFINITION, seen=7)
    with database.write() as session, pytest.raises(UnfitFormError):
        forms.save_form(session, key, name_id=" ", name_en="b", definition=DEFINITION, seen=1)
    with database.write() as session, pytest.raises(NotFoundError):
        forms.save_form(session, "none", name_id="a", name_en="b", definition=DEFINITION)


def test_form_that_is_switched_off_is_asked_of_nobody(
    services: Services, case: Conversation
) -> None:
    key = build(services.database)
    with services.database.write() as session:
        kept = forms.read_form(session, key)
        kept.form.active = False
        with pytest.raises(ConflictError):
            form_requests.ask(services, session, case, kept, user_id=1)


def test_answers_come_into_the_case_sealed_and_are_told_to_its_owner(
    services: Services, case: Conversation
) -> None:
    made = ask(services, case)
    answer(services, made, picture())
    with services.database.read() as session:
        (asked,) = form_requests.asked_of(services, session, case.id)
        assert asked.state == "answered"
        assert [text for _, text in asked.lines("id")] == [SECRET]
        (photo,) = asked.request.photos
        assert (photo.width, photo.height) == (40, 60)
        content = form_requests.read_photo(services, session, case.id, photo.id)
        assert content == draw_again(picture()).content
        sealed = asked.request.sealed_answers or b""
        stored = session.get_one(FormPhoto, photo.id).sealed
        told = session.scalars(select(Notification.user_id)).all()
    assert SECRET.encode() not in sealed
    assert not stored.startswith(b"\xff\xd8")
    assert told == [case.assignee_id]


def test_link_answers_once(services: Services, case: Conversation) -> None:
    made = ask(services, case)
    answer(services, made)
    with pytest.raises(LinkOverError):
        answer(services, made)


def test_answer_counts_as_a_message_of_the_customer(services: Services, case: Conversation) -> None:
    made = ask(services, case)
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        set_state(session, case.id, case.assignee_id or 0, row.revision, RESOLVED)
    answer(services, made)
    with services.database.read() as session:
        row = session.get_one(Conversation, case.id)
        assert (row.state, row.waits, row.resolved_at) == (OPEN, True, None)
        assert row.last_inbound_at is not None
        assert row.last_inbound_at > T0
        running = session.scalars(
            select(ClockRow.kind).where(ClockRow.met_at.is_(None), ClockRow.ended_at.is_(None))
        ).all()
        assert "first_answer" in running
        reopened = select(RuleEvent).where(RuleEvent.trigger == "case_reopened")
        assert session.scalars(reopened).one().conversation_id == case.id


def test_answer_wakes_a_case_that_sleeps(services: Services, case: Conversation) -> None:
    made = ask(services, case)
    with services.database.write() as session:
        revision = session.get_one(Conversation, case.id).revision
        snooze(session, case.id, case.assignee_id or 0, revision, until=None)
    answer(services, made)
    with services.database.read() as session:
        slept = load_snooze(session, case.id)
        assert slept is not None
        assert slept.woken_by == "reply"
        assert session.get_one(Conversation, case.id).state == OPEN


def test_withdrawn_form_cannot_be_filled_in(services: Services, case: Conversation) -> None:
    made = ask(services, case)
    with services.database.write() as session:
        (asked,) = form_requests.asked_of(services, session, case.id)
        form_requests.withdraw(session, case.id, asked.request.id, user_id=case.assignee_id or 0)
    with pytest.raises(LinkOverError):
        answer(services, made)
    with services.database.write() as session:
        (asked,) = form_requests.asked_of(services, session, case.id)
        assert asked.state == "withdrawn"
        with pytest.raises(NotFoundError):
            form_requests.withdraw(session, case.id + 1, asked.request.id, user_id=1)


def test_answered_form_cannot_be_withdrawn(services: Services, case: Conversation) -> None:
    answer(services, ask(services, case))
    with services.database.write() as session:
        (asked,) = form_requests.asked_of(services, session, case.id)
        with pytest.raises(ConflictError):
            form_requests.withdraw(session, case.id, asked.request.id, user_id=1)


def test_form_that_nobody_filled_in_is_shown_as_expired(
    services: Services, case: Conversation
) -> None:
    ask(services, case)
    with services.database.write() as session:
        session.execute(update(FormRequest).values(expires_at=utcnow() - timedelta(seconds=1)))
        (asked,) = form_requests.asked_of(services, session, case.id)
        assert asked.state == "expired"


def test_photo_of_another_case_is_not_there(services: Services, case: Conversation) -> None:
    answer(services, ask(services, case), picture())
    with services.database.read() as session, pytest.raises(NotFoundError):
        form_requests.read_photo(services, session, case.id + 1, 1)


def test_answers_follow_a_case_that_becomes_part_of_another(
    services: Services, case: Conversation
) -> None:
    made = ask(services, case)
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        other = make_conversation(session, row.account).id
        merge_into(session, case.id, other)
    answer(services, made)
    with services.database.read() as session:
        (asked,) = form_requests.asked_of(services, session, other)
        assert asked.state == "answered"


def test_answers_are_of_the_version_that_was_asked(services: Services, case: Conversation) -> None:
    made = ask(services, case)
    with services.database.write() as session:
        shorter = replace(DEFINITION, fields=DEFINITION.fields[1:])
        forms.save_form(
            session, "barang-rusak", name_id="a", name_en="b", definition=shorter, seen=1
        )
    answer(services, made)
    with services.database.read() as session:
        (asked,) = form_requests.asked_of(services, session, case.id)
        assert [text for _, text in asked.lines("en")] == [SECRET]
        assert len(forms.versions_of(session, asked.request.version.form_id)) == 2


def test_nothing_filled_in_is_kept_of_a_form_without_answers() -> None:
    assert Filled().answers == {}
