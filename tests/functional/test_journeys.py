"""What nobody does on the side: the first start, the administration, privacy and praise.

Each journey is gone in Indonesian and in English, or one person in it reads the one and the other
person the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post
from stages import PASSWORD, PATIENCE, Stage, running
from tanggap.inbox.operation.first_run import setup_code
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.testimonials import Testimonial as Permission
from tanggap.store.users import ADMIN, COMPLIANCE, SUPERVISOR, User

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
expect.set_options(timeout=PATIENCE)
OTHER = {"id": "en", "en": "id"}


@pytest.fixture
def stage(services: Services, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(
        people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    with running(services, browser) as opened:
        yield opened
    assert opened.complaints == []


@pytest.fixture(params=["id", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def speaks(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_empty_installation_becomes_a_desk_with_samples(stage: Stage, language: str) -> None:
    page = stage.visitor(locale="id-ID")
    page.goto("/login")
    page.locator("a[href='/setup']").click()
    page.locator(f"button[name=language][value={language}]").click()
    speaks(page, language)
    page.locator("#code").fill("AAAA-BBBB-CCCC")
    for name, value in (("name", "Wulan"), ("email", "wulan@contoh.example")):
        page.locator(f"#{name}").fill(value)
    page.locator("#password").fill(PASSWORD)
    page.locator("#company").fill("Toko Contoh")
    page.locator("#language").select_option(language)
    then = {"id": "samples", "en": "connect"}[language]
    page.locator(f"input[name=then][value={then}]").check()
    page.locator("main form button.primary").click()
    expect(page.locator("#code-note")).to_have_class("problem")
    expect(page.locator("#name")).to_have_value("Wulan")
    page.locator("#code").fill(setup_code(stage.services.keys))
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button.primary").click()
    if then == "connect":
        page.wait_for_url("**/admin/accounts")
        page.goto("/inbox")
        page.locator("form[action='/setup/samples'] button").click()
        expect(page.locator("a.row").first).to_be_visible()
    page.wait_for_url("**/inbox")
    speaks(page, language)
    page.locator("a.row", has_text="Rina").click()
    expect(page.locator("#thread")).to_contain_text("halo? sudah sejam")
    page.goto("/admin/accounts")
    page.locator("form[action='/setup/samples/remove'] button").click()
    page.wait_for_url("**/inbox")
    expect(page.locator("a.row")).to_have_count(0)
    expect(page.locator(".empty-state").first).to_be_visible()


def test_person_is_invited_secures_the_account_and_leaves(stage: Stage) -> None:
    language = "id"
    admin = stage.open(stage.person("Wulan Sari", ADMIN, language))
    admin.goto("/admin/people")
    speaks(admin, language)
    admin.locator("#invite-email").fill("budi@contoh.example")
    admin.locator("#invite-name").fill("Budi Santoso")
    admin.locator("#invite-language").select_option(OTHER[language])
    admin.locator(".invite-form button.primary").click()
    link = urlsplit(admin.locator("#link").input_value()).path

    budi = stage.visitor()
    budi.goto(link)
    budi.locator("#password").fill(PASSWORD)
    budi.locator("main form button.primary").click()
    budi.wait_for_url("**/inbox**")
    speaks(budi, OTHER[language])
    codes = switch_second_step_on(budi)
    budi.goto("/profile")
    with budi.expect_navigation():
        budi.locator("form[action='/logout'] button").click()
    budi.goto(link)
    expect(budi.locator("#password")).to_have_count(0)
    phone = stage.visitor(viewport={"width": 390, "height": 780})
    for page, code in ((budi, codes[0]), (phone, codes[1])):
        sign_in(page, code)
    budi.goto("/profile/sessions")
    budi.locator("form[action$='/end-others'] button").click()
    expect(budi.locator("form[action$='/end-others']")).to_have_count(0)
    phone.goto("/inbox")
    phone.wait_for_url("**/login**")

    promote_and_deactivate(stage, admin)
    budi.goto("/inbox")
    budi.wait_for_url("**/login**")
    admin.goto("/admin/audit")
    expect(admin.locator(".audit-facts").filter(has_text="supervisor").first).to_contain_text("→")
    speaks(admin, language)


def promote_and_deactivate(stage: Stage, admin: Page) -> None:
    """Give a colleague another role and take the account away."""
    with stage.services.database.read() as session:
        number = session.scalars(select(User.id).where(User.name == "Budi Santoso")).one()
    admin.goto(f"/admin/people/{number}")
    admin.locator("#role").select_option(SUPERVISOR)
    with admin.expect_navigation():
        admin.locator("form[action$='/role'] button").click()
    admin.locator("summary", has=admin.locator("use[href$='#ban']")).click()
    with admin.expect_navigation():
        admin.locator("form[action$='/deactivate'] button").click()


def switch_second_step_on(page: Page) -> list[str]:
    """Enrol a phone; gives the recovery codes."""
    page.goto("/profile/second-factor")
    secret = page.locator("li code").first.inner_text()
    page.locator("#code-confirm").fill("000000")
    page.locator("form:has(#code-confirm) button").click()
    expect(page.locator(".notice.problem")).to_be_visible()
    page.locator("#code-confirm").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    page.locator("form:has(#code-confirm) button").click()
    expect(page.locator(".recovery li").first).to_be_visible()
    return page.locator(".recovery code").all_inner_texts()


def sign_in(page: Page, code: str) -> None:
    page.goto("/login")
    page.locator("input[type=email]").fill("budi@contoh.example")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox**")


def test_customer_is_given_their_data_and_forgotten(stage: Stage, language: str) -> None:
    fill(stage.services)
    page = stage.open(stage.person("Intan Putri", COMPLIANCE, language))
    page.goto("/privacy")
    speaks(page, language)
    page.locator("main input[name=q]").fill("rita")
    page.keyboard.press("Enter")
    page.locator(".people-found a").click()
    page.locator("form[action$='/export'] button").click()
    with page.expect_download() as given:
        page.locator("form[action$='/download'] button").click()
    assert given.value.suggested_filename.endswith(".zip")
    page.locator("#typed").fill("orang lain")
    page.locator(".danger-zone button.danger").click()
    expect(page.locator(".notice.problem")).to_be_visible()
    page.locator("#typed").fill(page.locator("h1 bdi").inner_text())
    page.locator(".danger-zone button.danger").click()
    stage.tasks.sweep()
    expect(page.locator(".certificate .state-resolved")).to_be_visible()
    with page.expect_download() as certificate:
        page.locator("a[download]").click()
    told = Path(certificate.value.path()).read_text()
    assert '"rows_left": {}' in told
    assert "Rita" not in told
    page.goto("/inbox?q=pengiriman")
    expect(page.locator("a.row")).to_have_count(0)

    page.goto("/privacy/retention")
    page.locator("#text-days").fill("30")
    page.locator("button[value=preview]").click()
    expect(page.locator(".notice[role=status]")).to_contain_text(re.compile(r"\d"))
    page.locator("button[value=save]").click()
    expect(page.locator("#main table")).to_contain_text("30")


def test_praise_is_permitted_and_shown_outside(stage: Stage, language: str) -> None:
    fill(stage.services)
    page = stage.open(stage.person("Budi Santoso", SUPERVISOR, language))
    page.goto("/praise")
    speaks(page, language)
    page.locator("form[action$='/grant'] button").click()
    expect(page.locator("#main .follow-list")).to_contain_text("boleh, silakan")
    with page.expect_download() as given:
        page.locator("a[href$='export.csv']").click()
    told = Path(given.value.path()).read_text()
    assert "ramah sekali" in told
    assert "boleh, silakan" in told
    page.locator("form[action$='/withdraw'] button").click()
    expect(page.locator("form[action$='/withdraw']")).to_have_count(0)


def fill(services: Services) -> None:
    """Make a customer who praises and says yes, and who may want to be forgotten."""
    with services.database.write() as session:
        make_app(services, session)
        author = make_author(session, name="Rita", handle="rita")
        case = make_conversation(
            session, make_account(session, services), author, label="praise", state="resolved"
        )
        case.last_post_at = utcnow() - timedelta(hours=2)
        case.resolved_at = utcnow()
        praise = make_post(session, case, "pengiriman cepat, kurirnya ramah sekali")
        asked = utcnow() - timedelta(hours=1)
        session.add(
            Permission(
                conversation_id=case.id, author_id=author.id, post_id=praise.id, asked_at=asked
            )
        )
        make_post(session, case, "boleh, silakan", posted_at=utcnow())
