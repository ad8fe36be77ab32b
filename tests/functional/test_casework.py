"""Two people at work on the same cases, of whom one reads Indonesian and the other English.

Their cases are merged and split, moved by macros, asked about, handed over at the end of the shift,
kept in views, changed several at once, and practised on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post
from stages import PATIENCE, Stage, running
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.users import AGENT, SUPERVISOR, Team

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def stage(services: Services, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(
        people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    with running(services, browser) as opened:
        yield opened
    assert opened.complaints == []


@pytest.fixture
def pair(stage: Stage, request: pytest.FixtureRequest) -> tuple[Page, Page]:
    """An agent who reads this language and a supervisor who reads the other one."""
    languages = ("id", "en") if request.param == "id" else ("en", "id")
    agent = stage.open(stage.person("Ayu Lestari", AGENT, languages[0]))
    chief = stage.open(stage.person("Budi Santoso", SUPERVISOR, languages[1]))
    return agent, chief


@pytest.fixture
def cases(services: Services) -> list[int]:
    """Two cases of one customer and one of another, all of the same team."""
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        rita, sari = (make_author(session, name=name) for name in ("Rita", "Sari"))
        team = session.scalars(select(Team.id).where(Team.key == "care")).one()
        found = []
        for author, words in (
            (rita, "paket saya belum sampai"),
            (rita, "saya juga ditagih dua kali"),
            (sari, "kapan toko buka?"),
        ):
            case = make_conversation(session, account, author, team_id=team, label="question")
            case.last_post_at = utcnow()
            make_post(session, case, words)
            found.append(case.id)
        make_post(session, case, "hari Minggu maksud saya")
        return found


@pytest.mark.parametrize("pair", ["id"], indirect=True)
def test_cases_are_merged_split_and_practised_on(
    pair: tuple[Page, Page], cases: list[int], services: Services
) -> None:
    page, chief = pair
    merge_and_undo(page, chief, cases)
    split_and_undo(page, cases)
    answer(services, cases[0])
    practise(page)
    chief.goto("/coaching")
    chief.locator("table a", has_text="Ayu Lestari").click()
    expect(chief.locator(".figures .figure")).to_have_count(4)
    speak_differently(page, chief)


def speak_differently(page: Page, chief: Page) -> None:
    languages = {one.locator("html").get_attribute("lang") for one in (page, chief)}
    assert languages == {"id", "en"}


def merge_and_undo(page: Page, chief: Page, cases: list[int]) -> None:
    page.goto(f"/inbox/{cases[0]}")
    page.locator(".join-link").click()
    page.locator("form[action*='/merge'] button").click()
    thread = page.locator("#thread")
    expect(thread).to_contain_text("ditagih dua kali")
    chief.goto(f"/inbox/{cases[1]}")
    chief.wait_for_url(f"**/inbox/{cases[0]}**")
    chief.locator("form[action*='/undo'] button").click()
    expect(chief.locator("#thread")).not_to_contain_text("ditagih dua kali")


def split_and_undo(page: Page, cases: list[int]) -> None:
    thread = page.locator("#thread")
    page.goto(f"/inbox/{cases[2]}/join")
    page.locator(".tick-list label", has_text="hari Minggu").click()
    with page.expect_navigation():
        page.locator("form[action*='/split'] button").click()
    page.goto(f"/inbox/{cases[2]}?state=any")
    expect(thread.locator("li.post", has_text="hari Minggu")).to_have_count(0)
    page.locator("form[action*='/undo'] button").click()
    expect(thread.locator("li.post", has_text="hari Minggu")).to_have_count(1)


@pytest.mark.parametrize("pair", ["en"], indirect=True)
def test_case_is_tagged_by_a_macro_asked_about_and_handed_over(
    pair: tuple[Page, Page], cases: list[int]
) -> None:
    page, chief = pair
    run_a_macro(page, chief, cases)
    ask_a_team(page, chief)
    end_the_shift(page, chief, cases)
    change_several(chief, cases)
    speak_differently(page, chief)


def run_a_macro(page: Page, chief: Page, cases: list[int]) -> None:
    chief.goto("/admin/macros")
    chief.locator("#macro-name").fill("Minta nomor resi")
    chief.locator("#macro-text").fill("Boleh minta nomor resinya?")
    chief.locator("#macro-tags").fill("resi")
    chief.locator("main form.form button.primary").click()
    expect(chief.locator(".told-list")).to_contain_text("Minta nomor resi")
    page.goto(f"/inbox/{cases[0]}")
    page.locator("#thread").focus()
    page.keyboard.press("t")
    page.locator(".answer", has_text="Minta nomor resi").click()
    expect(page.locator("#reply-text")).to_have_value(re.compile("nomor resinya"))
    expect(page.locator(".tags .tag")).to_have_text(re.compile("resi"))


def ask_a_team(page: Page, chief: Page) -> None:
    page.locator("#reply-text").press("Escape")
    page.keyboard.press("q")
    page.locator("#consult-box select[name=team]").select_option(index=0)
    page.locator("#consult-text").fill("Boleh ganti rugi?")
    page.locator("#consult-box button.note-save").click()
    expect(page.locator(".consultation")).to_contain_text("Boleh ganti rugi?")
    chief.goto("/consultations?of=all")
    chief.locator("textarea[name=answer]").fill("Boleh, sampai 50 ribu")
    chief.locator(".answer-line button").click()
    expect(chief.locator(".answer-line")).to_have_count(0)
    expect(page.locator(".consultation blockquote")).to_contain_text("sampai 50 ribu")


def end_the_shift(page: Page, chief: Page, cases: list[int]) -> None:
    page.goto(f"/inbox/{cases[0]}")
    page.locator("form[action*='/claim'] button").first.click()
    expect(page.locator("form[action*='/release'] button").first).to_be_visible()
    page.goto("/shift-notes")
    page.locator("#shift-to").select_option(label="Budi Santoso")
    page.locator("#shift-text").fill("Rita menunggu kabar gudang")
    page.locator(f"#note-{cases[0]}").fill("janji jam 5")
    page.locator(".shift-form button.primary").click()
    chief.goto("/inbox?assignee=mine")
    expect(chief.locator(".shift-note")).to_contain_text("menunggu kabar gudang")
    expect(chief.locator(f"#row-{cases[0]}")).to_be_visible()
    chief.locator(".shift-note form button").click()
    expect(chief.locator(".shift-note")).to_have_count(0)
    page.reload()
    expect(page.locator(".told-line")).to_contain_text("Budi Santoso")
    expect(page.locator(".told-line use[href$='#check']")).to_have_count(1)


def change_several(chief: Page, cases: list[int]) -> None:
    chief.goto("/inbox?label=question")
    chief.locator("#save-view > summary").click()
    chief.locator("#view-name").fill("Pertanyaan kita")
    chief.locator("#save-view button.primary").click()
    chief.locator("#nav .nav-link", has_text="Pertanyaan kita").click()
    chief.locator("[data-key=x]").click()
    chief.locator("[data-ticks-all]").check()
    chief.locator("input[name=tag]").fill("ramai")
    chief.locator("button[value=tag]").click()
    expect(chief.locator(".notice")).to_contain_text("3")
    chief.goto(f"/inbox/{cases[2]}")
    expect(chief.locator(".tags .tag")).to_have_text(re.compile("ramai"))


def practise(page: Page) -> None:
    page.goto("/practice")
    page.locator("form[action$='/practice/next'] button").click()
    expect(page.locator("#practice-text")).to_contain_text("belum sampai")
    page.locator("input[name=label][value=complaint]").check()
    page.locator("#practice-team").select_option(index=1)
    page.locator("#practice-answer").fill("Kirim nomor KTP di sini ya")
    page.locator(".practice-form button.primary").click()
    expect(page.locator(".outcome.good").first).to_be_visible()
    expect(page.locator(".findings .finding").first).to_be_visible()
    expect(page.locator(".side-by-side")).to_contain_text("Kami bantu cek ya Kak.")


def answer(services: Services, case_id: int) -> None:
    """Let a case have been labelled, answered and resolved a while ago."""
    with services.database.write() as session:
        case = session.get_one(Conversation, case_id)
        case.state, case.resolved_at, case.first_answered_at = "resolved", utcnow(), utcnow()
        post = session.get_one(Post, case.last_inbound_id)
        later = post.posted_at + timedelta(minutes=5)
        make_post(session, case, "Kami bantu cek ya Kak.", from_us=True, posted_at=later)
        session.add(
            VerdictRow(
                post_id=post.id,
                revision=1,
                label="complaint",
                confidence=0.9,
                certain=True,
                probabilities={},
                language="id",
                model_version="1",
            )
        )
