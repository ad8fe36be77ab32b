"""Hostile text in every column of the database, in a real browser under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from factories import make_account, make_app, make_author, make_conversation, make_post
from hostile_rows import MARKUP, fill
from stages import PATIENCE, Stage, running
from tanggap.inbox.services import Services
from tanggap.store.users import ADMIN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
expect.set_options(timeout=PATIENCE)
PAGES = ("/inbox", "/admin/people", "/admin/audit", "/admin/rules/fake", "/admin/teams", "/p/fake")


@pytest.fixture
def stage(services: Services, browser: Browser) -> Iterator[Stage]:
    with running(services, browser) as opened:
        yield opened


def test_nothing_of_strangers_becomes_markup_or_runs(stage: Stage) -> None:
    person = stage.person("Wulan Sari", ADMIN, "en")
    fill(stage.services, person, MARKUP)
    page = stage.open(person)
    page.goto("/inbox/1")
    expect(page.locator("#thread")).to_contain_text("{{1234*5}}")
    for path in PAGES:
        page.goto(path)
        assert page.locator("xss, [xss]").count() == 0, path
    page.goto("/inbox/1")
    assert page.locator("xss, [xss]").count() == 0
    assert stage.complaints == []


def test_name_without_a_space_stays_within_its_post_on_a_phone(stage: Stage) -> None:
    with stage.services.database.write() as session:
        make_app(stage.services, session)
        author = make_author(session, name="W" * 50)
        case = make_conversation(session, make_account(session, stage.services), author)
        make_post(session, case, "paket saya belum sampai")
        number = case.id
    page = stage.open(stage.person("Ayu Lestari"), viewport={"width": 360, "height": 640})
    page.goto(f"/inbox/{number}")
    expect(page.locator("#thread")).to_contain_text("W" * 50)
    wider = page.locator("#thread").evaluate("thread => thread.scrollWidth - thread.clientWidth")
    assert wider == 0
