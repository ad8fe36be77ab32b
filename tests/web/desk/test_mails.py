"""The e-mail leg over the pages: the mailbox, the composer's third way, mails without a case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_account, make_conversation
from mail_server import Handler, start_smtp
from tanggap.app import create_app
from tanggap.inbox.arrival.mail_intake import take_in
from tanggap.inbox.mailbox.imap import Letter
from tanggap.inbox.mailbox.mail_setup import mailbox_of
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.conversations import Conversation
from tanggap.store.mails import Mail, MailFile
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.users import ADMIN, JUNIOR, READ_ONLY, SUPERVISOR
from visitors import Visitor

CUSTOMER = "rita@pelanggan.example"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def smtp() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    server = start_smtp(handler)
    yield handler, server.port
    server.stop()


@pytest.fixture
def app(services: Services) -> Flask:
    open_house = replace(
        services, settings=replace(services.settings, private_hosts=("127.0.0.1",))
    )
    queue = open_queue(open_house.settings, open_house.keys, immediate=True)
    return create_app(tasks=Tasks(open_house, queue))


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, ADMIN)


def form(port: int = 25, **values: str) -> dict[str, str]:
    return {
        "address": "halo@contoh.example",
        "name": "Contoh Peduli",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(port),
        "smtp_security": "none",
        "imap_host": "127.0.0.1",
        "imap_port": "1",
        "imap_security": "none",
        "imap_user": "halo",
        "imap_password": "surat rahasia",
        "folder": "INBOX",
        "enabled": "1",
    } | values


def as_script(agent: Visitor, path: str, values: dict[str, object]) -> TestResponse:
    token = agent.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    return agent.client.post(path, data=values, headers=headers)


def go_on(agent: Visitor, case: Conversation, **values: object) -> TestResponse:
    given: dict[str, object] = {"address": CUSTOMER, "subject": "Tagihan Anda", "text": "sebentar"}
    return as_script(agent, f"/inbox/{case.id}/mail", given | values)


def letter(services: Services, text: str, subject: str, *, files: bool = False) -> str:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = f"{HOSTILE} <{CUSTOMER}>", subject
    mail["Message-ID"] = f"<{len(text)}-{len(subject)}@pelanggan.example>"
    mail.set_content(f"{text}\n\nPada Senin Ayu menulis:\n> lama {HOSTILE}")
    if files:
        mail.add_attachment(b"<svg>", maintype="image", subtype="svg+xml", filename="a.svg")
        mail.add_attachment(b"isi", maintype="text", subtype="plain", filename='x"<b>.txt')
    with services.database.read() as session:
        box = mailbox_of(session)
        assert box is not None
        uid = box.last_uid + 1
    return take_in(services, box.id, Letter(uid, mail.as_bytes(), 1))


def answer(agent: Visitor, case: Conversation, text: str) -> TestResponse:
    page = agent.get(f"/inbox/{case.id}").text
    seen = re.search(r'name="seen_post_id" value="(\d+)"', page)
    assert seen is not None
    values: dict[str, object] = {"text": text, "visibility": "email", "seen_post_id": seen[1]}
    return as_script(agent, f"/inbox/{case.id}/reply", values)


def test_mailbox_is_saved_tried_and_its_passwords_never_come_back(
    admin: Visitor, smtp: tuple[Handler, int]
) -> None:
    assert 'value="587"' in admin.get("/admin/mailbox").text
    assert admin.post("/admin/mailbox", form(smtp[1])).status_code == 303
    page = admin.get("/admin/mailbox").text
    assert "surat rahasia" not in page
    assert "kept; type to change" in page
    tried = admin.post("/admin/mailbox/try").text
    assert "Sending works" in tried
    assert "The server cannot be reached" in tried
    assert "surat rahasia" not in tried


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": "bukan"}, "Write one e-mail address"),
        ({"smtp_host": "http://x/"}, "Write the server"),
        ({"imap_port": "x"}, "A port is a number"),
        ({"imap_password": ""}, "Type the password of this user"),
    ],
)
def test_unfit_mailbox_is_refused_beside_its_field(
    admin: Visitor, values: dict[str, str], words: str
) -> None:
    answer = admin.post("/admin/mailbox", form(**values))
    assert answer.status_code == 422
    assert words in answer.text
    assert "surat rahasia" not in answer.text


def test_several_mailboxes_are_listed_and_each_is_changed_by_itself(
    admin: Visitor, services: Services
) -> None:
    assert "Another mailbox" not in admin.get("/admin/mailbox").text
    admin.post("/admin/mailbox", form())
    assert admin.get("/admin/mailbox/new").status_code == 200
    second = admin.post("/admin/mailbox/new", form(address="tagihan@contoh.example", team_id="1"))
    assert second.status_code == 303
    page = admin.get(second.location).text
    assert "halo@contoh.example" in page
    assert 'value="tagihan@contoh.example"' in page
    twin = admin.post("/admin/mailbox/new", form(address="tagihan@contoh.example"))
    assert twin.status_code == 422
    assert admin.get("/admin/mailbox/999").status_code == 404
    with services.database.write() as session:
        row = mailbox_of(session)
        assert row is not None
        row.problem = "login: refused"
    assert "The server refused the user or the password." in admin.get(second.location).text


def test_try_of_no_mailbox_is_not_found(admin: Visitor) -> None:
    assert admin.post("/admin/mailbox/try").status_code == 404


def test_mailbox_is_for_administrators(app: Flask, services: Services) -> None:
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    assert supervisor.get("/admin/mailbox").status_code == 403
    assert supervisor.post("/admin/mailbox", form()).status_code == 403


def test_case_without_a_mailbox_says_nothing_of_e_mail(agent: Visitor, case: Conversation) -> None:
    assert 'id="mail-leg"' not in agent.get(f"/inbox/{case.id}").text


def test_case_goes_on_by_e_mail_in_the_same_composer(
    admin: Visitor,
    agent: Visitor,
    services: Services,
    case: Conversation,
    smtp: tuple[Handler, int],
) -> None:
    admin.post("/admin/mailbox", form(smtp[1]))
    assert "Go on by e-mail" in agent.get(f"/inbox/{case.id}").text
    opened = go_on(agent, case)
    assert opened.status_code == 200
    assert "sebentar</textarea>" in opened.text
    assert "Write an e-mail" in opened.text
    assert 'value="email" checked' in opened.text
    assert "r•••@pelanggan.example" in opened.text
    assert CUSTOMER not in opened.text
    sent = answer(agent, case, "Sudah kami cek, Kak.")
    assert sent.status_code == 200, sent.text
    (taken,) = smtp[0].taken
    assert taken.to == [CUSTOMER]
    page = agent.get(f"/inbox/{case.id}").text
    assert "Sudah kami cek, Kak." in page
    assert "Act on it" in page.split("Sudah kami cek, Kak.")[0]
    assert "Act on it" not in page.split("Sudah kami cek, Kak.")[1].split("</article>")[0]
    shown = as_script(agent, f"/inbox/{case.id}/mail/address", {})
    assert CUSTOMER in shown.text


def test_answer_stands_in_the_thread_with_quotation_and_files(
    admin: Visitor,
    agent: Visitor,
    services: Services,
    case: Conversation,
    smtp: tuple[Handler, int],
) -> None:
    admin.post("/admin/mailbox", form(smtp[1]))
    go_on(agent, case)
    with services.database.read() as session:
        token = session.scalars(select(Post.conversation_id)).first()
        assert token == case.id
    answer(agent, case, "Mohon nota")
    subject = str(smtp[0].taken[0].mail["Subject"])
    assert letter(services, f"Ini notanya {HOSTILE}", subject, files=True) == "answer"
    page = agent.get(f"/inbox/{case.id}").text
    assert HOSTILE not in page
    assert "Ini notanya &lt;script&gt;" in page
    assert "Show what was quoted" in page
    assert "a.svg" in page
    with services.database.read() as session:
        file = session.scalars(select(MailFile)).one().id
    saved = agent.get(f"/mails/files/{file}")
    assert saved.data == b"isi"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.mimetype == "application/octet-stream"
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert agent.get("/mails/files/999").status_code == 404
    assert 'value="email" checked' in page, "the newest post decides how one answers"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": "rita"}, "Write one e-mail address"),
        ({"subject": " "}, "Write a subject"),
        ({"address": "halo@contoh.example"}, "the address that you write from yourselves"),
    ],
)
def test_unfit_address_or_subject_is_refused_and_stays(
    admin: Visitor, agent: Visitor, case: Conversation, values: dict[str, object], words: str
) -> None:
    admin.post("/admin/mailbox", form())
    refused = go_on(agent, case, **values)
    assert refused.status_code == 422
    assert words in refused.text
    assert refused.headers["HX-Retarget"] == "#mail-leg"


def test_juniors_mail_is_approved_first(
    admin: Visitor, app: Flask, services: Services, case: Conversation, smtp: tuple[Handler, int]
) -> None:
    admin.post("/admin/mailbox", form(smtp[1]))
    junior = Visitor(app).sign_in(services, JUNIOR)
    go_on(junior, case)
    assert answer(junior, case, "Halo Kak, kami cek.").status_code == 200
    assert not smtp[0].taken
    approval = re.search(r"/approvals/(\d+)/approve", admin.get(f"/inbox/{case.id}").text)
    assert approval is not None
    admin.post(f"/approvals/{approval[1]}/approve")
    assert smtp[0].taken[0].to == [CUSTOMER]
    with services.database.read() as session:
        assert session.scalars(select(ReplyRow)).one().visibility == "email"


def test_mail_of_a_stranger_is_put_into_a_case(
    admin: Visitor, agent: Visitor, services: Services, case: Conversation
) -> None:
    admin.post("/admin/mailbox", form())
    assert "Every mail has its case" in agent.get("/mails").text
    assert letter(services, f"pesanan {HOSTILE}", "Pesanan <i>saya</i>") == "unknown"
    listed = agent.get("/mails").text
    assert HOSTILE not in listed
    with services.database.read() as session:
        number = session.scalars(select(Mail.id)).one()
    assert "Pesanan &lt;i&gt;saya&lt;/i&gt;" in agent.get(f"/mails/{number}").text
    assert "Write the number" in agent.post(f"/mails/{number}/put", {"case": "x"}).text
    assert "no case with this number" in agent.post(f"/mails/{number}/put", {"case": "999"}).text
    assert agent.post(f"/mails/{number}/put", {"case": f"#{case.id}"}).status_code == 303
    assert "pesanan &lt;script&gt;" in agent.get(f"/inbox/{case.id}").text
    assert "has decided" in agent.get(f"/mails/{number}").text
    agent.post(f"/mails/{number}/dismiss")
    assert "has decided" in agent.get("/inbox").text


def test_known_address_is_offered_and_a_mail_can_be_put_away(
    admin: Visitor, agent: Visitor, services: Services, case: Conversation
) -> None:
    admin.post("/admin/mailbox", form())
    go_on(agent, case)
    letter(services, "halo lagi", "Tanpa tanda")
    with services.database.read() as session:
        number = session.scalars(select(Mail.id)).one()
    assert f"Case {case.id}" in agent.get(f"/mails/{number}").text
    assert agent.post(f"/mails/{number}/dismiss").status_code == 303
    with services.database.read() as session:
        kept = session.get_one(Mail, number)
        assert (kept.state, kept.raw) == ("dismissed", None)
    assert "Tanpa tanda" not in agent.get("/mails").text


def test_reader_sees_the_leg_and_changes_nothing(
    admin: Visitor, agent: Visitor, app: Flask, services: Services, case: Conversation
) -> None:
    admin.post("/admin/mailbox", form())
    go_on(agent, case)
    reader = Visitor(app).sign_in(services, READ_ONLY)
    page = reader.get(f"/inbox/{case.id}").text
    assert "r•••@pelanggan.example" in page
    assert "Show the address" not in page
    assert reader.post(f"/inbox/{case.id}/mail/address").status_code == 403
    assert reader.get("/mails").status_code == 403


def test_file_of_a_mail_without_a_case_is_nobodys(
    admin: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        mail = Mail(key="k", direction="in", sealed_sender=b"", at=case.created_at, kind="unknown")
        session.add(mail)
        session.flush()
        file = MailFile(mail_id=mail.id, name="x", content_type="x", size=1, sealed=b"x")
        session.add(file)
        session.flush()
        number = file.id
        make_conversation(session, make_account(session, external_id="lain"))
    assert admin.get(f"/mails/files/{number}").status_code == 404
