"""A case goes on by e-mail: out once, and back into its case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mail_office import CUSTOMER, Office
from tanggap.inbox.arrival.mail_intake import FLOOD
from tanggap.inbox.mailbox.mail_legs import (
    EMAIL,
    legs_of_sender,
)
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, WAITING
from tanggap.store.mails import MailFile
from tanggap.store.replies import SENT


def test_answer_leaves_once_and_stands_in_the_case_and_meets_its_clocks(office: Office) -> None:
    row = office.answer()
    assert (row.state, row.attempts) == (SENT, 1)
    office.work(row.id)
    (taken,) = office.smtp.taken
    assert taken.to == [CUSTOMER]
    assert taken.mail["Subject"] == f"Tagihan Anda [TG-{office.token.upper()}]"
    assert "Ayu Lestari" in str(taken.mail["From"])
    assert "Sudah kami cek." in str(taken.mail.get_payload())
    ours = office.posts()[-1]
    assert (ours.kind, ours.visibility, ours.from_us, ours.id) == (
        EMAIL,
        "private",
        True,
        row.post_id,
    )
    assert office.now().state == WAITING
    with office.services.database.read() as session:
        answer = select(ClockRow).where(ClockRow.kind == "first_answer")
        assert session.scalars(answer).one().met_at is not None


def test_customers_answer_lands_in_the_case_and_opens_it(office: Office) -> None:
    office.answer()
    mail = office.customer("Baik.\n\nPada Senin Ayu menulis:\n> Sudah kami cek.")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="nota.pdf")
    assert office.take(mail) == "answer"
    post = office.posts()[-1]
    assert (post.text, post.from_us, post.triage) == ("Baik.", False, "pending")
    assert office.now().state == OPEN
    kept = office.mails()[-1]
    assert (kept.quoted, kept.other_sender) == ("Pada Senin Ayu menulis:\n> Sudah kami cek.", False)
    with office.services.database.read() as session:
        file = session.scalars(select(MailFile)).one()
        assert (file.name, file.size) == ("nota.pdf", 4)
        assert office.services.vault.open_bytes(file.sealed) == b"%PDF"
    second = office.answer("Kami kabari lagi.")
    assert second.state == SENT
    assert office.smtp.taken[-1].mail["In-Reply-To"] == str(mail["Message-ID"])
    assert str(office.smtp.taken[-1].mail["Subject"]).startswith("Re: ")


def test_same_mail_is_taken_in_once(office: Office) -> None:
    office.answer()
    mail = office.customer()
    assert [office.take(mail), office.take(mail)] == ["answer", "known"]
    assert len(office.posts()) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": "", "To": "halo+tg-{token}@contoh.example"},
        {"In_Reply_To": "", "Subject": "AW: Tagihan [tg-{token}]"},
        {"In_Reply_To": "<lain@x.example>", "References": "<tg.{token}.0@contoh.example>"},
    ],
)
def test_case_is_found_by_address_thread_or_subject(
    office: Office, headers: dict[str, str]
) -> None:
    written = {name: value.format(token=office.token) for name, value in headers.items()}
    assert office.take(office.customer(**written)) == "answer"
    assert office.posts()[-1].conversation_id == office.case


def test_stranger_goes_to_the_list_and_nothing_is_lost(office: Office) -> None:
    mail = office.customer("halo, pesanan saya?", In_Reply_To="", Subject="Pesanan")
    assert office.take(mail) == "unknown"
    (kept,) = office.mails()
    assert (kept.state, kept.subject, kept.text) == ("waiting", "Pesanan", "halo, pesanan saya?")
    assert kept.raw is not None
    assert CUSTOMER.encode() not in kept.raw + kept.sealed_sender
    with office.services.database.read() as session:
        (leg,) = legs_of_sender(office.services, session, CUSTOMER)
        assert leg.conversation_id == office.case, "people are told whose address it is"
    assert len(office.posts()) == 1


def test_mail_from_another_address_with_the_token_is_marked(office: Office) -> None:
    office.answer()
    assert office.take(office.customer(From="suami@pelanggan.example")) == "answer"
    assert office.mails()[-1].other_sender


def test_program_that_answers_is_no_customer(office: Office) -> None:
    office.answer()
    assert office.take(office.customer("Saya cuti", Auto_Submitted="auto-replied")) == "automatic"
    kept = office.mails()[-1]
    assert (kept.state, kept.conversation_id, kept.post_id) == ("done", office.case, None)
    assert office.now().state == WAITING


def test_own_mail_that_comes_back_ends_there(office: Office) -> None:
    office.answer()
    assert office.take(bytes(office.smtp.taken[0].mail)) == "known"
    assert office.take(office.customer(From="halo@contoh.example")) == "loop"
    assert len(office.posts()) == 2


def test_flood_is_stopped(office: Office) -> None:
    office.answer()
    kinds = [office.take(office.customer(f"surat {number}")) for number in range(FLOOD + 2)]
    assert kinds[FLOOD - 1 :] == ["answer", "flood", "flood"]


def test_mail_that_is_too_large_waits_with_its_headers(office: Office) -> None:
    office.answer()
    head = office.customer().as_bytes().split(b"\n\n")[0] + b"\n\n"
    assert office.take(head, whole=False) == "too_large"
    assert office.mails()[-1].conversation_id == office.case


def test_unreadable_bytes_are_kept(office: Office) -> None:
    assert office.take(b"\x00\xff" * 20) in ("unknown", "unreadable")
    assert office.mails()[-1].state == "waiting"
