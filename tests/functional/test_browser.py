"""The whole story in a real browser: the demo's posts, an answer, and its arrival."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_SECONDS = 240
DAY = Path(__file__).parents[2] / "demo" / "day.jsonl"
expect.set_options(timeout=60_000)
LABEL = re.compile(r"/inbox/\d+/label")
CASE = re.compile(r"/inbox/\d+(\?|$)")
CHANNELS = {"twitter": "X (Twitter)", "facebook": "Facebook", "linkedin": "LinkedIn"}


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, who may sign in, where its simulators are."""

    url: str
    logins: list[dict[str, str]]
    simulators: dict[str, str]

    def control(self, channel: str, path: str = "posts", **arguments: Any) -> Any:
        method = "POST" if arguments else "GET"
        url = f"{self.simulators[channel]}/_control/{path}"
        return httpx.request(method, url, timeout=30, **arguments).raise_for_status().json()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run `tanggap demo` as a newcomer would, the whole day at once."""
    folder = tmp_path_factory.mktemp("demo")
    info = folder / "info.json"
    command = [sys.executable, "-m", "tanggap.cli", "demo", "--speed", "max"]
    command += ["--data-dir", str(folder / "data"), "--info", str(info)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait(lambda: info.exists() and info.read_text().endswith("}"), process, folder / "log")
            running = Demo(**json.loads(info.read_text()))
            # Posts of the day that come later push a journey's own off the list.
            _wait(lambda: _is_over(running), process, folder / "log")
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _is_over(demo: Demo) -> bool:
    """Tell whether the day's last post was written and all of it delivered."""
    last = json.loads(DAY.read_text(encoding="utf-8").splitlines()[-1])
    if not any(post["key"] == last["key"] for post in demo.control(last["channel"])["posts"]):
        return False
    return not any(demo.control(one, "deliveries")["pending"] for one in demo.simulators)


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the demo did not start: {log.read_text()[-2_000:]}")
        time.sleep(0.1)


@dataclass
class Desk:
    """A signed-in person's page and what its console complained of."""

    page: Page
    complaints: list[str]


def sign_in(browser: Browser, demo: Demo, number: int) -> Any:
    """Sign in through the form once a person; later browsers start from the same cookies."""
    context = browser.new_context(base_url=demo.url)
    page = context.new_page()
    page.goto("/")
    page.locator("input[type=email]").fill(demo.logins[number]["email"])
    page.locator("input[type=password]").fill(demo.logins[number]["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox**")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def ayu(demo: Demo, browser: Browser) -> Any:
    return sign_in(browser, demo, 1)


@pytest.fixture(scope="module")
def ben(demo: Demo, browser: Browser) -> Any:
    return sign_in(browser, demo, 2)


@pytest.fixture(params=["id", "en"])
def desk(demo: Demo, browser: Browser, ayu: Any, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A signed-in agent's page, in both languages of the interface."""
    context = browser.new_context(
        base_url=demo.url, storage_state=ayu, locale="id-ID", timezone_id="Asia/Jakarta"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/inbox")
    page.locator(f"button[name=language][value={request.param}]").click()
    expect(page.locator("html")).to_have_attribute("lang", request.param)
    yield Desk(page, complaints)
    context.close()


def conversation(page: Page, text: str) -> Any:
    return page.locator("a.row", has_text=text).first


def write_as_customer(demo: Demo, channel: str, text: str, **values: Any) -> str:
    author = {"handle": f"warga{abs(hash(text)) % 10**8}", "name": "Warga Uji"}
    kind = "mention" if channel != "facebook" else "post"
    created = demo.control(channel, json={"author": author, "text": text, "kind": kind, **values})
    return str(created["id"])


def test_first_screen_shows_labelled_posts_of_all_three_platforms(desk: Desk) -> None:
    page = desk.page
    for channel, name in CHANNELS.items():
        page.goto(f"/inbox?channel={channel}")
        row = page.locator("a.row", has_text=name).first
        expect(row).to_be_visible()
        expect(row.locator(".label")).not_to_have_class(re.compile("label-pending"))
    assert desk.complaints == []


# Languages take turns: each platform is answered on, and each language is typed in.
@pytest.mark.parametrize(
    ("desk", "channel"), [("id", "twitter"), ("en", "facebook"), ("id", "linkedin")],
    indirect=["desk"],
)  # fmt: skip
def test_new_post_appears_and_the_typed_answer_arrives_on_its_platform(
    desk: Desk, demo: Demo, channel: str
) -> None:
    page = desk.page
    unique = f"uji {channel} {time.time_ns()}"
    page.goto(f"/inbox?channel={channel}")
    post_id = write_as_customer(demo, channel, f"@nusakirim paket saya belum sampai, {unique}")
    expect(conversation(page, unique)).to_be_visible()
    conversation(page, unique).click()
    answer = f"Mohon maaf atas kendala ini, kami periksa terlebih dahulu. {unique}"
    page.locator("#reply-text").fill(answer)
    expect(page.locator("#counter")).to_have_text(re.compile(r"^[1-9]\d* / \d+$"))
    page.locator("#send").click()
    expect(page.locator("#conversation").get_by_text(answer).first).to_be_visible()
    received: list[Any] = []

    def arrived() -> bool:
        posts = demo.control(channel)["posts"]
        received[:] = [post for post in posts if post["ours"] and unique in post["text"]]
        return bool(received)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not arrived() and time.monotonic() < deadline:
        time.sleep(0.2)
    (reply,) = received
    assert re.fullmatch(re.escape(answer) + r" \^[A-Z]{2,3}", reply["text"])
    assert reply["in_reply_to"] == post_id
    assert desk.complaints == []


@pytest.mark.parametrize("desk", ["en"], indirect=True)
def test_two_browsers_answering_the_same_conversation_are_kept_apart(
    desk: Desk, demo: Demo, browser: Browser, ben: Any
) -> None:
    unique = f"rebutan {time.time_ns()}"
    # A plain complaint: what is taken for none of our business leaves the list.
    write_as_customer(demo, "twitter", f"@nusakirim paket saya belum sampai, {unique}")
    with browser.new_context(base_url=demo.url, storage_state=ben) as other:
        first, second = desk.page, other.new_page()
        for page, answer in ((first, "jawaban pertama"), (second, "jawaban kedua")):
            page.goto("/inbox?channel=twitter")
            expect(conversation(page, unique)).to_be_visible()
            conversation(page, unique).click()
            page.locator("#reply-text").fill(answer)
        first.locator("#send").click()
        expect(first.locator("#conversation").get_by_text("jawaban pertama").first).to_be_visible()
        second.locator("#send").click()
        expect(second.locator(".notice.problem")).to_contain_text("jawaban pertama")
        expect(second.locator("#reply-text")).to_have_value("jawaban kedua")
        expect(first.locator("#counter")).to_have_text(re.compile(r"^\s*0 /"))


class Gate:
    """Holds requests back until it opens."""

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self.held: list[Route] = []
        self._open = False
        page.route(address, self.take)

    def take(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self.held.append(route)

    def open(self) -> None:
        self._open = True
        for route in self.held:
            route.continue_()


def labelled(page: Page, name: str) -> Any:
    """Find the label that is shown as the open conversation's."""
    return page.locator(".labels [aria-pressed=true]", has_text=re.compile(name))


def open_first(page: Page) -> None:
    """Open the first conversation of the list by keyboard."""
    page.goto("/inbox")
    expect(page.locator("a.row").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#reply-text")).to_be_visible()


def test_keyboard_alone_moves_opens_and_corrects_a_label(desk: Desk) -> None:
    open_first(desk.page)
    desk.page.keyboard.press("4")
    expect(labelled(desk.page, "Pujian|Praise")).to_be_visible()
    desk.page.keyboard.press("1")
    expect(labelled(desk.page, "Keluhan|Complaint")).to_be_visible()
    assert desk.complaints == []


@pytest.mark.parametrize("desk", ["id"], indirect=True)
def test_key_pressed_as_a_conversation_appears_corrects_without_loading_the_page(
    desk: Desk,
) -> None:
    page = desk.page
    open_first(page)
    page.evaluate(
        """() => {
          window.kept = true;
          const press = () => document.querySelector('.labels [data-key="3"]').click();
          document.addEventListener("htmx:afterSwap", () => setTimeout(press), {once: true});
        }"""
    )
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(labelled(page, "Masukan")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.kept") is True
    assert desk.complaints == []


@pytest.mark.parametrize("desk", ["id"], indirect=True)
def test_second_correction_waits_for_the_answer_to_the_first(desk: Desk) -> None:
    page = desk.page
    sent: list[str] = []

    def note(request: Request) -> None:
        if LABEL.search(request.url):
            sent.append(str(request.post_data).rpartition("label=")[2])

    open_first(page)
    page.on("request", note)
    gate = Gate(page, LABEL)
    with page.expect_request(LABEL):
        page.keyboard.press("4")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.wait_for_timeout(500)
    assert sent == ["praise"]
    with page.expect_response(lambda it: str(it.request.post_data).endswith("label=complaint")):
        gate.open()
    assert sent == ["praise", "complaint"]
    expect(labelled(page, "Keluhan")).to_be_visible()
    page.reload()
    expect(labelled(page, "Keluhan")).to_be_visible()
    assert desk.complaints == []


@pytest.mark.parametrize("desk", ["id"], indirect=True)
def test_keys_that_follow_the_opening_of_a_case_wait_for_it(desk: Desk) -> None:
    page = desk.page
    corrected: list[str] = []
    open_first(page)
    opened = page.locator("a.row").nth(1).get_attribute("data-id")
    page.on("request", lambda it: corrected.extend(re.findall(r"/inbox/(\d+)/label", it.url)))
    gate = Gate(page, CASE)
    for key in ["j", "Enter", "3", "r", *"Halo Bu, e"]:
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert corrected == []
    gate.open()
    expect(page.locator("#reply-text")).to_have_value("Halo Bu, e")
    expect(labelled(page, "Masukan")).to_be_visible()
    expect(page.locator("#conversation-head")).to_have_attribute("data-id", str(opened))
    assert corrected == [opened]
    assert desk.complaints == []


@pytest.mark.parametrize("desk", ["id"], indirect=True)
def test_case_that_was_opened_last_is_shown_though_another_comes_later(desk: Desk) -> None:
    page = desk.page
    page.goto("/inbox")
    rows = page.locator("a.row")
    expect(rows.nth(1)).to_be_visible()
    last = rows.nth(1).get_attribute("data-id")
    gate = Gate(page, CASE)
    for row in (rows.first, rows.nth(1)):
        with page.expect_request(CASE):
            row.click()
    sent_first, sent_last = gate.held
    sent_last.continue_()
    expect(page.locator("#conversation-head")).to_have_attribute("data-id", str(last))
    sent_first.continue_()
    page.wait_for_timeout(500)
    expect(page.locator("#conversation-head")).to_have_attribute("data-id", str(last))
    assert page.url.endswith(f"/inbox/{last}")
