"""Calling an answer off: it waits, one of author and worker gets it, and no text is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_conversation, make_post, make_user
from fakes import FakePlatform
from tanggap.errors import NotFoundError, SettingsError
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.drafts import OtherDraftError, fingerprint, load_draft, save_draft
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.sending.undo import TooLateError, undo, undoable
from tanggap.inbox.services import Services
from tanggap.settings import read_settings
from tanggap.store.base import utcnow
from tanggap.store.replies import QUEUED, SENT, UNDONE, ReplyRow


@pytest.fixture
def patient(services: Services) -> Services:
    """The services with ten seconds to change one's mind."""
    return replace(services, settings=replace(services.settings, undo_seconds=10))


@pytest.fixture
def waiting(patient: Services) -> ReplyRow:
    """An answer of Ayu's that waits."""
    with patient.database.write() as session:
        make_app(patient, session)
        case = make_conversation(session, make_account(session, patient))
        seen = make_post(session, case, "internet mati").id
        ayu = make_user(session, initials="AL").id
    return queue_reply(
        patient,
        user_id=ayu,
        conversation_id=case.id,
        text="kami cek ya kak",
        visibility="public",
        seen_post_id=seen,
        idempotency_key="key",
    )


def state(services: Services) -> str:
    with services.database.read() as session:
        return session.scalars(select(ReplyRow.state)).one()


def let_time_pass(services: Services) -> None:
    with services.database.write() as session:
        past = utcnow() - timedelta(seconds=1)
        session.execute(update(ReplyRow).values(send_after=past, next_try_at=past))


def test_answer_is_not_sent_before_its_time_and_once_afterwards(
    patient: Services, waiting: ReplyRow, platform: FakePlatform
) -> None:
    assert outbox.due_replies(patient) == []
    outbox.work_on(patient, waiting.id)
    assert (platform.sent, state(patient)) == ([], QUEUED)
    let_time_pass(patient)
    for reply_id in outbox.due_replies(patient) * 2:
        outbox.work_on(patient, reply_id)
    assert (len(platform.sent), state(patient)) == (1, SENT)


def test_undone_answer_is_a_draft_again_and_is_never_sent(
    patient: Services, waiting: ReplyRow, platform: FakePlatform
) -> None:
    undo(patient, waiting.id, waiting.user_id)
    let_time_pass(patient)
    outbox.work_on(patient, waiting.id)
    assert (platform.sent, state(patient)) == ([], UNDONE)
    with patient.database.read() as session:
        draft = load_draft(session, waiting.conversation_id, waiting.user_id)
    assert draft is not None
    assert draft.text == "kami cek ya kak"
    assert draft.seen_post_id == waiting.in_reply_to_id


def test_form_of_an_undone_answer_that_arrives_late_sends_nothing(
    patient: Services, waiting: ReplyRow, platform: FakePlatform
) -> None:
    undo(patient, waiting.id, waiting.user_id)
    again = queue_reply(
        patient,
        user_id=waiting.user_id,
        conversation_id=waiting.conversation_id,
        text="kami cek ya kak",
        visibility="public",
        seen_post_id=waiting.in_reply_to_id,
        idempotency_key="key",
    )
    outbox.work_on(patient, again.id)
    assert (again.id, platform.sent) == (waiting.id, [])


def test_what_was_typed_since_stands_after_the_undone_text(
    patient: Services, waiting: ReplyRow
) -> None:
    undo(patient, waiting.id, waiting.user_id, typed="satu lagi")
    with patient.database.read() as session:
        draft = load_draft(session, waiting.conversation_id, waiting.user_id)
    assert draft is not None
    assert draft.text == "kami cek ya kak\n\nsatu lagi"


def test_answer_the_worker_has_cannot_be_called_off(
    patient: Services, waiting: ReplyRow, platform: FakePlatform
) -> None:
    let_time_pass(patient)
    outbox.work_on(patient, waiting.id)
    with pytest.raises(TooLateError):
        undo(patient, waiting.id, waiting.user_id)
    assert len(platform.sent) == 1


def test_only_its_author_calls_an_answer_off(patient: Services, waiting: ReplyRow) -> None:
    with patient.database.write() as session:
        other = make_user(session, initials="BS").id
        assert undoable(session, waiting.conversation_id, other) == []
        mine = undoable(session, waiting.conversation_id, waiting.user_id)
    assert [reply.id for reply in mine] == [waiting.id]
    with pytest.raises(NotFoundError):
        undo(patient, waiting.id, other)
    assert state(patient) == QUEUED


def test_draft_of_another_window_is_not_overwritten_unseen(
    patient: Services, waiting: ReplyRow
) -> None:
    case, ayu = waiting.conversation_id, waiting.user_id
    with patient.database.write() as session:

        def save(text: str, base: str | None) -> None:
            save_draft(
                session, conversation_id=case, user_id=ayu, text=text, seen_post_id=None, base=base
            )

        save("dari laptop", fingerprint(""))
        with pytest.raises(OtherDraftError) as other:
            save("dari ponsel", fingerprint(""))
        assert other.value.text == "dari laptop"
        save("dari laptop juga", fingerprint("dari laptop"))
        save("", fingerprint("dari laptop juga"))
        save("baru", fingerprint("dari laptop juga"))


@pytest.mark.parametrize("value", ["0", "5", "15"])
def test_window_is_off_or_between_five_and_fifteen_seconds(value: str) -> None:
    assert read_settings({"TANGGAP_UNDO_SECONDS": value}).undo_seconds == int(value)


@pytest.mark.parametrize("value", ["1", "4", "16", "-5", "x"])
def test_other_windows_are_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="TANGGAP_UNDO_SECONDS"):
        read_settings({"TANGGAP_UNDO_SECONDS": value})
