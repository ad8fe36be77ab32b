"""Signing in and out, languages, colours, and the password page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.users import User
from visitors import Visitor

EMAIL, PASSWORD = "ayu@contoh.example", "kata sandi baik"


@pytest.fixture
def ayu(services: Services) -> User:
    with services.database.write() as session:
        return people.create_user(session, email=EMAIL, name="Ayu Lestari", password=PASSWORD)


def sign_in(visitor: Visitor, password: str = PASSWORD, **values: str) -> TestResponse:
    visitor.get("/login")
    return visitor.post("/login", {"email": EMAIL, "password": password, **values})


def test_person_signs_in_and_lands_in_the_inbox(app: Flask, ayu: User) -> None:
    visitor = Visitor(app)
    answer = sign_in(visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    assert visitor.get("/inbox").status_code == 200


def test_session_cookie_is_out_of_reach_for_scripts_and_other_sites(app: Flask, ayu: User) -> None:
    cookie = sign_in(Visitor(app)).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_session_cookie_needs_https_where_the_settings_say_so(services: Services) -> None:
    secure = replace(services, settings=replace(services.settings, secure_cookies=True))
    queue = open_queue(secure.settings, secure.keys, immediate=True)
    answer = create_app(tasks=Tasks(secure, queue)).test_client().get("/login")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_wrong_password_is_told_without_saying_which_part_is_wrong(app: Flask, ayu: User) -> None:
    visitor = Visitor(app)
    wrong = sign_in(visitor, "salah sekali")
    unknown = visitor.post("/login", {"email": "x@contoh.example", "password": "salah sekali"})
    assert wrong.status_code == unknown.status_code == 401
    assert "Alamat surel atau kata sandi salah" in wrong.text
    assert "Alamat surel atau kata sandi salah" in unknown.text


def test_too_many_tries_are_stopped(services: Services, ayu: User) -> None:
    strict = replace(services, settings=replace(services.settings, login_rate="3 per minute"))
    queue = open_queue(strict.settings, strict.keys, immediate=True)
    visitor = Visitor(create_app(tasks=Tasks(strict, queue)))
    answers = [sign_in(visitor, "salah sekali").status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]
    assert sign_in(visitor).status_code == 429
    assert visitor.get("/login").status_code == 200


def test_tries_are_counted_over_all_servers_in_redis(
    services: Services, ayu: User, redis_url: str
) -> None:
    settings = replace(services.settings, login_rate="3 per minute", redis_url=redis_url)
    shared = replace(services, settings=settings)
    queues = [open_queue(settings, services.keys, immediate=True) for _ in range(2)]
    visitors = [Visitor(create_app(tasks=Tasks(shared, queue))) for queue in queues]
    answers = [sign_in(visitors[n % 2], "salah sekali").status_code for n in range(4)]
    assert answers == [401, 401, 401, 429]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tinbox",
        "/%0d%0aSet-Cookie:x=1\r\n",
        "",
    ],
)
def test_nobody_is_led_to_a_strangers_site(app: Flask, ayu: User, wanted: str) -> None:
    assert sign_in(Visitor(app), next=wanted).headers["Location"] == "/inbox"


def test_person_comes_back_to_the_page_they_wanted(app: Flask, ayu: User) -> None:
    visitor = Visitor(app)
    asked = visitor.get("/inbox?label=praise")
    assert asked.headers["Location"] == "/login?next=/inbox?label%3Dpraise"
    assert sign_in(visitor, next="/inbox?label=praise").headers["Location"] == "/inbox?label=praise"


def test_signing_out_ends_the_session(app: Flask, ayu: User) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    assert visitor.post("/logout").status_code == 303
    assert visitor.get("/inbox").status_code == 302


def test_ended_sessions_and_people_who_left_are_out_at_once(
    app: Flask, services: Services, ayu: User
) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    with services.database.write() as session:
        people.end_sessions(session, ayu.id)
    assert visitor.get("/inbox").status_code == 302
    sign_in(visitor)
    assert visitor.get("/inbox").status_code == 200
    with services.database.write() as session:
        session.get_one(User, ayu.id).active = False
    assert visitor.get("/inbox").status_code == 302


@pytest.mark.parametrize("remembered", ["", "1", "x.1", "1.x", "9" * 30 + ".1", "-1.1", "1.1.1"])
def test_forged_session_is_nobodys(app: Flask, ayu: User, remembered: str) -> None:
    visitor = Visitor(app)
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"] = remembered
    assert visitor.get("/inbox").status_code == 302


def test_language_is_the_persons_then_the_sessions_then_the_installations(
    app: Flask, services: Services, ayu: User
) -> None:
    visitor = Visitor(app)
    assert 'lang="id"' in visitor.get("/login").text
    visitor.post("/language", {"language": "en", "next": "/login"})
    assert "Welcome back" in visitor.get("/login").text
    sign_in(visitor)
    assert 'lang="id"' in visitor.get("/inbox").text
    visitor.post("/language", {"language": "en"})
    assert 'lang="en"' in visitor.get("/inbox").text
    with services.database.read() as session:
        assert session.get_one(User, ayu.id).language == "en"
    visitor.post("/language", {"language": "xx"})
    assert 'lang="en"' in visitor.get("/inbox").text


def test_colours_follow_the_switch(app: Flask, agent: Visitor) -> None:
    assert 'data-theme="auto"' in agent.get("/inbox").text
    agent.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in agent.get("/inbox").text
    agent.post("/theme", {"theme": '"><script>'})
    assert 'data-theme="dark"' in agent.get("/inbox").text


def test_password_is_changed_and_only_this_session_goes_on(app: Flask, ayu: User) -> None:
    here, elsewhere = Visitor(app), Visitor(app)
    sign_in(here)
    sign_in(elsewhere)
    answer = here.post("/profile/password", {"old": PASSWORD, "new": "lebih baik lagi"})
    assert answer.status_code == 303
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 302
    assert sign_in(elsewhere, "lebih baik lagi").status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("salah semua", "lebih baik lagi", "Kata sandi sekarang tidak cocok"),
        (PASSWORD, "pendek", "antara 10 dan 1000 karakter"),
    ],
)
def test_password_that_cannot_be_taken_is_explained_beside_its_field(
    app: Flask, ayu: User, old: str, new: str, said: str
) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    answer = visitor.post("/profile/password", {"old": old, "new": new})
    assert answer.status_code == 422
    assert said in answer.text


def test_guesses_of_the_present_password_are_stopped_wherever_they_come_from(
    app: Flask, ayu: User
) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    guess = {"old": "salah semua", "new": "lebih baik lagi"}
    answers = [visitor.post("/profile/password", guess).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]
    elsewhere = Visitor(app)
    sign_in(elsewhere)
    assert elsewhere.post("/profile/password", guess | {"old": PASSWORD}).status_code == 429


def test_first_visitor_is_led_to_setting_up_the_installation(app: Flask) -> None:
    assert 'href="/setup"' in Visitor(app).get("/login").text


@pytest.mark.parametrize(
    ("addresses", "answers"),
    [
        (("203.0.113.1", "203.0.113.2"), [401, 401]),
        (("203.0.113.1", "203.0.113.1"), [401, 429]),
        (("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), [401, 429]),
        (("2001:db8:0:1::1", "2001:db8:0:2::1"), [401, 401]),
        (("203.0.113.1", "::ffff:203.0.113.1"), [401, 429]),
        (("::ffff:203.0.113.1", "::ffff:203.0.113.2"), [401, 401]),
    ],
)
def test_tries_count_by_address_and_of_ipv6_by_what_one_customer_has(
    services: Services, ayu: User, addresses: tuple[str, str], answers: list[int]
) -> None:
    settings = replace(services.settings, login_rate="1 per minute", trusted_proxies=1)
    behind = replace(services, settings=settings)
    queue = open_queue(settings, services.keys, immediate=True)
    visitor = Visitor(create_app(tasks=Tasks(behind, queue)))
    visitor.get("/login")
    got = []
    for address in addresses:
        visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = address
        got.append(sign_in(visitor, "salah sekali").status_code)
    assert got == answers


def test_page_that_stayed_open_works_after_signing_in_again_and_for_nobody_else(
    app: Flask, services: Services, ayu: User
) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    page = visitor.get("/profile").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    visitor.post("/logout")
    sign_in(visitor)
    form = {"csrf_token": token, "state": "away"}
    assert visitor.client.post("/presence", data=form).status_code == 303
    with services.database.write() as session:
        people.create_user(session, email="ben@contoh.example", name="Ben", password=PASSWORD)
    visitor.post("/logout")
    sign_in(visitor, email="ben@contoh.example")
    assert visitor.client.post("/presence", data=form).status_code == 400
