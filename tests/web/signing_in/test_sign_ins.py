"""A person's sessions: each browser is shown, and can be ended from another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from fakes import T0
from tanggap.inbox.people import people, sign_ins
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.sign_ins import SignIn
from tanggap.store.users import user_by_email
from visitors import Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)
PASSWORD = "rahasia sekali"


def rows(services: Services) -> list[SignIn]:
    with services.database.read() as session:
        return list(session.scalars(select(SignIn).order_by(SignIn.id)))


def signed_in(app: Flask, services: Services, device: str) -> Visitor:
    """Sign in by the form, as this browser; the person is made when first needed."""
    visitor = Visitor(app)
    visitor.client.environ_base["HTTP_USER_AGENT"] = device
    with services.database.write() as session:
        person = user_by_email(session, "ayu@x.example") or people.create_user(
            session, email="ayu@x.example", name="Ayu", password=PASSWORD, language="en"
        )
        visitor.user_id = person.id
    answer = visitor.post("/login", {"email": "ayu@x.example", "password": PASSWORD})
    assert answer.status_code == 303
    return visitor


def test_person_sees_every_browser_and_which_one_is_this(app: Flask, services: Services) -> None:
    here = signed_in(app, services, FIREFOX)
    signed_in(app, services, PHONE)
    page = here.get("/profile/sessions").text
    assert "Firefox on Linux" in page
    assert "Chrome on Android" in page
    assert page.count(">this one<") == 1
    assert "this one" in page.split("Firefox on Linux")[1].split("</h2>")[0]
    assert "127.0.0.1" in page


def test_person_ends_another_browser_and_it_is_signed_out(app: Flask, services: Services) -> None:
    here, phone = signed_in(app, services, FIREFOX), signed_in(app, services, PHONE)
    assert phone.get("/inbox").status_code == 200
    ended = rows(services)[1].id
    assert "That session is ended." in follow(here, f"/profile/sessions/{ended}/end")
    assert phone.get("/inbox").status_code == 302
    assert here.get("/inbox").status_code == 200
    assert "over already" in follow(here, f"/profile/sessions/{ended}/end")


def test_person_ends_all_others_at_once(app: Flask, services: Services) -> None:
    here = signed_in(app, services, FIREFOX)
    others = [signed_in(app, services, PHONE) for _ in range(2)]
    follow(here, "/profile/sessions/end-others")
    assert [other.get("/inbox").status_code for other in others] == [302, 302]
    assert here.get("/inbox").status_code == 200
    assert len(rows(services)) == 1


def test_nobody_ends_what_is_somebody_elses(app: Flask, services: Services, agent: Visitor) -> None:
    ayu = signed_in(app, services, FIREFOX)
    own = next(row.id for row in rows(services) if row.user_id == ayu.user_id)
    assert "over already" in follow(agent, f"/profile/sessions/{own}/end")
    follow(agent, "/profile/sessions/end-others")
    assert ayu.get("/inbox").status_code == 200


def test_signing_out_ends_this_browser_alone(app: Flask, services: Services) -> None:
    here, phone = signed_in(app, services, FIREFOX), signed_in(app, services, PHONE)
    cookie = here.client.get_cookie("tanggap")
    assert cookie is not None
    here.post("/logout")
    assert [row.device for row in rows(services)] == [PHONE]
    here.client.set_cookie("tanggap", cookie.value)
    assert here.get("/inbox").status_code == 302
    assert phone.get("/inbox").status_code == 200


def test_new_password_leaves_this_browser_alone(app: Flask, services: Services) -> None:
    here, phone = signed_in(app, services, FIREFOX), signed_in(app, services, PHONE)
    here.post("/profile/password", {"old": PASSWORD, "new": "lebih rahasia lagi"})
    assert here.get("/inbox").status_code == 200
    assert phone.get("/inbox").status_code == 302
    assert here.get("/profile/sessions").text.count('class="card sign-in"') == 1


def test_being_there_is_noted_now_and_then(app: Flask, services: Services) -> None:
    here = signed_in(app, services, FIREFOX)
    here.get("/inbox")
    first = rows(services)[0].seen_at
    here.get("/inbox")
    assert rows(services)[0].seen_at == first
    with services.database.write() as session:
        session.execute(update(SignIn).values(seen_at=T0))
    here.get("/inbox")
    assert rows(services)[0].seen_at >= first


def test_session_ends_with_its_time(app: Flask, services: Services) -> None:
    here = signed_in(app, services, FIREFOX)
    with services.database.write() as session:
        session.execute(update(SignIn).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert here.get("/inbox").status_code == 302
    signed_in(app, services, FIREFOX)
    assert len(rows(services)) == 1


@pytest.mark.parametrize("key", ["", "x", "\ud800", "é" * 500])
def test_cookie_without_a_known_key_is_nobodys(agent: Visitor, key: str) -> None:
    with agent.client.session_transaction() as cookie:
        cookie["sign_in"] = key
    assert agent.get("/inbox").status_code == 302


@pytest.mark.parametrize(
    ("device", "names"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (PHONE, ("Chrome", "Android")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/141.0 Safari/537.36 Edg/141.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            ("Safari", "iOS"),
        ),
        ("curl/8.5.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_browser_is_named_as_people_know_it(device: str, names: tuple[str, str]) -> None:
    assert sign_ins.describe(device) == names


def follow(visitor: Visitor, path: str) -> str:
    """Press a button and read the page it leads to."""
    answer = visitor.post(path)
    assert answer.status_code == 303
    return visitor.get(answer.headers["Location"]).text
