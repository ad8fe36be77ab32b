"""Forms, verification and masks in real browsers: an agent's desk and a customer's phone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from fakes import FakePlatform
from photos import picture as photo
from tanggap.app import create_app
from tanggap.inbox.forms import forms
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField
from tanggap.inbox.operation.company import CompanyCard, save_company
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
PHONE: ViewportSize = {"width": 390, "height": 780}
expect.set_options(timeout=30_000)
DAMAGED = FormDefinition(
    intro_id="Bantu kami memeriksa barang Anda.",
    intro_en="Help us to look into your goods.",
    fields=(
        FormField(
            key="order",
            kind=FieldKind.ORDER,
            label_id="Nomor pesanan",
            label_en="Order number",
            help_id="Mulai dengan INV-.",
            help_en="Begins with INV-.",
            pattern="INV-999999",
        ),
        FormField(
            key="what",
            kind=FieldKind.CHOICE,
            label_id="Apa yang terjadi?",
            label_en="What happened?",
            choices=(("Rusak", "Damaged"), ("Tidak lengkap", "Incomplete")),
        ),
        FormField(
            key="photo", kind=FieldKind.PHOTO, label_id="Foto barang", label_en="Photo of the goods"
        ),
    ),
)


class Place:
    """A running desk, an agent in it, and customers who open links on their phones."""

    def __init__(self, url: str, browser: Browser) -> None:
        self.url = url
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def _page(self, **options: object) -> Page:
        context = self.browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, **options: object) -> Page:
        """Sign in as the one person there is."""
        page = self._page(**options)
        page.goto("/login")
        page.locator("input[type=email]").fill("ayu@contoh.example")
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox**")
        return page

    def customer(self, **options: object) -> Page:
        """Take a phone that was never here."""
        return self._page(viewport=PHONE, has_touch=True, locale="id-ID", **options)


@pytest.fixture
def case(services: Services) -> int:
    with services.database.write() as session:
        make_app(services, session)
        make_user(
            session,
            "Ayu Lestari",
            role=ADMIN,
            language="id",
            email="ayu@contoh.example",
            password_hash=people.hash_password(PASSWORD),
        )
        save_company(
            session,
            CompanyCard(
                "PT Contoh Sejahtera",
                "CONTOH",
                "#8a1538",
                "Jl. Contoh 1, Jakarta\ncare@contoh.example",
                "https://contoh.example",
            ),
        )
        forms.save_form(
            session, None, name_id="Barang rusak", name_en="Damaged goods", definition=DAMAGED
        )
        author = make_author(session, name="Rita", handle="rita")
        account = make_account(session, services)
        row = make_conversation(session, account, author, label="complaint", language="id")
        row.last_post_at = utcnow()
        words = "min barang saya rusak, hubungi 0812-3456-7890 ya"
        make_post(session, row, words, posted_at=row.last_post_at)
        return row.id


@pytest.fixture
def place(services: Services, case: int, browser: Browser) -> Iterator[Place]:
    """The real application behind a real socket."""
    tasks = Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    opened = Place(f"http://127.0.0.1:{server.server_port}", browser)
    yield opened
    for context in opened.contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def snap(page: Page, name: str, *, whole: bool = True) -> None:
    """Take a picture where somebody asked for them; the caret's style would break the CSP."""
    if PICTURES:
        path = Path(PICTURES) / f"{name}.png"
        page.screenshot(path=str(path), caret="initial", full_page=whole)


def ask(page: Page, case: int, name: str) -> str:
    """Prepare a question in private and give the path of its link."""
    page.goto(f"/inbox/{case}")
    page.locator("#asked > summary").click()
    snap(page, f"ask-{name}", whole=False)
    page.locator("#asked button", has_text=name).click()
    area = page.locator("#reply-text")
    expect(area).to_have_value(re.compile(r"\d{6}|/p/"))
    found = re.search(r"/p/[\w-]+", area.input_value())
    return found[0] if found else ""


def clear_of_sideways_scrolling(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def fill_in(page: Page, upload: Path) -> Locator:
    page.locator("#a-order").fill("INV-123456")
    page.locator("label", has_text="Rusak").click()
    page.locator("#a-photo").set_input_files(upload)
    return page.locator(".public-button")


def test_form_with_a_photo_goes_to_a_phone_and_comes_back(
    place: Place, case: int, platform: FakePlatform, tmp_path: Path
) -> None:
    agent = place.sign_in()
    path = ask(agent, case, "Barang rusak")
    expect(agent.locator("#composer input[name=visibility]:checked")).to_have_value("private")
    snap(agent, "composer-with-link", whole=False)
    agent.locator("#send").click()
    expect(agent.locator("#thread")).not_to_contain_text(path)
    expect(agent.locator("#thread .outgoing, #thread .post.ours").first).to_be_visible()
    assert path in platform.sent[0].text

    upload = tmp_path / "barang.jpg"
    upload.write_bytes(photo(size=(900, 600)))
    for scheme in ("light", "dark"):
        phone = place.customer(color_scheme=scheme)
        for language in ("id", "en"):
            phone.goto(f"{path}?lang={language}")
            snap(phone, f"form-{scheme}-{language}")
        assert clear_of_sideways_scrolling(phone)
    phone.goto(path)
    expect(phone.locator("h1")).to_have_text("Barang rusak")
    phone.locator(".public-button").click()
    expect(phone.locator(".public-notice")).to_be_visible()
    snap(phone, "form-problems")
    fill_in(phone, upload).click()
    expect(phone.locator("h1")).to_have_text("Terima kasih")
    snap(phone, "form-done")
    phone.goto(path)
    expect(phone.locator("h1")).to_have_text("Tautan ini tidak berlaku")
    assert phone.context.cookies() == []
    snap(phone, "form-over")

    agent.goto(f"/inbox/{case}")
    agent.locator("#case-forms > summary").click()
    expect(agent.locator("#case-forms")).to_contain_text("INV-123456")
    shown = agent.locator("#case-forms img")
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    snap(agent, "case-answers", whole=False)
    # What the browser says of the two answers that refused, and no more.
    assert [text for text in place.complaints if "404" not in text and "422" not in text] == []
    assert len(place.complaints) == 2


def test_customer_is_verified_by_details_and_the_mark_is_taken_back(
    place: Place, case: int
) -> None:
    agent = place.sign_in()
    path = ask(agent, case, "Verifikasi identitas")
    code = re.findall(r"\b\d{6}\b", agent.locator("#reply-text").input_value())[-1]
    phone = place.customer()
    phone.goto(path)
    snap(phone, "verify-phone")
    phone.locator("#code").fill(code)
    phone.locator("#a-customer_number").fill("PLG-00123")
    phone.locator("#a-last_four").fill("7890")
    phone.locator(".public-button").click()
    expect(phone.locator("h1")).to_have_text("Terima kasih")
    agent.goto(f"/inbox/{case}")
    expect(agent.locator("#case-forms")).to_contain_text("PLG-00123")
    snap(agent, "verify-decide", whole=False)
    agent.locator("#case-forms button", has_text=re.compile("^Cocok$")).click()
    expect(agent.locator(".identity")).to_be_visible()
    expect(agent.locator("#case-forms")).to_have_attribute("open", "")
    snap(agent, "verified", whole=False)
    agent.set_viewport_size(PHONE)
    agent.emulate_media(color_scheme="dark")
    agent.locator("#head-more > summary").click()
    snap(agent, "verified-phone", whole=False)
    agent.locator("#case-forms button", has_text="Cabut tanda ini").click()
    expect(agent.locator(".identity")).to_have_count(0)
    assert place.complaints == []


def test_customer_is_verified_by_the_code_they_tell(place: Place, case: int) -> None:
    agent = place.sign_in()
    agent.locator("button[name=language][value=en]").click()
    ask(agent, case, "Verify by a code")
    code = re.findall(r"\b\d{6}\b", agent.locator("#reply-text").input_value())[-1]
    expect(agent.locator("#told-code")).to_be_visible()
    agent.locator("#told-code").fill(code)
    agent.keyboard.press("Enter")
    expect(agent.locator(".identity")).to_be_visible()
    assert place.complaints == []


def test_personal_data_is_masked_until_it_is_revealed(place: Place, case: int) -> None:
    agent = place.sign_in()
    agent.goto(f"/inbox/{case}")
    thread = agent.locator("#thread")
    expect(thread).to_contain_text("••••-••••-••90")
    expect(agent.locator(f"#row-{case} .row-personal")).to_be_visible()
    snap(agent, "masked", whole=False)
    agent.set_viewport_size(PHONE)
    agent.emulate_media(color_scheme="dark")
    snap(agent, "masked-phone", whole=False)
    thread.locator("button", has_text="Tampilkan").click()
    expect(thread).to_contain_text("0812-3456-7890")
    snap(agent, "revealed", whole=False)
    agent.locator("button[name=language][value=en]").click()
    agent.goto(f"/inbox/{case}")
    expect(thread).to_contain_text("••••-••••-••90")
    thread.locator("button", has_text="Reveal").click()
    expect(thread).to_contain_text("0812-3456-7890")
    assert place.complaints == []


def test_form_is_built_in_the_browser(place: Place, services: Services) -> None:
    agent = place.sign_in()
    agent.goto("/admin/forms/new")
    agent.locator("#name-id").fill("Klaim garansi")
    agent.locator("#name-en").fill("Warranty claim")
    agent.locator("#f-0-label-id").fill("Nomor seri")
    agent.locator("#f-0-label-en").fill("Serial number")
    agent.locator(".add-question button", has_text="Foto").click()
    agent.locator("#f-1-label-id").fill("Foto nota")
    agent.locator("#f-1-label-en").fill("Photo of the receipt")
    agent.locator("button[value='up:1']").click()
    expect(agent.locator("#f-0-label-id")).to_have_value("Foto nota")
    snap(agent, "form-editor")
    with agent.expect_popup() as opened:
        agent.locator("button", has_text="Pratinjau").click()
    expect(opened.value.locator("h1")).to_have_text("Klaim garansi")
    snap(opened.value, "form-preview")
    agent.locator(".rule-foot .button.primary").click()
    agent.wait_for_url("**/admin/forms/klaim-garansi")
    agent.set_viewport_size(PHONE)
    snap(agent, "form-editor-phone")
    assert clear_of_sideways_scrolling(agent)
    for path in ("/admin/forms", "/admin/company", "/admin/forms/verify"):
        agent.goto(path)
        snap(agent, path.strip("/").replace("/", "-") + "-phone")
        assert clear_of_sideways_scrolling(agent)
    with services.database.read() as session:
        fields = forms.read_form(session, "klaim-garansi").definition.fields
        assert [one.kind for one in fields] == [FieldKind.PHOTO, FieldKind.TEXT]
        assert session.scalars(select(Conversation.id)).all()
    assert place.complaints == []
