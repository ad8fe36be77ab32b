"""The mailbox: guarded, tried, read from its end on, its passwords kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mail_office import Office, form
from mail_server import (
    PASSWORD,
    USER,
    Dovecot,
)
from tanggap.errors import ReplyRefusedError
from tanggap.inbox.arrival import mail_polling
from tanggap.inbox.arrival.mail_polling import due_mailboxes, poll_mailbox
from tanggap.inbox.mailbox.imap import Imap
from tanggap.inbox.mailbox.mail import MailError
from tanggap.inbox.mailbox.mail_setup import (
    UnfitMailboxError,
    mailbox_of,
    read_typed,
    save_mailbox,
    try_imap,
    try_smtp,
)
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.mails import Mailbox


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


def test_reading_begun_with_old_settings_says_nothing_of_the_new_ones(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def saved_meanwhile(*_: object) -> Imap:
        with office.services.database.write() as session:
            save_mailbox(office.services, session, read_typed(form(25)), office.ayu)
        raise MailError("the old password is wrong", reached=True, code="login")

    monkeypatch.setattr(mail_polling, "open_imap", saved_meanwhile)
    assert poll_mailbox(office.services, office.mailbox) == 0
    assert due_mailboxes(office.services) == [office.mailbox]
