"""The page of one account, its budget, and the form that connects by typed values."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from factories import make_account, make_app
from fakes import FakePlatform, change_channel
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.services import Services
from tanggap.sdk import Account as SdkAccount
from tanggap.sdk import ConfigField, Connecting, InvalidConfig, Token
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.reading import Gap
from tanggap.store.users import AGENT
from visitors import Visitor

PRICES = {"post": Decimal("0.005")}


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


def test_gaps_and_costs_are_shown(
    admin: Visitor, services: Services, account: Account, platform: FakePlatform
) -> None:
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        read_meter.note_reads(session, row, {"post": ["a", "b", "c"]}, PRICES)
        session.add(
            Gap(account_id=row.id, started_at=utcnow() - timedelta(hours=1), ended_at=utcnow(),
                cause="platform", detail="502 <b>", recovered=7)
        )  # fmt: skip
    page = admin.get(f"/admin/accounts/{account.id}").text
    for said in (">$0.015<", "the platform did not answer", "502 &lt;b&gt;", "7 posts"):
        assert said in page


def test_cap_is_set_shown_and_warned_of_everywhere(
    app: Flask, admin: Visitor, services: Services, account: Account
) -> None:
    place = f"/admin/accounts/{account.id}"
    assert admin.post(f"{place}/caps", {"usd": "0,02", "reads": ""}).status_code == 302
    assert 'value="0.02"' in admin.get(place).text
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        read_meter.note_reads(session, row, {"post": ["a", "b", "c", "d"]}, PRICES)
    assert "Only webhooks bring posts until" in admin.get(place).text
    assert "its read budget is used up" in Visitor(app).sign_in(services, AGENT).get("/inbox").text


def test_cap_that_makes_no_sense_is_refused_beside_its_field(
    admin: Visitor, account: Account
) -> None:
    page = admin.post(f"/admin/accounts/{account.id}/caps", {"usd": "<b>", "reads": "3"})
    assert page.status_code == 422
    assert "Enter an amount above 0" in page.text
    assert 'value="&lt;b&gt;"' in page.text


def test_settings_of_an_account_are_shown_in_the_readers_language_and_saved(
    admin: Visitor, services: Services, account: Account
) -> None:
    label = {"en": "Length of posts", "id": "Panjang kiriman"}
    choices = (("", {"en": "short", "id": "pendek"}), ("long", {"en": "long", "id": "panjang"}))
    field = ConfigField("length", label, "choice", required=False, choices=choices)
    place = f"/admin/accounts/{account.id}"
    assert "Settings of the account" not in admin.get(place).text
    change_channel(services, account_fields=(field,))
    assert "Length of posts" in admin.get(place).text
    assert admin.post(f"{place}/settings", {"length": "endless"}).status_code == 422
    assert admin.post(f"{place}/settings", {"length": "long"}).status_code == 302
    assert '<option value="long" selected>long</option>' in admin.get(place).text


def test_only_admins_see_it(app: Flask, services: Services, account: Account) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    assert agent.get(f"/admin/accounts/{account.id}").status_code == 403
    assert agent.get("/admin/accounts/fake/form").status_code == 403


@pytest.fixture
def forum(services: Services) -> None:
    def connect(app: object, values: object, http: object) -> list[SdkAccount]:
        if values["key"] != "right":  # type: ignore[index]
            raise InvalidConfig("key", "the forum does not know this key")
        return [SdkAccount("f", "Forum", Token("right"), app)]  # type: ignore[arg-type]

    fields = (
        ConfigField("url", {"en": "Address", "id": "Alamat forum"}, "url", {"id": "Mulai https"}),
        ConfigField("key", "Key", "secret"),
    )
    connecting = Connecting(fields=fields, connect=connect)  # type: ignore[arg-type]
    change_channel(services, oauth=None, app_fields=(), connecting=connecting)


@pytest.mark.usefixtures("forum")
def test_form_connects_and_says_what_is_wrong_where_it_is_wrong(
    admin: Visitor, services: Services
) -> None:
    assert 'href="/admin/accounts/fake/form"' in admin.get("/admin/accounts").text
    values = {"url": "https://f.example", "key": "wrong"}
    page = admin.post("/admin/accounts/fake/form", values)
    assert page.status_code == 422
    assert "the forum does not know this key" in page.text
    assert 'value="https://f.example"' in page.text
    assert "wrong" not in re.sub(r'class="[^"]*"', "", page.text)
    assert admin.post("/admin/accounts/fake/form", values | {"key": "right"}).status_code == 302
    assert "Forum" in admin.get("/admin/accounts").text


@pytest.mark.usefixtures("forum")
def test_plugins_words_are_shown_in_the_readers_language(
    admin: Visitor, services: Services
) -> None:
    from tanggap.store.users import User

    assert "Address" in admin.get("/admin/accounts/fake/form").text
    with services.database.write() as session:
        session.get_one(User, admin.user_id).language = "id"
    page = admin.get("/admin/accounts/fake/form").text
    assert "Alamat forum" in page
    assert "Mulai https" in page
    assert "Key" in page
