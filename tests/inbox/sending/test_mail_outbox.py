"""What becomes of answers by e-mail, and how they stand beside the platform's ways."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mail_office import CUSTOMER, Office
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.cases.targets import newest_inbound, pick_target
from tanggap.inbox.mailbox.mail_legs import (
    UnfitSubjectError,
    go_on_by_mail,
    leg_of,
    reveal_address,
)
from tanggap.inbox.sending.reply import retry
from tanggap.inbox.sending.undo import undo
from tanggap.inbox.sending.ways import list_ways
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.replies import FAILED, QUEUED, SENT, UNDONE, UNKNOWN, ReplyRow


def test_bounce_fails_the_answer_and_opens_the_case_again(office: Office) -> None:
    row = office.answer()
    name = str(office.smtp.taken[0].mail["Message-ID"])
    report = (Path(__file__).parents[1] / "mailbox" / "test_mail_reading.py").read_text()
    raw = report.split('b"""\\\n')[1].split('"""')[0].encode()
    raw = raw.replace(b"<tg.abcdefghijkl.key@contoh.example>", name.encode())
    delayed = raw.replace(b"%(action)s", b"delayed").replace(b"%(status)s", b"4.4.1")
    failed = raw.replace(b"%(action)s", b"failed").replace(b"%(status)s", b"5.1.1")
    assert office.take(delayed) == "bounce"
    assert office.work(row.id).state == SENT
    assert office.take(failed) == "bounce"
    row = office.work(row.id)
    assert (row.state, row.error_code, row.post_id) == (FAILED, "bounced", None)
    assert "user unknown" in str(row.error)
    assert len(office.posts()) == 1
    assert office.now().state == OPEN
    with office.services.database.read() as session:
        answer = select(ClockRow).where(ClockRow.kind == "first_answer")
        assert session.scalars(answer).one().met_at is None


@pytest.mark.parametrize(
    ("rcpt", "data", "state", "code"),
    [
        ("550 no such user", "", FAILED, "refused"),
        ("450 come later", "", QUEUED, "unavailable"),
        ("", "554 spam", FAILED, "refused"),
        ("", "451 come later", QUEUED, "unavailable"),
    ],
)
def test_what_the_server_says_decides(
    office: Office, rcpt: str, data: str, state: str, code: str
) -> None:
    office.smtp.rcpt, office.smtp.data = rcpt, data
    row = office.answer()
    assert (row.state, row.error_code) == (state, code)
    assert len(office.posts()) == 1


def test_silence_after_the_text_is_unknown_until_somebody_decides_or_answers(
    office: Office,
) -> None:
    office.smtp.silent = True
    row = office.answer()
    assert (row.state, len(office.smtp.taken)) == (UNKNOWN, 1)
    with office.services.database.write() as session:
        session.execute(update(ReplyRow).values(next_try_at=utcnow()))
    assert office.work(row.id).state == UNKNOWN
    assert len(office.smtp.taken) == 1, "nothing is sent twice by itself"
    assert office.take(office.customer()) == "answer"
    assert office.work(row.id).state == SENT, "whoever answers a mail has it"


def test_person_may_send_one_of_unknown_outcome_again_as_the_same_mail(office: Office) -> None:
    office.smtp.silent = True
    row = office.answer()
    office.smtp.silent = False
    retry(office.services, row.id, office.ayu)
    assert office.work(row.id).state == SENT
    first, second = (taken.mail["Message-ID"] for taken in office.smtp.taken)
    assert first == second


def test_answer_by_mail_can_be_called_off(office: Office) -> None:
    patient = replace(office.services, settings=replace(office.services.settings, undo_seconds=10))
    office.services = patient
    row = office.answer(send=False)
    undo(patient, row.id, office.ayu)
    assert office.work(row.id).state == UNDONE
    assert not office.smtp.taken


def test_mail_keeps_out_of_the_platforms_way(office: Office) -> None:
    office.answer()
    office.take(office.customer())
    with office.services.database.read() as session:
        target = pick_target(session, office.case, "private")
        assert target is not None
        assert target.kind == "mention"
        assert {post.kind for post in newest_inbound(session, office.case)} == {"mention"}


def test_ways_begin_with_that_of_the_newest_post_and_outlive_a_lost_account(
    office: Office,
) -> None:
    def ways() -> list[str]:
        with office.services.database.read() as session:
            case = session.get_one(Conversation, office.case)
            return [way.visibility for way in list_ways(office.services, session, case)]

    assert ways()[0] == "public"
    assert ways()[-1] == "email"
    office.answer()
    office.take(office.customer())
    assert ways()[0] == "email"
    with office.services.database.write() as session:
        session.execute(update(Account).values(state=NEEDS_RECONNECT))
    assert ways()[0] == "email"
    assert office.answer("Sampai jumpa.").state == SENT


def test_mail_of_a_resolved_case_opens_it_again(office: Office) -> None:
    office.answer()
    with office.services.database.write() as session:
        session.execute(update(Conversation).values(state=RESOLVED, resolved_at=utcnow()))
    office.take(office.customer("Masih belum."))
    assert office.now().state == OPEN


def test_address_is_sealed_changed_and_its_showing_noted(office: Office) -> None:
    with office.services.database.write() as session:
        first = leg_of(session, office.case)
        assert first is not None
        assert CUSTOMER.encode() not in first.sealed_address
        assert first.address_hint == "r•••@pelanggan.example"
        assert reveal_address(office.services, session, office.case, office.ayu) == CUSTOMER
        other = {"address": "baru@pelanggan.example", "subject": "Lanjutan"}
        second = go_on_by_mail(office.services, session, office.case, office.ayu, **other)
        assert second.token != first.token
        seen = select(AuditEntry).where(AuditEntry.action == "mail_leg.address_shown")
        assert session.scalars(seen).one().user_id == office.ayu
    office.answer()
    assert office.smtp.taken[0].to == ["baru@pelanggan.example"]


def test_unfit_subject_and_own_address_are_refused(office: Office) -> None:
    with office.services.database.write() as session:
        for subject in ("", " \n ", "x" * 151):
            with pytest.raises(UnfitSubjectError):
                go_on_by_mail(
                    office.services,
                    session,
                    office.case,
                    office.ayu,
                    address=CUSTOMER,
                    subject=subject,
                )
        with pytest.raises(ReplyRefusedError):
            go_on_by_mail(
                office.services,
                session,
                office.case,
                office.ayu,
                address="Halo@contoh.example",
                subject="hai",
            )
