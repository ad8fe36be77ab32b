"""The desk in real browsers: several people at once, in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from werkzeug.serving import make_server

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from fakes import FakePlatform
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.replies import QUEUED, ReplyRow
from tanggap.store.users import AGENT, JUNIOR, SUPERVISOR, Team, TeamMember

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
PASSWORD = "rahasia sekali 123"
expect.set_options(timeout=60_000)
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
SENT = '.delivery:not([class*="delivery-"])'
PHONE = {"width": 390, "height": 780}


@dataclass
class Desk:
    """A running desk and the browsers in it."""

    url: str
    services: Services
    browser: Browser
    contexts: list[BrowserContext]
    complaints: list[str]

    def sign_in(self, email: str, **options: object) -> Page:
        """Open a browser of one's own and sign in."""
        context = self.browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
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

    def case(self, name: str) -> int:
        """Find a conversation by its customer."""
        with self.services.database.read() as session:
            query = select(Conversation.id).where(Conversation.author.has(name=name))
            return session.scalars(query).one()

    def let_go(self) -> None:
        """Let the time be over in which the answers that wait can be called off."""
        with self.services.database.write() as session:
            waiting = update(ReplyRow).where(ReplyRow.state == QUEUED)
            session.execute(waiting.values(send_after=utcnow(), next_try_at=utcnow()))


@pytest.fixture
def desk(services: Services, browser: Browser) -> Iterator[Desk]:
    """The real application behind a real socket, with its sweeper and long to undo."""
    patient = replace(services, settings=replace(services.settings, undo_seconds=300))
    fill(patient)
    queue = open_queue(patient.settings, patient.keys, immediate=True)
    tasks = Tasks(patient, queue)
    server = make_server("127.0.0.1", 0, create_app(tasks=tasks), threaded=True)
    stop = Event()

    def sweep() -> None:
        while not stop.wait(0.5):
            tasks.sweep()

    threads = [Thread(target=server.serve_forever, args=(0.02,)), Thread(target=sweep)]
    for thread in threads:
        thread.start()
    opened = Desk(f"http://127.0.0.1:{server.server_port}", patient, browser, [], [])
    yield opened
    for context in opened.contexts:
        context.close()
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()


def fill(services: Services) -> None:
    """Make a few customers, and the people who answer them."""
    hashed = people.hash_password(PASSWORD)
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        team = session.scalars(select(Team).where(Team.key == "care")).one()
        for name, initials, role, language in (
            ("Ayu Lestari", "AL", AGENT, "id"),
            ("Budi Santoso", "BS", SUPERVISOR, "en"),
            ("Citra Dewi", "CD", JUNIOR, "id"),
        ):
            email = f"{name.split()[0].lower()}@contoh.example"
            user = make_user(
                session,
                name,
                initials=initials,
                role=role,
                language=language,
                email=email,
                password_hash=hashed,
            )
            session.add(TeamMember(team_id=team.id, user_id=user.id))
        for name, words in (
            ("Rita", "@contoh internet saya mati sejak pagi, tolong dong"),
            ("Sari", "kapan toko buka di hari libur?"),
            ("Tono", "terima kasih, teknisinya ramah sekali"),
        ):
            author = make_author(session, name=name, handle=name.lower())
            case = make_conversation(session, account, author, team_id=team.id, label="question")
            case.last_post_at = utcnow()
            make_post(session, case, words, posted_at=case.last_post_at)


def picture(page: Page, name: str) -> None:
    """Take a picture where somebody asked for them; the caret's style would break the CSP."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), caret="initial")


def test_answer_is_called_off_by_key_and_its_text_is_back(
    desk: Desk, platform: FakePlatform
) -> None:
    page = desk.sign_in("ayu@contoh.example")
    page.goto(f"/inbox/{desk.case('Rita')}")
    page.locator("#reply-text").fill("Maaf ya kak, kami cek")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".undo-line")).to_contain_text(re.compile(r"\d+ detik"))
    expect(page.locator(".undo-line")).to_be_focused()
    picture(page, "undo")
    page.keyboard.press("z")
    expect(page.locator("#reply-text")).to_have_value("Maaf ya kak, kami cek")
    expect(page.locator(".undo-line")).to_have_count(0)
    expect(page.locator("#reply-text")).to_be_focused()
    assert platform.sent == []
    page.keyboard.press("Control+Enter")
    expect(page.locator(".undo-line")).to_have_count(1)
    desk.contexts[0].close()
    desk.let_go()
    reader = desk.sign_in("budi@contoh.example")
    reader.goto(f"/inbox/{desk.case('Rita')}")
    expect(reader.locator(SENT)).to_be_visible(timeout=40_000)
    assert len(platform.sent) == 1
    assert desk.complaints == []


def test_colleagues_see_each_other_and_the_sign_goes_with_the_tab(desk: Desk) -> None:
    ayu, budi = desk.sign_in("ayu@contoh.example"), desk.sign_in("budi@contoh.example")
    case = desk.case("Sari")
    ayu.goto(f"/inbox/{case}")
    expect(budi.locator(f"#row-{case} .row-signs")).to_have_text("AL")
    budi.goto(f"/inbox/{case}")
    ayu.locator("#reply-text").press_sequentially("Halo kak")
    expect(budi.locator("#signs")).to_have_text("Ayu Lestari is writing …")
    picture(budi, "signs")
    desk.contexts[0].close()
    expect(budi.locator("#signs")).to_have_text("")
    again = desk.sign_in("ayu@contoh.example")
    again.goto(f"/inbox/{case}")
    expect(again.locator("#reply-text")).to_have_value("Halo kak")
    assert desk.complaints == []


def test_note_calls_a_colleague_whose_bell_rings(desk: Desk) -> None:
    ayu, budi = desk.sign_in("ayu@contoh.example"), desk.sign_in("budi@contoh.example")
    ayu.goto(f"/inbox/{desk.case('Rita')}")
    ayu.keyboard.press("n")
    ayu.locator("#note-text").press_sequentially("Tolong cek tagihannya @bud")
    expect(ayu.locator("#callable li:visible")).to_have_count(1)
    ayu.keyboard.press("Enter")
    expect(ayu.locator("#note-text")).to_have_value("Tolong cek tagihannya @BS ")
    picture(ayu, "note-box")
    ayu.keyboard.press("Control+Enter")
    expect(ayu.locator(".post.note .mention")).to_have_text("@Budi Santoso")
    picture(ayu, "note")
    expect(budi.locator("#bell-count")).to_have_text("1")
    budi.keyboard.press("m")
    expect(budi.locator(".is-unread")).to_contain_text("Ayu Lestari mentions you")
    picture(budi, "notifications")
    budi.locator(".is-unread a").click()
    expect(budi.locator(".post.note")).to_be_visible()
    assert desk.complaints == []


def test_junior_hands_in_and_the_supervisor_returns_then_approves(
    desk: Desk, platform: FakePlatform
) -> None:
    citra, budi = desk.sign_in("citra@contoh.example"), desk.sign_in("budi@contoh.example")
    case = desk.case("Sari")
    citra.goto(f"/inbox/{case}")
    citra.locator("#reply-text").fill("Buka jam 9 kak")
    citra.locator("#send").click()
    expect(citra.locator(".approval-submitted")).to_be_visible()
    budi.goto(f"/inbox/{case}")
    picture(budi, "approval")
    budi.locator("#thread input[name=words]").fill("Sebut hari Minggu juga")
    budi.get_by_role("button", name="Return it").click()
    expect(citra.locator(".approval-returned blockquote")).to_have_text("Sebut hari Minggu juga")
    citra.reload()
    picture(citra, "returned")
    citra.locator("#reply-text").fill("Buka jam 9, Minggu 10")
    citra.locator("#send").click()
    expect(budi.locator(".approval-submitted textarea")).to_have_value("Buka jam 9, Minggu 10")
    budi.get_by_role("button", name="Approve and send").click()
    expect(budi.locator(".approval-submitted")).to_have_count(0)
    desk.let_go()
    expect(budi.locator(SENT)).to_be_visible(timeout=40_000)
    assert [sent.text for sent in platform.sent] == ["Buka jam 9, Minggu 10 ^CD"]
    assert desk.complaints == []


def test_case_sleeps_is_tagged_and_the_next_one_opens(desk: Desk) -> None:
    page = desk.sign_in("ayu@contoh.example")
    page.goto(f"/inbox/{desk.case('Tono')}")
    expect(page.locator(f"#row-{desk.case('Tono')}")).not_to_have_class(re.compile("is-unread"))
    page.keyboard.press("#")
    page.keyboard.type("Pujian")
    page.keyboard.press("Enter")
    expect(page.locator(".tags .tag")).to_have_text(re.compile("pujian"))
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    picture(page, "snooze")
    page.get_by_role("button", name="Sampai pelanggan menulis").click()
    expect(page.locator(".sleep")).to_be_visible()
    picture(page, "asleep")
    page.keyboard.press("l")
    expect(page.locator("#conversation-head h1")).not_to_have_text(re.compile("Tono"))
    assert desk.complaints == []


def test_many_are_ticked_and_resolved_on_a_phone(desk: Desk) -> None:
    page = desk.sign_in("budi@contoh.example", viewport=PHONE)
    page.goto("/inbox/bulk")
    page.locator("[data-ticks-all]").check()
    expect(page.locator("#ticked")).to_have_text("(3)")
    picture(page, "bulk-phone")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".notice")).to_contain_text("3 conversations were changed")
    page.goto("/inbox")
    picture(page, "empty-phone")
    assert desk.complaints == []
