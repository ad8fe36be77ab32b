"""Agents on a bad line in a real browser: what is slow, what fails, what is left too early."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post
from lines import WAIT_SECONDS, Line
from photos import picture
from stages import Stage, running
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.replies import Draft
from tanggap.store.users import Team

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
expect.set_options(timeout=WAIT_SECONDS * 1_000)
BOXES: list[FilePayload] = [
    {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture("PNG", (320, 240))}
    for name in ("kardus", "resi")
]
PASTE = """([text, html, bytes]) => {
  const copied = new DataTransfer();
  if (text) copied.setData("text/plain", text);
  if (html) copied.setData("text/html", html);
  copied.items.add(new File([new Uint8Array(bytes)], "image.png", {type: "image/png"}));
  const asked = {clipboardData: copied, bubbles: true, cancelable: true};
  return document.getElementById("reply-text").dispatchEvent(new ClipboardEvent("paste", asked));
}"""

HIDE = """() => {
  Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def stage(services: Services, browser: Browser) -> Iterator[Stage]:
    with running(services, browser) as opened:
        yield opened


@pytest.fixture
def cases(services: Services) -> list[int]:
    """The cases of two customers, who may be answered in public and in private."""
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        team = session.scalars(select(Team.id).where(Team.key == "care")).one()
        found = []
        for name in ("Rita", "Sari"):
            author = make_author(session, name=name)
            case = make_conversation(session, account, author, team_id=team, label="question")
            case.last_post_at = utcnow()
            make_post(session, case, f"paket {name} belum sampai")
            found.append(case.id)
        return found


@pytest.fixture
def page(stage: Stage, cases: list[int]) -> Page:
    """An agent at the first case, who knows the list."""
    found = stage.open(stage.person("Ayu Lestari", language="en"))
    found.goto("/inbox")
    go(found, cases[0])
    return found


def go(page: Page, case: int) -> None:
    page.locator(f"#row-{case}").click()
    expect(page.locator("#conversation-head")).to_have_attribute("data-id", str(case))


def write(page: Page, words: str) -> None:
    page.locator("#reply-text").press_sequentially(words)


def write_within(page: Page, words: str) -> None:
    """Write after the first word."""
    page.locator("#reply-text").evaluate("area => area.setSelectionRange(5, 5)")
    write(page, words)


def kept_draft(services: Services, case: int) -> str | None:
    with services.database.read() as session:
        return session.scalar(select(Draft.text).where(Draft.conversation_id == case))


def test_answer_stays_private_when_the_way_to_the_public_one_failed(page: Page) -> None:
    page.locator("label.way", has_text="In private").click()
    expect(page.locator(".sign-off")).to_contain_text("only the customer")
    line = Line(page, r"/composer", 502)
    with page.expect_response(re.compile("/composer")):
        page.locator("label.way", has_text="In public").click()
    expect(page.locator(".toast")).to_be_visible()
    line.mend()
    expect(page.locator(".sign-off")).to_contain_text("only the customer")
    write(page, "nomor Anda 42")
    with page.expect_request(re.compile("/reply")) as sent:
        page.keyboard.press("Control+Enter")
    assert "visibility=private" in str(sent.value.post_data)


def test_team_that_could_not_be_given_the_case_is_not_shown_as_its_own(page: Page) -> None:
    team = page.locator(".assign select[name=team]")
    before = team.input_value()
    Line(page, r"/assign", 502)
    team.select_option(label="Marketing")
    expect(page.locator(".toast")).to_be_visible()
    expect(team).to_have_value(before)


def test_pictures_go_to_the_case_they_were_laid_into(page: Page, cases: list[int]) -> None:
    line = Line(page, r"/attachments")
    page.set_input_files("#attach", BOXES)
    line.wait()
    go(page, cases[1])
    line.mend()
    page.wait_for_timeout(1_000)
    expect(page.locator(".shelf-file")).to_have_count(0)
    go(page, cases[0])
    expect(page.locator(".shelf-file")).to_have_count(2)


def test_answer_and_note_are_sent_though_their_case_was_left(page: Page, cases: list[int]) -> None:
    line = Line(page, r"/attachments|/note-draft")
    page.set_input_files("#attach", BOXES[:1])
    write(page, "sudah kami kirim")
    page.keyboard.press("Control+Enter")
    page.locator("#note-box summary").click()
    page.locator("#note-text").press_sequentially("telepon besok")
    page.wait_for_timeout(1_000)
    page.keyboard.press("Control+Enter")
    go(page, cases[1])
    line.mend()
    page.wait_for_timeout(1_000)
    go(page, cases[0])
    thread = page.locator("#thread")
    expect(thread).to_contain_text("sudah kami kirim")
    expect(thread).to_contain_text("telepon besok")
    expect(page.locator("#reply-text")).to_have_value("")
    expect(page.locator(".shelf-file")).to_have_count(0)


@pytest.mark.parametrize("status", [429, 502])
def test_answer_that_was_not_taken_is_kept_and_told_beside_the_next_case(
    page: Page, cases: list[int], status: int
) -> None:
    line = Line(page, r"/reply")
    write(page, "mohon maaf")
    page.keyboard.press("Control+Enter")
    line.wait()
    go(page, cases[1])
    line.held.pop().fulfill(status=status, body="broken")
    expect(page.locator(".toast")).to_contain_text(f"case {cases[0]} was not taken")
    page.wait_for_timeout(3_000)
    go(page, cases[0])
    expect(page.locator("#reply-text")).to_have_value("mohon maaf")


def test_what_the_server_could_not_take_is_kept_when_the_case_is_left(
    page: Page, cases: list[int]
) -> None:
    line = Line(page, r"/reply|/notes|draft", 500)
    write(page, "mohon maaf")
    page.keyboard.press("Control+Enter")
    page.locator("#note-box summary").click()
    page.locator("#note-text").press_sequentially("telepon besok")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#note-state")).to_have_text("Draft not saved yet")
    expect(page.locator("#draft-state")).to_have_text("Draft not saved yet")
    go(page, cases[1])
    line.mend()
    page.wait_for_timeout(6_000)
    go(page, cases[0])
    expect(page.locator("#reply-text")).to_have_value("mohon maaf")
    expect(page.locator("#note-text")).to_have_value("telepon besok")


def test_draft_on_a_slow_line_keeps_its_last_words_and_troubles_no_other_case(
    page: Page, cases: list[int]
) -> None:
    line = Line(page, r"/draft")
    write(page, "mohon")
    line.wait()
    write(page, " maaf")
    go(page, cases[1])
    line.mend()
    page.wait_for_timeout(1_500)
    expect(page.locator("#composer-note")).to_be_empty()
    go(page, cases[0])
    expect(page.locator("#reply-text")).to_have_value("mohon maaf")


def test_second_correction_is_kept_though_the_case_was_left(page: Page, cases: list[int]) -> None:
    line = Line(page, r"/label")
    for key in ("4", "1"):
        page.keyboard.press(key)
    line.wait()
    go(page, cases[1])
    with page.expect_response(lambda answer: "complaint" in str(answer.request.post_data)):
        line.mend()
    go(page, cases[0])
    expect(page.locator(".labels [aria-pressed=true]")).to_contain_text("Complaint")


def test_keys_for_a_case_that_could_not_be_opened_are_told(page: Page, cases: list[int]) -> None:
    line = Line(page, rf"/inbox/{cases[1]}(\?|$)")
    page.locator(f"#row-{cases[1]}").click()
    line.wait()
    page.keyboard.type("rHalo Bu")
    line.held.pop().abort()
    expect(page.locator(".toast").last).to_contain_text("rHalo Bu")


def test_copied_words_are_pasted_and_copied_pictures_are_laid(page: Page) -> None:
    box = list(picture("PNG", (320, 240)))
    assert page.evaluate(PASTE, ["tabel", "<b>tabel</b>", box]) is True
    assert page.evaluate(PASTE, ["", "<img>", box]) is False
    expect(page.locator(".shelf-file")).to_have_count(1)


@pytest.mark.parametrize("leave", ["close", "hide"])
def test_draft_is_kept_once_when_the_page_is_left_while_a_save_is_on_its_way(
    page: Page, cases: list[int], services: Services, leave: str
) -> None:
    line = Line(page, r"/draft", taken=True)
    write(page, "mohon maaf")
    line.wait()
    write_within(page, " dengan tulus")
    line.mend_next()
    if leave == "close":
        page.goto("about:blank")
    else:
        page.evaluate(HIDE)
    deadline = time.monotonic() + WAIT_SECONDS
    while kept_draft(services, cases[0]) == "mohon maaf" and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert kept_draft(services, cases[0]) == "mohon dengan tulus maaf"


def test_save_whose_answer_was_lost_is_not_taken_for_another_window(
    page: Page, cases: list[int], services: Services
) -> None:
    line = Line(page, r"/draft", taken=True)
    write(page, "mohon maaf")
    line.wait()
    write_within(page, " dengan tulus")
    line.mend_next()
    with page.expect_response(re.compile("/draft")) as saved:
        line.held.pop().abort()
    assert saved.value.status == 200
    expect(page.locator("#composer-note")).to_be_empty()
    assert kept_draft(services, cases[0]) == "mohon dengan tulus maaf"


def test_save_that_arrives_after_a_later_one_is_not_taken_for_another_window(
    page: Page, cases: list[int], services: Services
) -> None:
    line = Line(page, r"/draft")
    write(page, "mohon maaf")
    line.wait()
    write_within(page, " dengan tulus")
    line.mend_next()
    with page.expect_response(re.compile("/draft")):
        page.evaluate(HIDE)
    with page.expect_response(re.compile("/draft")) as late:
        line.mend()
    assert late.value.status == 409
    write_within(page, " sekali")
    expect(page.locator("#draft-state")).to_have_text("Draft saved")
    expect(page.locator("#composer-note")).to_be_empty()
    assert kept_draft(services, cases[0]) == "mohon sekali dengan tulus maaf"


def test_window_that_was_hidden_only_is_asked_about_the_other_windows_text(
    page: Page, cases: list[int], services: Services
) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    write(other, "dari sana")
    expect(other.locator("#draft-state")).to_have_text("Draft saved")
    other.close()
    write(page, "dari sini")
    page.evaluate(HIDE)
    expect(page.locator("#composer-note")).to_contain_text("dari sana")
    with page.expect_response(re.compile("/draft")):
        write(page, " lagi")
    assert "dari sana" in (kept_draft(services, cases[0]) or "")


def test_draft_of_an_answer_that_was_sent_while_the_page_was_loaded_anew_is_gone(
    page: Page, cases: list[int]
) -> None:
    write(page, "mohon")
    expect(page.locator("#draft-state")).to_have_text("Draft saved")
    write(page, " maaf")
    line = Line(page, r"/reply")
    page.keyboard.press("Control+Enter")
    line.wait()
    sent = line.held[0].request
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("mohon")
    page.request.post(sent.url, data=sent.post_data or "", headers=sent.headers)
    expect(page.locator("#thread")).to_contain_text("mohon maaf")
    expect(page.locator("#reply-text")).to_have_value("")


def test_way_that_is_changed_while_a_save_is_on_its_way_asks_of_no_other_window(
    page: Page, cases: list[int], services: Services
) -> None:
    line = Line(page, r"/draft")
    write(page, "mohon")
    line.wait()
    page.locator("label.way", has_text="In private").click()
    page.wait_for_timeout(500)
    line.mend()
    expect(page.locator(".sign-off")).to_contain_text("only the customer")
    write(page, " maaf")
    expect(page.locator("#draft-state")).to_have_text("Draft saved")
    expect(page.locator("#composer-note")).to_be_empty()
    assert kept_draft(services, cases[0]) == "mohon maaf"


def test_words_typed_while_the_way_is_changed_are_kept(page: Page) -> None:
    line = Line(page, r"/composer")
    write(page, "mohon")
    page.locator("label.way", has_text="In private").click()
    line.wait()
    write(page, " maaf")
    line.mend()
    expect(page.locator(".sign-off")).to_contain_text("only the customer")
    expect(page.locator("#reply-text")).to_have_value("mohon maaf")
    expect(page.locator("#draft-state")).to_have_text("Draft saved")


def test_words_typed_while_an_answer_is_on_its_way_begin_the_next_one(page: Page) -> None:
    line = Line(page, r"/reply")
    write(page, "mohon maaf")
    page.keyboard.press("Control+Enter")
    line.wait()
    write(page, " satu lagi")
    line.mend()
    expect(page.locator("#thread")).to_contain_text("mohon maaf")
    expect(page.locator("#reply-text")).to_have_value(" satu lagi")


@pytest.mark.parametrize("status", [None, 502])
def test_what_may_have_been_taken_is_not_called_unchanged(page: Page, status: int | None) -> None:
    line = Line(page, r"/assign", status)
    page.locator(".assign select[name=team]").select_option(label="Marketing")
    if status is None:
        line.wait()
        line.held.pop().abort()
    expect(page.locator(".toast")).to_contain_text("Look before you repeat it")
