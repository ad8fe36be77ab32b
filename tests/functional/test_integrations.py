"""Tokens and outgoing webhooks in a real browser, in both languages, by keyboard and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from factories import make_account, make_app, make_conversation, make_post
from listeners import Listener, listening
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.users import ADMIN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
expect.set_options(timeout=60_000)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def tasks(services: Services, listener: Listener) -> Tasks:
    settings = replace(services.settings, private_hosts=(listener.host,), endpoint_failures=1)
    with services.database.write() as session:
        make_app(services, session)
        conversation = make_conversation(session, make_account(session, services))
        make_post(session, conversation, "internet mati sejak pagi")
        for name, language in (("Ayu Lestari", "en"), ("Budi Santoso", "id")):
            people.create_user(
                session,
                email=f"{language}@contoh.example",
                name=name,
                password=PASSWORD,
                role=ADMIN,
                language=language,
            )
    queue = open_queue(settings, services.keys, immediate=True)
    return Tasks(replace(services, settings=settings), queue)


@pytest.fixture
def address(tasks: Tasks) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(browser: Browser, address: str, language: str, complaints: list[str]) -> Page:
    wide = language == "en"
    context = browser.new_context(
        base_url=address,
        viewport={"width": 1280 if wide else 390, "height": 860},
        color_scheme="light" if wide else "dark",
    )
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/login")
    page.locator("input[type=email]").fill(f"{language}@contoh.example")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox**")
    return page


def picture(page: Page, name: str) -> None:
    """Keep a picture for people to look at, where a folder for them is named."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def make_token(page: Page, language: str) -> str:
    """Make a token with the keyboard alone."""
    page.goto("/profile/tokens")
    page.locator("#name").focus()
    page.keyboard.type("Gudang data")
    for _ in range(2):  # to read cases, and to work on them
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    secret = page.locator("#secret").input_value()
    picture(page, f"token-{language}")
    return secret


@pytest.mark.parametrize("language", ["en", "id"])
def test_program_and_webhook_are_set_up_and_work(
    browser: Browser, address: str, listener: Listener, tasks: Tasks, language: str
) -> None:
    complaints: list[str] = []
    page = sign_in(browser, address, language, complaints)
    head = {"Authorization": f"Bearer {make_token(page, language)}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=head) as program:
        case = program.get("/conversations").raise_for_status().json()["items"][0]["id"]

        page.goto("/admin/webhooks/new")
        page.locator("#name").fill("Sistem tiket")
        page.locator("#url").fill(listener.url)
        page.locator("input[value='case.assigned']").check()
        page.keyboard.press("Enter")
        key = page.locator("#secret").input_value()
        program.post(f"/conversations/{case}/claim").raise_for_status()
        tasks.sweep()
    event = Webhook(key).verify(listener.heard[0].body, listener.heard[0].headers)
    assert event["data"]["conversation"]["assignee_id"] is not None

    listener.status = 503
    page.goto("/admin/webhooks")
    page.locator("form[action$='/test'] button").click()
    page.wait_for_url("**/log")
    expect(page.locator(".troubles")).to_contain_text("Sistem tiket")
    picture(page, f"webhook-log-{language}")
    listener.status = 200
    page.goto("/admin/webhooks")
    page.locator("form[action$='/resume'] button").click()
    expect(page.locator(".troubles")).to_have_count(0)
    page.goto("/admin/webhooks/1/log")
    expect(page.locator(".state-open")).to_have_count(2)

    page.goto("/api/docs")
    page.locator("#replies_send summary").click()
    expect(page.locator("#replies_send .facts")).to_be_visible()
    picture(page, f"api-docs-{language}")
    page.context.close()
    assert complaints == []
