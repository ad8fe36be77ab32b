"""A case goes on by e-mail: through real servers, once, whatever comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from factories import make_account, make_app, make_conversation, make_post, make_user
from mail_server import (
    PASSWORD,
    USER,
    Dovecot,
    Handler,
    start_dovecot,
    start_smtp,
    stop_dovecot,
)
from tanggap.errors import ReplyRefusedError
from tanggap.inbox import outbox
from tanggap.inbox.imap import Letter
from tanggap.inbox.mail_intake import FLOOD, take_in
from tanggap.inbox.mail_legs import (
    EMAIL,
    UnfitSubjectError,
    go_on_by_mail,
    leg_of,
    legs_of_sender,
    reveal_address,
)
from tanggap.inbox.mail_polling import due_mailboxes, poll_mailbox
from tanggap.inbox.mail_setup import (
    UnfitMailboxError,
    mailbox_of,
    read_typed,
    save_mailbox,
    try_imap,
    try_smtp,
)
from tanggap.inbox.reply import queue_reply, retry
from tanggap.inbox.services import Services
from tanggap.inbox.targets import newest_inbound, pick_target
from tanggap.inbox.undo import undo
from tanggap.inbox.ways import list_ways
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, RESOLVED, WAITING, Conversation
from tanggap.store.mails import Mail, Mailbox, MailFile
from tanggap.store.posts import Post
from tanggap.store.replies import FAILED, QUEUED, SENT, UNDONE, UNKNOWN, ReplyRow

CUSTOMER = "rita@pelanggan.example"


class Office:
    """A case that goes on by e-mail, its agent, and the servers of the mailbox."""

    def __init__(self, services: Services, smtp: Handler, port: int) -> None:
        self.services, self.smtp, self.number = services, smtp, 0
        with services.database.write() as session:
            make_app(services, session)
            case = make_conversation(session, make_account(session, services))
            make_post(session, case, "tagihan saya dobel", posted_at=utcnow())
            self.case, self.ayu = case.id, make_user(session, "Ayu Lestari").id
            box = save_mailbox(services, session, read_typed(form(port)), self.ayu)
            self.mailbox = box.id
            leg = go_on_by_mail(
                services, session, self.case, self.ayu, address=CUSTOMER, subject="Tagihan Anda"
            )
            self.token = leg.token

    def answer(self, text: str = "Sudah kami cek.", *, send: bool = True) -> ReplyRow:
        self.number += 1
        with self.services.database.read() as session:
            seen = session.scalar(select(func.max(Post.id))) or 0
        row = queue_reply(
            self.services,
            user_id=self.ayu,
            conversation_id=self.case,
            text=text,
            visibility="email",
            seen_post_id=seen,
            idempotency_key=f"kunci-{self.number}",
        )
        return self.work(row.id) if send else row

    def work(self, reply_id: int) -> ReplyRow:
        outbox.work_on(self.services, reply_id)
        with self.services.database.read() as session:
            return session.get_one(ReplyRow, reply_id)

    def customer(self, text: str = "Terima kasih.", **headers: str) -> EmailMessage:
        """Write a mail as the customer's program would, in answer to the last one of ours."""
        self.number += 1
        mail = EmailMessage()
        given = {"From": f"Rita <{CUSTOMER}>", "To": "halo@contoh.example", "Subject": "Re: hai"}
        given["Message-ID"] = f"<c{self.number}@pelanggan.example>"
        if self.smtp.taken:
            given["In-Reply-To"] = str(self.smtp.taken[-1].mail["Message-ID"])
        for name, value in (given | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            if value:
                mail[name] = value
        mail.set_content(text)
        return mail

    def take(self, mail: EmailMessage | bytes, *, whole: bool = True) -> str:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        self.number += 1
        return take_in(self.services, self.mailbox, Letter(self.number, raw, len(raw), whole))

    def posts(self) -> list[Post]:
        with self.services.database.read() as session:
            return list(session.scalars(select(Post).order_by(Post.id)))

    def mails(self) -> list[Mail]:
        with self.services.database.read() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))

    def now(self) -> Conversation:
        with self.services.database.read() as session:
            return session.get_one(Conversation, self.case)


def form(smtp: int, imap: int = 1, **values: str) -> dict[str, str]:
    return {
        "address": "halo@contoh.example",
        "name": "Contoh Peduli",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp),
        "smtp_security": "none",
        "imap_host": "127.0.0.1",
        "imap_port": str(imap),
        "imap_security": "none",
        "imap_user": USER,
        "imap_password": PASSWORD,
        "enabled": "1",
    } | values


@pytest.fixture
def smtp() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    server = start_smtp(handler)
    yield handler, server.port
    server.stop()


@pytest.fixture
def office(services: Services, smtp: tuple[Handler, int]) -> Office:
    open_house = replace(services.settings, private_hosts=("127.0.0.1",))
    return Office(replace(services, settings=open_house), *smtp)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="tanggap-mail-") as folder:
        server, process = start_dovecot(Path(folder))
        yield server
        stop_dovecot(process)


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


def test_bounce_fails_the_answer_and_opens_the_case_again(office: Office) -> None:
    row = office.answer()
    name = str(office.smtp.taken[0].mail["Message-ID"])
    report = (Path(__file__).parent / "test_mail_reading.py").read_text()
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


def test_without_a_mailbox_nothing_goes_by_mail(office: Office) -> None:
    with office.services.database.write() as session:
        session.execute(update(Mailbox).values(enabled=False))
    with pytest.raises(ReplyRefusedError) as caught:
        office.answer()
    assert caught.value.reason == "no_mailbox"


def test_mailbox_is_read_from_its_end_on_and_each_mail_once(
    office: Office, dovecot: Dovecot
) -> None:
    def poll() -> int:
        with office.services.database.write() as session:
            session.execute(update(Mailbox).values(polled_at=None))
        assert due_mailboxes(office.services) == [office.mailbox]
        return poll_mailbox(office.services, office.mailbox)

    with office.services.database.write() as session:
        session.execute(update(Mailbox).values(imap_port=dovecot.port))
    dovecot.put(office.customer("dari sebelum kotak ini dibaca"))
    assert poll() == 0
    office.answer()
    dovecot.put(office.customer("Terima kasih."))
    dovecot.put(office.customer("Satu lagi."))
    assert [poll(), poll()] == [2, 0]
    assert [post.text for post in office.posts()[-2:]] == ["Terima kasih.", "Satu lagi."]
    dovecot.forget_numbers()
    poll()
    assert len(office.posts()) == 4, "mails that are known are passed over"


def test_test_of_the_mailbox_says_what_is_wrong(office: Office, dovecot: Dovecot) -> None:
    def codes(**values: object) -> tuple[str, str]:
        with office.services.database.write() as session:
            session.execute(update(Mailbox).values(imap_port=dovecot.port, **values))
        with office.services.database.read() as session:
            row = mailbox_of(session)
        assert row is not None
        found = (try_smtp(office.services, row), try_imap(office.services, row))
        return tuple(error.code if error else "" for error in found)  # type: ignore[return-value]

    assert codes() == ("", "")
    assert codes(folder="Tidak Ada") == ("", "folder")
    assert codes(folder="INBOX", imap_user="lain") == ("", "login")
    assert codes(imap_user=USER, smtp_security="starttls")[0] == "refused"
    assert codes(imap_security="tls")[1] == "tls"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"smtp_host": "127.0.0.1", "smtp_port": 25, "smtp_security": "tls"}, "private"),
        ({"smtp_host": "127.0.0.1", "smtp_port": 6379, "smtp_security": "tls"}, "port"),
        ({"smtp_host": "127.0.0.1", "smtp_port": 25, "smtp_security": "none"}, "plain"),
        ({"smtp_host": "nirgendwo.invalid", "smtp_port": 25, "smtp_security": "tls"}, "host"),
        ({"smtp_host": "169.254.169.254", "smtp_port": 587, "smtp_security": "tls"}, "private"),
        ({"smtp_host": "::1", "smtp_port": 587, "smtp_security": "tls"}, "private"),
    ],
)
def test_server_inside_the_own_network_is_not_called(
    office: Office, values: dict[str, object], code: str
) -> None:
    with office.services.database.write() as session:
        session.execute(update(Mailbox).values(values))
        row = mailbox_of(session)
        assert row is not None
    closed = replace(office.services, settings=replace(office.services.settings, private_hosts=()))
    error = try_smtp(closed, row)
    assert error is not None
    assert error.code == code


def test_password_stays_with_its_server_and_is_never_told(office: Office) -> None:
    with office.services.database.write() as session:
        row = mailbox_of(session)
        assert row is not None
        assert PASSWORD.encode() not in row.sealed
        typed = read_typed(form(25, imap_password=""))
        kept = save_mailbox(office.services, session, typed, office.ayu)
        assert office.services.vault.open(kept.sealed)["imap"] == PASSWORD
        assert PASSWORD not in repr(typed) + repr(read_typed(form(25)))
        elsewhere = read_typed(form(25, imap_password="", imap_host="mail.penjahat.example"))
        with pytest.raises(UnfitMailboxError) as caught:
            save_mailbox(office.services, session, elsewhere, office.ayu)
        assert caught.value.field == "imap_password"
        for entry in session.scalars(select(AuditEntry)):
            assert PASSWORD not in str(entry.detail)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "halo"),
        ("smtp_host", "http://x"),
        ("smtp_host", ""),
        ("imap_port", "0"),
        ("imap_port", "99999"),
        ("smtp_port", "²"),
        ("imap_security", "perhaps"),
        ("folder", "Zażółć"),
        ("name", "a\x07b"),
    ],
)
def test_unfit_mailbox_names_its_field(field: str, value: str) -> None:
    with pytest.raises(UnfitMailboxError) as caught:
        read_typed(form(25) | {field: value})
    assert caught.value.field == field


def test_mailbox_in_trouble_rests_and_says_so(office: Office) -> None:
    assert poll_mailbox(office.services, office.mailbox) == 0
    with office.services.database.write() as session:
        row = session.get_one(Mailbox, office.mailbox)
        assert row.problem.startswith("away:")
        row.polled_at = utcnow() - timedelta(minutes=2)
    assert due_mailboxes(office.services) == []
