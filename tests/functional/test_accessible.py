"""Every page of the web, held against WCAG 2.1 AA by axe-core, in light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from conftest import skip_or_fail
from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from tanggap.app import create_app
from tanggap.inbox.cases import author_cards
from tanggap.inbox.people import people
from tanggap.inbox.posts import joins
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork import consultations, notes, shift_notes
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.settings import Settings
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN, Team, TeamMember

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
AXE = Path(__file__).parents[1] / "vendor" / "axe.js"
PICTURES = os.environ.get("TANGGAP_TEST_PICTURES", "")
PASSWORD = "rahasia sekali 123"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
# Answers for scripts, files, and pages that only lead on.
SKIPPED = ("api", "assets.", "auth.", "health.", "live.", "presence.show", "inbox.rows")
LEADING_ON = ("inbox.home", "views.following", "rules.export", "accounts.callback", "first_run.")


@pytest.fixture
def app(services: Services) -> Flask:
    tasks = Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    return create_app(tasks=tasks)


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The address of the application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fill(services: Services) -> list[str]:
    """Make a case with all that can stand in one, and name the pages that are about it."""
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        hashed = people.hash_password(PASSWORD)
        wulan = make_user(
            session, "Wulan", email="wulan@contoh.example", password_hash=hashed, role=ADMIN
        )
        budi = make_user(session, "Budi Santoso")
        team = session.query(Team).filter_by(key="compliance").one()
        session.add_all(TeamMember(team_id=team.id, user_id=one.id) for one in (wulan, budi))
        author = make_author(session, name="Rina Wijaya", followers=1200, verified=True)
        case, other = (make_conversation(session, account, author, tags=["vip"]) for _ in range(2))
        case.label, case.confidence = "complaint", 0.62
        make_post(session, case, "paket saya belum sampai sejak Senin, tolong dicek ya min")
        make_post(session, case, "halo?")
        make_post(session, other, "tagihan saya juga salah")
        for _ in range(6):
            row = make_conversation(session, account, team_id=team.id)
            make_post(session, row, "kapan buka lagi min?")
        session.flush()
        joins.merge(session, case.id, other.id, budi.id, case.revision)
        notes.write_note(session, conversation_id=case.id, user_id=budi.id, text="cek @compliance")
        consultations.ask(
            session,
            conversation_id=case.id,
            team_id=team.id,
            user_id=budi.id,
            question="Boleh ganti rugi?",
            within="1h",
        )
        case = session.get_one(Conversation, case.id)
        case.assignee_id = budi.id
        session.flush()
        shift_notes.leave(
            session, budi.id, to=f"person:{wulan.id}", text="titip ya", cases={case.id: "janji"}
        )
        author_cards.save_card(
            session, author.id, budi.id, revision=1, tier="emas", note="", do_not_contact=True
        )
        return [f"/inbox/{case.id}", f"/inbox/{case.id}/join", f"/authors/{author.id}"]


def plain_pages(app: Flask) -> list[str]:
    """List the addresses of pages that need no number."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.endpoint.startswith((*SKIPPED, *LEADING_ON))
        and not rule.rule.startswith(("/api", "/signs"))
        and not any(part in rule.rule for part in ("export", ".css", ".svg", ".json"))
    )


def complaints(page: Page, where: str, scheme: str) -> list[str]:
    """Let axe look at the page as it is shown; other colours can only change contrasts."""
    wanted = {"type": "tag", "values": list(RULES)}
    if scheme == "dark":
        wanted = {"type": "rule", "values": ["color-contrast"]}
    else:
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "only => axe.run(document, only)", {"runOnly": wanted, "resultTypes": ["violations"]}
    )
    return [
        f"{where} {scheme}: {one['id']}: {node['target']} {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def test_every_page_is_accessible_in_light_and_dark(
    services: Services, app: Flask, url: str, browser: Browser
) -> None:
    if not AXE.exists():
        skip_or_fail("tests/vendor/axe.js is missing; the build fetches it (`make setup`)")
    addresses = ["/login", *fill(services), *plain_pages(app)]
    context = browser.new_context(base_url=url, locale="en")
    page = context.new_page()
    page.set_default_timeout(60_000)
    found: list[str] = []
    for number, address in enumerate(addresses):
        if number == 1:
            page.locator("input[type=email]").fill("wulan@contoh.example")
            page.locator("input[type=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/inbox**")
        answer = page.goto(address)
        kind = answer.headers["content-type"] if answer is not None else ""
        if answer is None or answer.status != 200 or "text/html" not in kind:
            found.append(f"{address}: answered {answer.status if answer else 'nothing'}")
            continue
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += complaints(page, address, scheme)
            if PICTURES:
                name = address.strip("/").replace("/", "-") or "home"
                page.screenshot(path=f"{PICTURES}/{name}-{scheme}.png")
                Path(PICTURES, "findings.txt").write_text("\n".join(found))
    context.close()
    assert not found, "\n".join(found)


def test_axe_complains_of_what_is_wrong(settings: Settings, browser: Browser) -> None:
    if not AXE.exists():
        skip_or_fail("tests/vendor/axe.js is missing; the build fetches it (`make setup`)")
    page = browser.new_page()
    page.set_content('<main><img src="data:,"><p style="color: #bbb">pucat</p></main>')
    found = "\n".join(complaints(page, "here", "light"))
    assert "image-alt" in found
    assert "color-contrast" in found
