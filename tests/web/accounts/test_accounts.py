"""The accounts page: developer apps, connecting, reconnecting, disconnecting."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_account, make_app
from fakes import SECRET, FakePlatform
from tanggap.app import create_app
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.accounts import ACTIVE, DISCONNECTED, NEEDS_RECONNECT, Account, ChannelApp
from tanggap.store.users import AGENT, SUPERVISOR
from visitors import Visitor

PAGES = ("/admin/accounts", "/admin/accounts/fake/app", "/admin/plugins", "/admin/dead-letters")


@pytest.fixture
def app(services: Services) -> Flask:
    queue = open_queue(services.settings, services.keys, immediate=True)
    return create_app(tasks=Tasks(services, queue))


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


@pytest.fixture
def developer_app(services: Services) -> None:
    with services.database.write() as session:
        make_app(services, session)


def account_rows(services: Services) -> list[Account]:
    with services.database.read() as session:
        return list(session.scalars(select(Account).order_by(Account.id)))


def leave_for_consent(admin: Visitor, **fields: object) -> str:
    page = admin.post("/admin/accounts/fake/connect", fields)
    assert page.status_code == 200
    link = re.search(r'id="leave" href="([^"]+)"', page.text)
    assert link is not None
    return link[1].replace("&amp;", "&")


def come_back(admin: Visitor, consent_url: str, code: str) -> TestResponse:
    state = parse_qs(urlsplit(consent_url).query)["state"][0]
    return admin.get(f"/admin/accounts/fake/callback?state={state}&code={quote_plus(code)}")


@pytest.mark.parametrize("path", PAGES)
def test_stranger_is_sent_to_the_sign_in_page(app: Flask, path: str) -> None:
    answer = Visitor(app).get(path)
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


@pytest.mark.parametrize("path", PAGES)
def test_agent_may_not_open_the_pages_of_the_installation(
    app: Flask, services: Services, path: str
) -> None:
    assert Visitor(app).sign_in(services, AGENT).get(path).status_code == 403


def test_supervisor_sees_dead_letters_but_no_accounts(app: Flask, services: Services) -> None:
    visitor = Visitor(app).sign_in(services, SUPERVISOR)
    assert visitor.get("/admin/dead-letters").status_code == 200
    assert visitor.get("/admin/accounts").status_code == 403


def test_form_without_its_token_is_refused(app: Flask, services: Services) -> None:
    visitor = Visitor(app).sign_in(services)
    assert visitor.client.post("/admin/accounts/fake/connect").status_code == 400


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_pages_open_in_both_languages(
    app: Flask, services: Services, path: str, language: str
) -> None:
    visitor = Visitor(app).sign_in(services)
    visitor.post("/language", {"language": language})
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_stored_secret_is_never_sent_back(admin: Visitor, developer_app: None) -> None:
    page = admin.get("/admin/accounts/fake/app").text
    assert SECRET not in page
    assert 'type="password"' in page


def test_developer_app_is_saved(admin: Visitor, services: Services) -> None:
    fields = {"client_id": "abc", "client_secret": "s3cret"}
    assert admin.post("/admin/accounts/fake/app", fields).status_code == 302
    with services.database.read() as session:
        row = session.get_one(ChannelApp, "fake")
    assert row.config == {"client_id": "abc"}
    assert services.vault.open(row.sealed_secrets) == {"client_secret": "s3cret"}


def test_wrong_value_is_explained_beside_its_field_and_kept(admin: Visitor) -> None:
    answer = admin.post("/admin/accounts/fake/app", {"client_id": "typed already"})
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert 'value="typed already"' in answer.text


def test_account_is_connected_through_the_consent_page(
    admin: Visitor, services: Services, developer_app: None
) -> None:
    url = leave_for_consent(admin)
    assert url.startswith("https://fake.example/consent")
    assert come_back(admin, url, "acme").headers["Location"].endswith("/admin/accounts")
    assert [row.name for row in account_rows(services)] == ["Acme"]
    assert "Acme" in admin.get("/admin/accounts").text


def test_page_that_leaves_for_the_platform_asks_no_form_to_cross_over(
    admin: Visitor, developer_app: None
) -> None:
    page = admin.post("/admin/accounts/fake/connect")
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert 'http-equiv="refresh"' in page.text


def test_several_accounts_are_offered_for_choice(
    admin: Visitor, services: Services, developer_app: None
) -> None:
    page = come_back(admin, leave_for_consent(admin), "one+two").text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket is not None
    assert page.count('name="external_id"') == 2
    assert "token-for" not in page
    fields = {"ticket": ticket[1], "external_id": "two"}
    admin.post("/admin/accounts/fake/choose", fields)
    assert [row.external_id for row in account_rows(services)] == ["two"]


def test_refusal_on_the_consent_page_is_shown_inert(admin: Visitor, developer_app: None) -> None:
    url = "/admin/accounts/fake/callback?error=access_denied&error_description=<b>no</b>"
    assert admin.get(url).status_code == 302
    assert "&lt;b&gt;no&lt;/b&gt;" in admin.get("/admin/accounts").text


def test_made_up_state_connects_nothing(
    admin: Visitor, services: Services, developer_app: None
) -> None:
    admin.get("/admin/accounts/fake/callback?state=made-up&code=acme")
    assert account_rows(services) == []
    assert "Start again." in admin.get("/admin/accounts").text


def test_lost_account_is_on_every_page_until_it_is_reconnected(
    admin: Visitor, services: Services, developer_app: None
) -> None:
    with services.database.write() as session:
        values = {"state": NEEDS_RECONNECT, "state_cause": "revoked", "external_id": "acme"}
        row = make_account(session, services, name="Toko Acme", **values)
    assert "somebody withdrew the access" in admin.get("/profile").text
    come_back(admin, leave_for_consent(admin, account_id=row.id), "acme")
    assert "somebody withdrew the access" not in admin.get("/profile").text
    assert [again.id for again in account_rows(services)] == [row.id]


def test_account_is_disconnected(admin: Visitor, services: Services, developer_app: None) -> None:
    with services.database.write() as session:
        row = make_account(session, services)
    admin.post(f"/admin/accounts/{row.id}/disconnect")
    assert [again.state for again in account_rows(services)] == [DISCONNECTED]
    assert admin.post("/admin/accounts/999/disconnect").status_code == 404


def test_name_from_a_platform_is_shown_inert(
    admin: Visitor, services: Services, platform: FakePlatform
) -> None:
    with services.database.write() as session:
        make_account(session, services, name="<script>alert(1)</script>", handle='"><img>')
    page = admin.get("/admin/accounts").text
    assert "<script>alert" not in page
    assert "<img>" not in page


@pytest.mark.parametrize("path", ["app", "callback"])
def test_channel_without_a_plugin_is_not_found(admin: Visitor, path: str) -> None:
    assert admin.get(f"/admin/accounts/nowhere/{path}").status_code == 404


def test_account_whose_plugin_is_gone_says_so_and_can_be_disconnected(
    admin: Visitor, services: Services
) -> None:
    with services.database.write() as session:
        row = make_account(session, services, name="Toko Yatim")
        make_account(session, channel="import", external_id="old", name="Toko Lama")
    assert "no plugin brings" not in admin.get("/profile").text
    del services.registry.channels["fake"]
    assert "no plugin brings its channel" in admin.get("/profile").text
    orphans, imported = (
        admin.get("/admin/accounts")
        .text.split('id="channel-orphans"')[1]
        .split('id="channel-imported"')
    )
    assert "install the plugin again" in orphans
    assert "withdraw it on the platform, too" in orphans
    assert ("Connected" in orphans, "Reconnect" in orphans) == (False, False)
    assert ("Toko Lama" in imported, "No plugin" in imported) == (True, False)
    admin.post(f"/admin/accounts/{row.id}/disconnect")
    assert [again.state for again in account_rows(services)] == [DISCONNECTED, ACTIVE]
    assert "no plugin brings" not in admin.get("/profile").text
