"""Asking a team, beginning a note and seeing what others do, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.audit import Change
from tanggap.store.base import utcnow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
MANY = 130
expect.set_options(timeout=60_000)


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    """The address of the application behind a real socket."""
    tasks = Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def make_ayu(session: Session) -> None:
    hashed = people.hash_password(PASSWORD)
    make_user(session, email="ayu@contoh.example", password_hash=hashed, language="en")


def sign_in(browser: Browser, url: str, path: str) -> Page:
    page = browser.new_context(base_url=url).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"/login?next={path}")
    page.locator("input[type=email]").fill("ayu@contoh.example")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    return page


def test_question_is_asked_and_a_begun_note_outlives_the_page(
    services: Services, url: str, browser: Browser
) -> None:
    with services.database.write() as session:
        make_app(services, session)
        case = make_conversation(session, make_account(session, services), make_author(session))
        make_post(session, case, "internet saya mati")
        make_ayu(session)
        path = f"/inbox/{case.id}"
    page = sign_in(browser, url, path)
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    expect(page.locator("#thread")).to_be_visible()
    page.keyboard.press("q")
    page.locator("#consult-text").fill("Boleh ganti rugi?")
    page.locator("#consult-box button.note-save").click()
    expect(page.locator(".consultation")).to_contain_text("Boleh ganti rugi?")
    expect(page.locator("#consult-text")).to_be_hidden()
    page.keyboard.press("n")
    page.locator("#note-text").fill("sudah saya")
    expect(page.locator("#note-state")).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("#note-text")).to_have_value("sudah saya")
    page.locator("#save-note").click()
    expect(page.locator(".note", has_text="sudah saya")).to_be_visible()
    expect(page.locator("#note-text")).to_have_value("")
    assert not complaints
    page.context.close()


def test_new_case_is_shown_at_the_end_of_more_changes_than_are_answered_at_once(
    services: Services, url: str, browser: Browser
) -> None:
    with services.database.write() as session:
        make_app(services, session)
        account, author = make_account(session, services), make_author(session)
        cases = [make_conversation(session, account, author) for _ in range(MANY)]
        make_ayu(session)
    page = sign_in(browser, url, "/inbox")
    rows = page.locator("#rows a.row")
    expect(rows.first).to_be_visible()
    before = rows.count()
    with services.database.write() as session:
        session.add_all(Change(conversation_id=case.id, kind="post") for case in cases)
        session.flush()
        new = make_conversation(session, account, author, last_post_at=utcnow())
        make_post(session, new, "yang terbaru")
        session.add(Change(conversation_id=new.id, kind="post"))
    expect(rows.first).to_contain_text("yang terbaru")
    expect(rows).to_have_count(before + 1)
    page.context.close()


def test_older_posts_come_above_those_that_are_being_read(
    services: Services, url: str, browser: Browser
) -> None:
    with services.database.write() as session:
        make_app(services, session)
        case = make_conversation(session, make_account(session, services), make_author(session))
        for number in range(MANY):
            make_post(session, case, f"pesan {number:03}")
        make_ayu(session)
        path = f"/inbox/{case.id}"
    page = sign_in(browser, url, path)
    first = page.locator("#thread .post").first
    words = first.locator("text=/pesan [0-9]+/").inner_text()
    page.locator("#thread").evaluate("thread => thread.scrollTop = 0")
    page.locator("#older a").click()
    expect(page.locator("#thread")).to_contain_text("pesan 000")
    expect(page.get_by_text(words, exact=True)).to_be_in_viewport()
    page.context.close()
