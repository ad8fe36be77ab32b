"""To private and back in real browsers, and what becomes of customers who are not satisfied."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from factories import make_account, make_app, make_user
from fakes import FakePlatform, change_channel, incoming
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.sdk import Account as SdkAccount
from tanggap.sdk import Invitation, Target
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.users import AGENT, SUPERVISOR

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
PHONE = {"width": 390, "height": 780}
LINK = "https://fake.example/dm"
expect.set_options(timeout=60_000)


class Place:
    """A running desk whose platform invites by a link, and a customer who writes on it."""

    def __init__(self, url: str, services: Services, browser: Browser) -> None:
        self.url = url
        self.services = services
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.count = 0

    def sign_in(self, email: str, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.url, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto("/login")
        page.locator("input[type=email]").fill(email)
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox**")
        return page

    def customer(self, text: str, *, private: bool = False) -> None:
        self.count += 1
        where = {"thread_id": "t"}
        if private:
            where = {"thread_id": "dm", "visibility": "private", "kind": "message"}
        post = incoming(f"c{self.count}", text, posted_at=utcnow(), **where)
        with self.services.database.write() as session:
            account = session.scalars(select(Account)).one()
            record_events(session, account, [post], source="webhook")

    def case(self) -> Conversation:
        with self.services.database.read() as session:
            return session.scalars(select(Conversation)).one()


@pytest.fixture
def place(services: Services, browser: Browser) -> Iterator[Place]:
    def invite(_account: SdkAccount, _target: Target) -> Invitation:
        return Invitation(visibility="public", link=LINK)

    channel = services.registry.channels["fake"].channel
    assert channel.replying is not None
    part = replace(channel.replying, max_length=400, private_max_length=400, invite=invite)
    change_channel(services, replying=part)
    hashed = people.hash_password(PASSWORD)
    with services.database.write() as session:
        make_app(services, session)
        make_account(session, services)
        for name, role, language in (("Ayu", AGENT, "id"), ("Budi", SUPERVISOR, "en")):
            email = f"{name.lower()}@contoh.example"
            make_user(
                session, name, email=email, role=role, language=language, password_hash=hashed
            )
    queue = open_queue(services.settings, services.keys, immediate=True)
    tasks = Tasks(services, queue)
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    opened = Place(f"http://127.0.0.1:{server.server_port}", services, browser)
    opened.customer("@contoh internet saya mati sejak pagi")
    yield opened
    for context in opened.contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def picture(page: Page, name: str) -> None:
    """Take a picture where somebody asked for them; the caret's style would break the CSP."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), caret="initial")


def go_private(place: Place, page: Page) -> None:
    """Invite by one key, send, and let the customer write privately."""
    page.goto(f"/inbox/{place.case().id}?state=any")
    page.keyboard.press("g")
    expect(page.locator("#reply-text")).to_have_value(re.compile(re.escape(LINK)))
    expect(page.locator(".intent input[name=purpose]")).to_be_checked()
    page.locator("#reply-text").press("Control+Enter")
    expect(page.locator(".handover .is-now")).to_have_text(re.compile("Diajak|Invited"))
    place.customer("ini nomor saya 4411", private=True)
    expect(page.locator(".handover .is-now")).to_have_text(re.compile("Secara pribadi|In private"))


def test_case_goes_private_and_is_resolved_by_its_public_conclusion(
    place: Place, platform: FakePlatform
) -> None:
    page = place.sign_in("ayu@contoh.example")
    go_private(place, page)
    expect(page.locator(".two-legs .leg-name").first).to_be_visible()
    expect(page.locator(".post.private")).to_contain_text("ini nomor saya 4411")
    picture(page, "handover-private")
    page.keyboard.press("Escape")
    page.locator("#thread").focus()
    page.keyboard.press("e")
    expect(page.locator(".handover-owes")).to_be_visible()
    expect(page.locator("#reply-text")).not_to_have_value("")
    picture(page, "handover-owed")
    reader = place.sign_in("budi@contoh.example", viewport=PHONE)
    reader.goto("/inbox?handover=owed")
    expect(reader.locator(f"#row-{place.case().id}")).to_be_visible()
    page.locator("#reply-text").press("Control+Enter")
    expect(page.locator(".handover .is-now")).to_have_text("Sudah disimpulkan")
    expect(page.locator(".state-resolved").first).to_be_visible()
    assert place.case().state == "resolved"
    assert [sent.visibility for sent in platform.sent] == ["public", "public"]
    reader.reload()
    expect(reader.locator(f"#row-{place.case().id}")).to_have_count(0)
    assert place.complaints == []


def test_conclusion_is_waived_on_a_phone_with_a_reason(place: Place) -> None:
    page = place.sign_in("budi@contoh.example", viewport=PHONE, color_scheme="dark")
    go_private(place, page)
    page.get_by_role("button", name="Solved in private").click()
    page.locator("#handover-more > summary").click()
    page.locator("input[name=reason]").fill("The customer asked for discretion")
    picture(page, "handover-waive-phone")
    page.get_by_role("button", name="Waive and resolve").click()
    expect(page.locator(".handover q")).to_have_text("The customer asked for discretion")
    assert (place.case().state, place.case().handover) == ("resolved", "closed")
    assert place.complaints == []


def test_low_score_opens_the_case_and_rings_the_supervisors_bell(
    place: Place, platform: FakePlatform
) -> None:
    ayu, budi = place.sign_in("ayu@contoh.example"), place.sign_in("budi@contoh.example")
    ayu.goto(f"/inbox/{place.case().id}?state=any")
    ayu.locator("#reply-text").fill("Sudah kami perbaiki ya kak")
    ayu.locator("#reply-text").press("Control+Enter")
    expect(ayu.locator(".post.ours")).to_have_count(1)
    ayu.locator("button[value=resolved], input[value=resolved] ~ button").first.click()
    expect(ayu.locator(".state-resolved").first).to_be_visible()
    ayu.goto("/follow-up")
    picture(ayu, "follow-up")
    ayu.locator(".ask-form button").click()
    expect(ayu.locator(".ask-form")).to_have_count(0)
    assert "1" in platform.sent[-1].text
    place.customer("1, masih mati terus")
    expect(budi.locator("#bell-count")).to_have_text("1")
    budi.goto("/follow-up")
    expect(budi.locator(".stars-1")).to_be_visible()
    budi.goto(f"/inbox/{place.case().id}?state=any")
    expect(budi.locator(".rating")).to_contain_text("masih mati terus")
    assert (place.case().state, place.case().priority_name) == ("open", "high")
    budi.goto("/follow-up/report")
    expect(budi.locator(".weeks-picture")).to_be_visible()
    picture(budi, "satisfaction")
    expect(budi.locator(".page-head a[aria-current]")).to_have_css("font-weight", "700")
    expect(budi.locator(".page-head a").last).not_to_have_css("font-weight", "700")
    budi.set_viewport_size({"width": 360, "height": 780})
    card = budi.locator(".follow-up > .card").first
    assert card.evaluate("it => it.scrollWidth <= it.clientWidth")
    assert place.complaints == []
