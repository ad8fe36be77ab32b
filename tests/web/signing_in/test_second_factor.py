"""The second step of signing in: enrolled, asked for, taken once, lost, and required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from fakes import T0
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.invitations import SecondFactor
from tanggap.store.users import ADMIN, User
from visitors import Visitor

EMAIL, PASSWORD = "ayu@contoh.example", "kata sandi baik"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(T0 + timedelta(days=1), tick=False) as moving:
        yield moving


@pytest.fixture
def ayu(services: Services) -> User:
    with services.database.write() as session:
        return people.create_user(
            session, email=EMAIL, name="Ayu Lestari", password=PASSWORD, language="en"
        )


def sign_in(visitor: Visitor) -> str:
    visitor.get("/login")
    return visitor.post("/login", {"email": EMAIL, "password": PASSWORD}).headers["Location"]


def code(visitor: Visitor, text: str) -> int:
    return visitor.post("/login/code", {"code": text}).status_code


def enrol(app: Flask) -> tuple[pyotp.TOTP, list[str]]:
    """Switch the second step on and give the app's secret and the recovery codes."""
    visitor = Visitor(app)
    sign_in(visitor)
    page = visitor.get("/profile/second-factor").text
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found is not None
    assert "<svg" in page
    totp = pyotp.TOTP(found[1])
    assert visitor.post("/profile/second-factor", {"code": "000000"}).status_code == 422
    shown = visitor.post("/profile/second-factor", {"code": totp.now()}).text
    return totp, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", shown)


def test_password_alone_is_not_enough_and_a_code_works_once(
    app: Flask, ayu: User, clock: time_machine.Traveller
) -> None:
    totp, recovery = enrol(app)
    assert len(recovery) == 10
    visitor = Visitor(app)
    assert sign_in(visitor) == "/login/code"
    assert visitor.get("/inbox").status_code == 302
    assert code(visitor, totp.now()) == 401  # it confirmed the enrolment
    clock.shift(30)
    assert code(visitor, f" {totp.now()[:3]} {totp.now()[3:]} ") == 303
    assert visitor.get("/inbox").status_code == 200
    other = Visitor(app)
    sign_in(other)
    assert code(other, totp.now()) == 401


def test_recovery_code_works_once(app: Flask, ayu: User, clock: time_machine.Traveller) -> None:
    _, recovery = enrol(app)
    for expected in (303, 401):
        visitor = Visitor(app)
        sign_in(visitor)
        assert code(visitor, recovery[0].upper()) == expected


def test_secret_and_codes_cannot_be_read_from_the_database(
    app: Flask, services: Services, ayu: User, clock: time_machine.Traveller
) -> None:
    totp, recovery = enrol(app)
    with services.database.read() as session:
        factor = session.scalars(select(SecondFactor)).one()
    assert totp.secret.encode() not in factor.sealed_secret
    assert not set(recovery) & set(factor.recovery_hashes)


def test_page_shows_no_secret_once_it_is_on_and_it_can_be_switched_off(
    app: Flask, ayu: User, clock: time_machine.Traveller
) -> None:
    totp, recovery = enrol(app)
    visitor = Visitor(app)
    sign_in(visitor)
    code(visitor, recovery[0])
    page = visitor.get("/profile/second-factor").text
    assert totp.secret not in page
    assert "9 recovery codes are left" in page
    clock.shift(30)
    renewed = visitor.post("/profile/second-factor/recovery", {"code": totp.now()}).text
    assert recovery[1] not in renewed
    off = "/profile/second-factor/remove"
    assert visitor.post(off, {"code": recovery[1]}).status_code == 422
    clock.shift(30)
    assert visitor.post(off, {"code": totp.now()}).status_code == 303
    assert sign_in(Visitor(app)) == "/inbox"


def test_guesses_are_stopped_whatever_address_they_come_from(
    app: Flask, ayu: User, clock: time_machine.Traveller
) -> None:
    enrol(app)
    visitor = Visitor(app)
    sign_in(visitor)
    answers = [code(visitor, f"{number:06}") for number in range(9)]
    assert answers == [401] * 8 + [429]


def test_password_given_long_ago_does_not_count(
    app: Flask, ayu: User, clock: time_machine.Traveller
) -> None:
    totp, _ = enrol(app)
    visitor = Visitor(app)
    sign_in(visitor)
    clock.shift(timedelta(minutes=11))
    assert visitor.post("/login/code", {"code": totp.now()}).headers["Location"] == "/"
    assert Visitor(app).get("/login/code").headers["Location"] == "/"


def test_administrator_helps_who_has_lost_everything(
    app: Flask, services: Services, ayu: User, clock: time_machine.Traveller
) -> None:
    enrol(app)
    admin = Visitor(app).sign_in(services, ADMIN)
    assert "Second step" in admin.get(f"/admin/people/{ayu.id}").text
    admin.post(f"/admin/people/{ayu.id}/second-factor/remove")
    assert sign_in(Visitor(app)) == "/inbox"


def test_role_that_needs_it_gets_nowhere_without(services: Services, ayu: User) -> None:
    settings = replace(services.settings, second_factor_roles=("agent",))
    strict = replace(services, settings=settings)
    app = create_app(tasks=Tasks(strict, open_queue(settings, strict.keys, immediate=True)))
    visitor = Visitor(app)
    sign_in(visitor)
    assert visitor.get("/inbox").headers["Location"] == "/profile/second-factor"
    assert visitor.client.get("/live", headers={"HX-Request": "true"}).status_code == 403
    assert visitor.get("/profile/second-factor").status_code == 200
    assert Visitor(app).sign_in(strict, ADMIN).get("/inbox").status_code == 200
