"""Beside words, in a real browser: what customers show, emoji, and pictures that go along."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Page, expect
from werkzeug.serving import make_server

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from fakes import FakePlatform
from listeners import Listener, listening
from photos import picture
from tanggap.app import create_app
from tanggap.inbox.media import media_previews
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.base import utcnow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
expect.set_options(timeout=60_000)
BOX: FilePayload = {
    "name": "kardus.png",
    "mimeType": "image/png",
    "buffer": picture("PNG", (320, 240)),
}
LETTER: FilePayload = {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}


@pytest.fixture
def platform_pictures() -> Iterator[Listener]:
    with listening() as listener:
        listener.files["/dent.jpg"] = picture(size=(320, 240))
        yield listener


@pytest.fixture
def page(services: Services, browser: Browser, platform_pictures: Listener) -> Iterator[Page]:
    """An agent at a case whose customer has sent two pictures, one of which is gone."""
    settings = replace(services.settings, private_hosts=(platform_pictures.host,))
    opened = replace(services, settings=settings)
    case = fill(opened, platform_pictures)
    tasks = Tasks(opened, open_queue(settings, opened.keys, immediate=True))
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    context = browser.new_context(base_url=f"http://127.0.0.1:{server.server_port}")
    found = context.new_page()
    found.goto("/login")
    found.locator("input[type=email]").fill("ayu@contoh.example")
    found.locator("input[type=password]").fill(PASSWORD)
    found.keyboard.press("Enter")
    found.wait_for_url("**/inbox**")
    found.goto(f"/inbox/{case}")
    yield found
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def fill(services: Services, pictures: Listener) -> int:
    with services.database.write() as session:
        make_app(services, session)
        author = make_author(session, name="Rita Contoh")
        case = make_conversation(
            session, make_account(session, services), author, last_post_at=utcnow()
        )
        media = [
            {"kind": "image", "url": f"http://{pictures.host}/{name}", "description": words}
            for name, words in (("dent.jpg", "kardus penyok"), ("gone.jpg", ""))
        ]
        post = make_post(session, case, "barangnya penyok", attachments=media)
        media_previews.want(session, {post.id: post.attachments})
        make_user(
            session,
            language="id",
            email="ayu@contoh.example",
            password_hash=people.hash_password(PASSWORD),
        )
        number = case.id
    media_previews.fetch_due(services)
    return number


def shoot(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"composing-{name}.png")


def choose_emoji(page: Page) -> None:
    """Find one by its name and take it by key alone."""
    text = page.locator("#reply-text")
    text.fill("Mohon maaf ")
    text.press("Control+;")
    search = page.get_by_placeholder("Cari emoji")
    expect(search).to_be_focused()
    search.fill("terima kasih")
    search.press("ArrowDown")
    expect(page.locator(".emoji-sign").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Mohon maaf 🙏")
    expect(text).to_be_focused()


def lay_pictures(page: Page) -> None:
    """Lay two pictures into the composer, take one out and say what the other shows."""
    page.set_input_files("#attach", LETTER)
    expect(page.locator("#shelf-problem")).to_contain_text("bukan gambar")
    page.set_input_files("#attach", [BOX, BOX])
    laid = page.locator(".shelf-file")
    expect(laid).to_have_count(2)
    laid.nth(1).get_by_role("button").click()
    expect(laid).to_have_count(1)
    words = laid.get_by_role("textbox")
    with page.expect_response(lambda answer: answer.url.endswith("/describe")):
        words.fill("Cara melipat kardus")
    expect(page.locator("#draft-state")).to_have_text("Draf tersimpan")
    shoot(page, "laid")


def test_picture_and_emoji_go_along_with_an_answer(
    page: Page, platform: FakePlatform, platform_pictures: Listener
) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", note)
    page.on("request", lambda request: complaints.extend(_strange(request.url, page.url)))
    shown = page.get_by_alt_text("kardus penyok")
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 240

    choose_emoji(page)
    lay_pictures(page)
    page.reload()
    text, laid = page.locator("#reply-text"), page.locator(".shelf-file")
    words = laid.get_by_role("textbox")
    expect(words).to_have_value("Cara melipat kardus")
    expect(text).to_have_value("Mohon maaf 🙏")
    text.press("Control+Enter")
    expect(page.get_by_alt_text("Cara melipat kardus")).to_be_visible()
    expect(laid).to_have_count(0)
    shoot(page, "sent")
    (sent,) = platform.sent
    assert [one.description for one in sent.attachments] == ["Cara melipat kardus"]
    assert "🙏" in sent.text

    platform_pictures.files["/gone.jpg"] = picture(size=(320, 240))
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.locator(".picture img[alt^='Gambar 2']")).to_be_visible()
    assert complaints == []


def _strange(asked: str, here: str) -> list[str]:
    """Name a request that leaves the desk: nobody's browser calls the platform."""
    home = "/".join(here.split("/")[:3])
    return [] if asked.startswith(home) else [asked]
