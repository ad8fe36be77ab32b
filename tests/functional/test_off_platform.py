"""Off the platform in real browsers: a promised call, and a case that goes on by e-mail."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from mail_server import (
    PASSWORD as MAIL_PASSWORD,
)
from mail_server import (
    USER,
    Dovecot,
    Handler,
    start_dovecot,
    start_smtp,
    stop_dovecot,
)
from tanggap.app import create_app
from tanggap.inbox.arrival import mail_polling
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack
from tanggap.store.conversations import Conversation
from tanggap.store.mails import Mailbox
from tanggap.store.users import ADMIN, SUPERVISOR

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
PHONE = {"width": 390, "height": 780}
SENT = '.delivery:not([class*="delivery-"])'
expect.set_options(timeout=60_000)


class Place:
    """A running desk with two people and one customer."""

    def __init__(self, url: str, services: Services, browser: Browser) -> None:
        self.url, self.services, self.browser = url, services, browser
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def sign_in(self, name: str, **options: object) -> Page:
        context = self.browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self.note(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto("/login")
        page.locator("input[type=email]").fill(f"{name}@contoh.example")
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox**")
        return page

    def note(self, words: str) -> None:
        """Note what the browser complains of; that a form was refused is no complaint."""
        if "422 (" not in words:
            self.complaints.append(words)

    def case(self) -> int:
        with self.services.database.read() as session:
            return session.scalars(select(Conversation.id)).one()

    def wait_for_mailbox(self) -> None:
        """Wait for the mailbox's first reading: mail that was there before it is not taken in."""
        last = time.monotonic() + 60
        while time.monotonic() < last:
            with self.services.database.read() as session:
                if session.scalars(select(Mailbox.uid_validity)).one() is not None:
                    return
            time.sleep(0.1)
        raise AssertionError("the mailbox was not read")


@pytest.fixture
def place(services: Services, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The real application behind a real socket, with its sweeper."""
    monkeypatch.setattr(mail_polling, "EVERY", timedelta(seconds=1))
    settings = replace(services.settings, private_hosts=("127.0.0.1",))
    opened = replace(services, settings=settings)
    fill(opened)
    tasks = Tasks(opened, open_queue(opened.settings, opened.keys, immediate=True))
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    stop = Event()

    def sweep() -> None:
        while not stop.wait(0.5):
            tasks.sweep()

    threads = [Thread(target=server.serve_forever, args=(0.02,)), Thread(target=sweep)]
    for thread in threads:
        thread.start()
    there = Place(f"http://127.0.0.1:{server.server_port}", opened, browser)
    yield there
    for context in there.contexts:
        context.close()
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()


def fill(services: Services) -> None:
    hashed = people.hash_password(PASSWORD)
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        for name, initials, role, language in (
            ("Ayu Lestari", "AL", ADMIN, "id"),
            ("Budi Santoso", "BS", SUPERVISOR, "en"),
        ):
            make_user(
                session,
                name,
                initials=initials,
                role=role,
                language=language,
                email=f"{name.split()[0].lower()}@contoh.example",
                password_hash=hashed,
            )
        author = make_author(session, name="Rita", handle="rita")
        case = make_conversation(session, account, author, label="complaint")
        case.last_post_at = utcnow()
        words = "@contoh tagihan saya dobel, tolong telepon saya ya"
        make_post(session, case, words, posted_at=case.last_post_at)


@pytest.fixture
def smtp() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    server = start_smtp(handler)
    yield handler, server.port
    server.stop()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="tanggap-mail-") as folder:
        server, process = start_dovecot(Path(folder))
        yield server
        stop_dovecot(process)


def picture(page: Page, name: str, *, dark: bool = False) -> None:
    """Take a picture where somebody asked for them; the caret's style would break the CSP."""
    if not PICTURES:
        return
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), caret="initial")
    page.emulate_media(color_scheme="light")


def promise_a_call(place: Place, ayu: Page) -> None:
    """Promise a call, with a wrong number first, and let its time pass."""
    ayu.goto(f"/inbox/{place.case()}")
    ayu.keyboard.press("o")
    ayu.locator("#call-phone").fill("12")
    ayu.locator("#call-day").fill((utcnow() + timedelta(days=1)).date().isoformat())
    ayu.locator("#call-start").fill("09:00")
    ayu.locator("#call-end").fill("11:00")
    ayu.locator("#call-zone").select_option("Asia/Jayapura")
    ayu.locator("#call-box input[name=words]").fill("Jelaskan tagihan dobel")
    picture(ayu, "call-form")
    ayu.get_by_role("button", name="Janjikan telepon ini").click()
    expect(ayu.locator("#call-backs .problem")).to_contain_text("Tidak ada telepon")
    expect(ayu.locator("#call-box input[name=words]")).to_have_value("Jelaskan tagihan dobel")
    ayu.locator("#call-phone").fill("0812-3456-7890")
    ayu.get_by_role("button", name="Janjikan telepon ini").click()
    expect(ayu.locator(".case-call")).to_contain_text("09:00–11:00 WIT")
    expect(ayu.locator(".case-clocks")).to_contain_text(re.compile("Kabar|Janji", re.IGNORECASE))
    expect(ayu.locator(".call-line")).to_be_visible()
    ayu.locator(".thread").evaluate("it => { it.scrollTop = it.scrollHeight; }")
    picture(ayu, "call-planned")
    picture(ayu, "call-planned-dark", dark=True)
    with place.services.database.write() as session:
        call = session.scalars(select(CallBack)).one()
        # Of a few minutes: the next try is offered at the same times, which have to be of one day.
        over = (utcnow() - timedelta(minutes=1)).astimezone(ZoneInfo("Asia/Jayapura"))
        midnight = over.replace(hour=0, minute=0, second=0, microsecond=0)
        call.starts_at, call.ends_at = max(over - timedelta(minutes=2), midnight), over
    expect(ayu.locator("#bell-count")).to_have_text("1")


def find_nobody_there(phone: Page) -> None:
    """Call on the way, in vain; another try is offered."""
    phone.goto("/call-backs?view=overdue")
    expect(phone.locator(".card.call")).to_contain_text("+62 •••-••••-•890")
    phone.get_by_role("button", name="Tampilkan nomor").click()
    number = phone.locator(".call-number")
    expect(number).to_have_attribute("href", "tel:+62-812-3456-7890")
    expect(number).to_have_text("+62 812-3456-7890")
    phone.get_by_text("Hasilnya").first.click()
    phone.get_by_text("Tidak ada yang mengangkat").click()
    phone.locator("textarea[name=words]").fill("Nada sibuk")
    picture(phone, "call-outcome-phone")
    phone.locator(".call-form").first.get_by_role("button", name="Simpan").click()
    expect(phone.locator(".empty-state")).to_be_visible()
    phone.goto("/call-backs")
    expect(phone.locator(".card.call")).to_contain_text("percobaan 2")
    picture(phone, "calls-phone")


def test_call_is_promised_made_on_a_phone_tried_again_and_resolves_the_case(place: Place) -> None:
    ayu = place.sign_in("ayu")
    promise_a_call(place, ayu)
    find_nobody_there(place.sign_in("ayu", viewport=PHONE, has_touch=True))
    ayu.goto("/call-backs?view=today")
    # Early in the day the next try is of today, too.
    expect(ayu.locator(".card.call", has_text="Nada sibuk")).to_be_visible()
    with place.services.database.write() as session:
        again = session.scalars(select(CallBack).where(CallBack.attempt == 2)).one()
        again.starts_at, again.ends_at = utcnow(), utcnow() + timedelta(hours=2)
    ayu.keyboard.press("3")
    expect(ayu.locator(".day-row")).to_have_count(2)
    picture(ayu, "calls-today")
    picture(ayu, "calls-today-dark", dark=True)
    ayu.goto(f"/inbox/{place.case()}")
    ayu.locator(".case-call > summary").click()
    ayu.get_by_text("Hasilnya").first.click()
    ayu.get_by_text("Tersambung; kasus selesai").click()
    picture(ayu, "call-outcome")
    ayu.locator(".call-form").first.get_by_role("button", name="Simpan").click()
    expect(ayu.locator("#conversation-head .state-resolved")).to_be_visible()
    expect(ayu.locator(".call-resolved")).to_be_visible()
    assert place.complaints == []


def test_case_goes_on_by_e_mail_and_comes_back(  # noqa: PLR0915
    place: Place, smtp: tuple[Handler, int], dovecot: Dovecot
) -> None:
    ayu = place.sign_in("ayu")
    ayu.goto("/admin/mailbox")
    ayu.locator("#box-address").fill("halo@contoh.example")
    ayu.locator("#box-name").fill("Contoh Peduli")
    for kind, port in (("smtp", smtp[1]), ("imap", dovecot.port)):
        ayu.locator(f"#box-{kind}_host").fill("127.0.0.1")
        ayu.locator(f"#box-{kind}_port").fill(str(port))
        ayu.locator(f"#box-{kind}_security").select_option("none")
    ayu.locator("#box-imap_user").fill(USER)
    ayu.locator("#box-imap_password").fill("salah")
    ayu.get_by_role("button", name="Simpan").click()
    ayu.get_by_role("button", name="Coba kedua server").click()
    expect(ayu.locator(".notice.problem").last).to_contain_text("menolak pengguna")
    picture(ayu, "mailbox-wrong")
    ayu.locator("#box-imap_password").fill(MAIL_PASSWORD)
    ayu.get_by_role("button", name="Simpan").click()
    ayu.get_by_role("button", name="Coba kedua server").click()
    expect(ayu.locator(".notice[role=status]")).to_have_count(2)
    picture(ayu, "mailbox")
    place.wait_for_mailbox()

    budi = place.sign_in("budi")
    budi.goto(f"/inbox/{place.case()}")
    budi.locator("#reply-text").fill("Dear Rita, we look into it.")
    budi.locator("#reply-text").press("Escape")
    budi.keyboard.press("@")
    budi.locator("#mail-address").fill("rita@pelanggan.example")
    picture(budi, "mail-form")
    budi.get_by_role("button", name="Write by e-mail").click()
    expect(budi.locator("#reply-text")).to_have_value("Dear Rita, we look into it.")
    expect(budi.locator(".way.chosen")).to_have_text(re.compile("By e-mail"))
    picture(budi, "mail-composer")
    budi.locator("#send").click()
    expect(budi.locator(SENT)).to_be_visible()
    (taken,) = smtp[0].taken
    assert taken.to == ["rita@pelanggan.example"]

    mail = EmailMessage()
    mail["From"], mail["To"] = "Rita <rita@pelanggan.example>", "halo@contoh.example"
    mail["Subject"], mail["Message-ID"] = f"Re: {taken.mail['Subject']}", "<1@pelanggan.example>"
    mail["In-Reply-To"] = str(taken.mail["Message-ID"])
    mail.set_content("Terima kasih, ini notanya.\n\nOn Monday Budi wrote:\n> we look into it")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="nota.pdf")
    dovecot.put(mail)
    expect(budi.locator(".thread")).to_contain_text("Terima kasih, ini notanya.")
    expect(budi.locator(".mail-details .attachments")).to_contain_text("nota.pdf")
    expect(budi.locator(".mail-quoted")).not_to_have_attribute("open", "")
    picture(budi, "mail-answer")
    picture(budi, "mail-answer-dark", dark=True)
    phone = place.sign_in("budi", viewport=PHONE)
    phone.goto(f"/inbox/{place.case()}")
    picture(phone, "mail-phone")

    stray = EmailMessage()
    stray["From"], stray["Subject"] = "Tono <tono@pelanggan.example>", "Pesanan saya"
    stray["Message-ID"] = "<2@pelanggan.example>"
    stray.set_content("Kapan pesanan saya dikirim?")
    dovecot.put(stray)
    link = budi.get_by_role("link", name="Mails without a case")
    for _ in range(60):
        budi.goto("/call-backs")
        if link.count():
            break
        budi.wait_for_timeout(500)
    link.click()
    picture(budi, "mails")
    budi.locator(".told-what").click()
    picture(budi, "mail-stray")
    budi.get_by_role("button", name="Put it away").click()
    expect(budi.locator(".empty-state")).to_be_visible()
    assert place.complaints == []
