"""Take the pictures of the documentation: the demo's morning, at one fixed moment, in a browser.

Needs the packages of the tests and Chromium. The same code makes the same pictures, so that a
difference in `docs/pictures` is a difference that users see.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import time_machine  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from stages import Stage, running  # noqa: E402
from story import NOON, Told, case_of, settle, tell  # noqa: E402
from tanggap.inbox.operation.setup import ensure_defaults  # noqa: E402
from tanggap.inbox.services import open_services  # noqa: E402
from tanggap.plugins.registry import load  # noqa: E402
from tanggap.settings import Settings  # noqa: E402
from tanggap.store.migrate import upgrade  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
COLOURS = 256

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Scene:
    """One picture: who looks at which page, what they do there, and in which surroundings."""

    name: str
    who: str
    path: str
    act: Act = field(default=lambda _page: None)
    dark: bool = False
    phone: bool = False


def key(keys: str, then: str = "") -> Act:
    """Press a key where no field has the focus, and wait for what it shows."""

    def act(page: Page) -> None:
        page.locator("#thread, #main").first.focus()
        page.keyboard.press(keys)
        if then:
            expect(page.locator(then).first).to_be_visible()

    return act


def write(text: str, then: str) -> Act:
    """Type an answer and wait for what the desk says of it."""

    def act(page: Page) -> None:
        page.locator("#reply-text").fill(text)
        expect(page.locator(then).first).to_be_visible()

    return act


def invite(page: Page) -> None:
    """Let the desk write the invitation."""
    key("g")(page)
    text = page.locator("#reply-text")
    expect(text).not_to_have_value("")
    text.evaluate("it => { it.value = it.value.replace(/tg-\\w+/, 'tg-kwp5wrw4g226325t'); }")


def cover_number(page: Page) -> None:
    """Cover the request's number, which is another one every time."""
    page.locator("main .hint").evaluate(
        "it => { it.textContent = it.textContent.replace(/\\S+$/, '0123456789abcdef'); }"
    )


def offline(page: Page) -> None:
    """Cut the line and wait until the desk says so."""
    page.context.set_offline(True)
    expect(page.locator("#pulse")).to_have_attribute("data-state", "offline")


def search(page: Page) -> None:
    """Find somebody who wants to know what is kept of them."""
    page.locator("main input[name=q]").fill("kevin")
    page.keyboard.press("Enter")
    page.locator(".people-found a").first.click()
    expect(page.locator("#erase")).to_be_visible()


def scenes(case: Callable[[str], int]) -> Iterator[Scene]:
    """List the pictures; `case` finds the case of a post of the story."""
    otp, pottery, pallets = f"/inbox/{case('t-otp-1')}", f"/inbox/{case('t-007')}", case("l-005")
    yield Scene("audit", "wulan", "/admin/audit")  # before others act
    yield Scene("desk", "ayu", otp)
    yield Scene("desk-dark", "citra", otp, dark=True)
    yield Scene("keys", "ayu", otp, key("?", "#help"))
    yield Scene("suggested-answers", "ayu", pottery, key("t", ".answer"))
    asked = "Halo kak, kirim nomor KTP sama alamat lengkapnya di sini ya biar kami cek!!"
    yield Scene("tone", "ayu", pottery, write(asked, ".finding"))
    yield Scene("invitation", "ayu", f"/inbox/{case('t-010')}", invite)
    yield Scene("personal-data", "citra", f"/inbox/{case('x-phone')}")
    yield Scene("approval", "budi", f"/inbox/{pallets}")
    yield Scene("merge", "ayu", f"/inbox/{case('x-again')}/join")
    yield Scene("choose-several", "budi", "/inbox/bulk?label=complaint")
    yield Scene("empty", "ayu", "/inbox?state=snoozed")
    yield Scene("error", "citra", "/inbox/999999", cover_number)
    yield Scene("offline", "ayu", "/inbox", offline)
    yield Scene("phone-list", "citra", "/inbox", phone=True, dark=True)
    yield Scene("phone-case", "ayu", otp, phone=True)
    yield Scene("people", "wulan", "/admin/people")
    yield Scene("rules", "wulan", "/admin/rules")
    yield Scene("privacy", "wulan", "/privacy", search)


def take(stage: Stage, scene: Scene, user_id: int | None) -> None:
    """Take one picture."""
    options: dict[str, Any] = {
        "viewport": PHONE if scene.phone else WIDE,
        "color_scheme": "dark" if scene.dark else "light",
        "reduced_motion": "reduce",
        "timezone_id": "Asia/Jakarta",
        "locale": "id-ID",
    }
    page = stage.open(user_id, **options) if user_id else stage.visitor(**options)
    page.clock.set_fixed_time(NOON)
    page.goto(scene.path)
    page.wait_for_load_state("networkidle")
    scene.act(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")
    drawn = Image.open(io.BytesIO(page.screenshot(caret="initial"))).convert("RGB")
    small = drawn.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{scene.name}.png", optimize=True)
    stage.contexts.remove(page.context)
    page.context.close()


@contextmanager
def staged(browser: Browser) -> Iterator[Stage]:
    """Let a new installation run with the channels that are installed."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), login_rate="1000 per minute")
        services = open_services(settings, classifier=Told(), registry=load())
        upgrade(services.database)
        with services.database.write() as session:
            ensure_defaults(session)
        with running(services, browser) as stage:
            yield stage
        services.close()


def main() -> int:
    """Take those whose names are given, or all."""
    wanted = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, time_machine.travel(NOON, tick=False):
        names = ("chromium", "chromium-browser", "chromium-headless-shell")
        path = next(filter(None, map(shutil.which, names)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        if not wanted or "first-start" in wanted:
            with staged(browser) as stage:
                take(stage, Scene("first-start", "", "/setup"), None)
        with staged(browser) as stage:
            tell(stage.services)
            people = settle(stage)
            for scene in scenes(lambda key: case_of(stage.services, key)):
                if not wanted or scene.name in wanted:
                    take(stage, scene, people[scene.who])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
