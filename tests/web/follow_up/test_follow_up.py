"""The follow-up page, the rating page, the report, and praise, over the pages."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_post
from fakes import FakePlatform, change_channel
from tanggap.inbox.arrival.importing import IMPORT_CHANNEL
from tanggap.inbox.follow_up import praise, ratings
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.ratings import Rating
from tanggap.store.testimonials import Testimonial as Row
from tanggap.store.users import SUPERVISOR
from visitors import Visitor


@pytest.fixture(autouse=True)
def _roomy(services: Services) -> None:
    channel = services.registry.channels["fake"].channel
    assert channel.replying is not None
    part = replace(channel.replying, max_length=400, private_max_length=400)
    change_channel(services, replying=part)


@pytest.fixture
def supervisor(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, SUPERVISOR)


def resolve(services: Services, case: Conversation, **values: object) -> None:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        row.state, row.resolved_at, row.first_answered_at = "resolved", utcnow(), utcnow()
        for name, value in values.items():
            setattr(row, name, value)


def question(page: str) -> dict[str, str]:
    found = re.search(
        r'name="seen_post_id" value="(\d+)".*?<textarea[^>]*>(.*?)</textarea>', page, re.DOTALL
    )
    assert found is not None
    return {"seen_post_id": found[1], "text": html.unescape(found[2])}


def test_one_click_asks_whether_the_customer_is_satisfied(
    agent: Visitor, services: Services, case: Conversation, platform: FakePlatform
) -> None:
    resolve(services, case)
    asked = question(agent.get("/follow-up").text)
    assert "1" in asked["text"]
    agent.post(f"/follow-up/{case.id}/ask", asked)
    assert platform.sent[-1].text.startswith(asked["text"])
    with services.database.read() as session:
        assert session.scalars(select(Rating.asked_at)).one() is not None
    assert f"/follow-up/{case.id}/ask" not in agent.get("/follow-up").text


def test_a_case_that_moved_on_is_not_asked_about(
    agent: Visitor, services: Services, case: Conversation, platform: FakePlatform
) -> None:
    resolve(services, case)
    asked = question(agent.get("/follow-up").text)
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, case.id), "eh mati lagi")
    agent.post(f"/follow-up/{case.id}/ask", asked)
    assert platform.sent == []
    assert "moved on" in agent.get("/follow-up").text


def test_in_private_the_question_carries_a_link_on_which_the_customer_rates(
    agent: Visitor, app: Flask, services: Services, case: Conversation, platform: FakePlatform
) -> None:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        row.visibility = "private"
        make_post(session, row, "halo", visibility="private", posted_at=utcnow())
    resolve(services, case)
    agent.post(f"/follow-up/{case.id}/ask", question(agent.get("/follow-up").text))
    link = re.search(r"/p/\S+", platform.sent[-1].text)
    assert link is not None
    customer = app.test_client()
    for _ in range(2):
        assert "How satisfied" in customer.get(link[0] + "?lang=en").text
    assert customer.post(link[0], data={"score": "7"}).status_code == 422
    done = customer.post(link[0], data={"score": "2", "words": "<b>lama</b>"})
    assert done.status_code == 200
    assert customer.get(link[0]).status_code == 404
    with services.database.read() as session:
        rating = session.scalars(select(Rating)).one()
        assert session.get_one(Conversation, case.id).state == "open"
    assert (rating.score, rating.by, rating.words) == (2, "link", "<b>lama</b>")
    assert "&lt;b&gt;lama" in agent.get("/follow-up").text


def test_promises_stand_on_the_page(agent: Visitor, case: Conversation) -> None:
    agent.post(f"/inbox/{case.id}/clocks/promise", {"minutes": "60"})
    page = agent.get("/follow-up").text
    assert "Promised update" in page
    assert f"/inbox/{case.id}" in page


def test_the_report_shows_few_answers_as_few(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    assert "No answers yet" in supervisor.get("/follow-up/report").text
    with services.database.write() as session:
        ratings.rate(session, case.id, 5, by="reply")
    page = supervisor.get("/follow-up/report?days=90").text
    assert "So few answers say little" in page
    assert "<svg" in page
    assert "style=" not in page.split("<main")[1]


def test_the_report_writes_its_average_as_the_readers_language_does(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        for score in (5, 4):
            ratings.rate(session, case.id, score, by="reply")
    for language, written in (("id", "4,5"), ("en", "4.5")):
        supervisor.post("/language", {"language": language})
        page = supervisor.get("/follow-up/report").text
        assert re.findall(r">(4[.,]5)<", page) == [written] * 4


@pytest.mark.parametrize("asked", [False, True], ids=["unasked", "asked"])
def test_the_report_tells_how_many_of_those_asked_have_answered(
    supervisor: Visitor, services: Services, case: Conversation, asked: bool
) -> None:
    with services.database.write() as session:
        ratings.rate(session, case.id, 5, by="person")
        if asked:
            ratings.ask(session, case.id, supervisor.user_id, utcnow())
    page = supervisor.get("/follow-up/report").text
    assert ("<strong>0 of 1</strong><small>asked in this time have answered" in page) is asked
    assert "were asked" not in page


@pytest.mark.parametrize(("language", "name"), [("en", "Imported"), ("id", "Hasil impor")])
def test_what_was_imported_is_named_in_the_readers_language(
    supervisor: Visitor, services: Services, case: Conversation, language: str, name: str
) -> None:
    with services.database.write() as session:
        session.get_one(Conversation, case.id).channel = IMPORT_CHANNEL
        ratings.rate(session, case.id, 2, by="person")
    supervisor.post("/language", {"language": language})
    for path in ("/follow-up", "/follow-up/report", f"/inbox/{case.id}"):
        page = supervisor.get(path).text
        assert name in page, path
        assert ">import<" not in page, path


def test_weeks_without_answers_leave_a_gap_in_the_picture(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        for weeks in (0, 1, 5):
            rating = ratings.rate(session, case.id, 5, by="reply")
            rating.answered_at = utcnow() - timedelta(weeks=weeks)
    page = supervisor.get("/follow-up/report?days=90").text
    picture = page[page.index("weeks-picture") :]
    assert re.findall(r'class="dot" cx="([\d.]+)"', picture)[:3] == ["50.0", "450.0", "550.0"]


def test_agents_see_no_report(agent: Visitor) -> None:
    assert agent.get("/follow-up/report").status_code == 403
    assert agent.get("/praise/export.csv").status_code == 403


def praised(services: Services, case: Conversation, quote: str = "=HYPERLINK(1)") -> int:
    with services.database.write() as session:
        row = session.get_one(Conversation, case.id)
        row.label = "praise"
        post = make_post(session, row, quote, posted_at=utcnow() - timedelta(hours=3))
        praise.asked(session, row.id, post.id, None, utcnow() - timedelta(hours=2))
        make_post(session, row, "Boleh, silakan", posted_at=utcnow() - timedelta(hours=1))
        return session.scalars(select(Row.id)).one()


def test_a_permission_is_recorded_by_the_customers_own_post(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    testimonial = praised(services, case)
    page = supervisor.get("/praise").text
    assert "is-likely" in page
    post = re.search(r'name="post" value="(\d+)"', page)
    assert post is not None
    supervisor.post(f"/praise/{testimonial}/grant", {"post": post[1]})
    assert "may be shown" in supervisor.get("/praise").text
    rows = list(csv.DictReader(io.StringIO(supervisor.get("/praise/export.csv").text)))
    assert rows[0]["quote"] == "'=HYPERLINK(1)"
    assert rows[0]["consent"] == "Boleh, silakan"
    told = json.loads(supervisor.get("/praise/export.json").text)
    assert told[0]["quote"] == "=HYPERLINK(1)"
    supervisor.post(f"/praise/{testimonial}/withdraw")
    assert json.loads(supervisor.get("/praise/export.json").text) == []


def test_a_foreign_post_is_refused_as_a_permission(
    supervisor: Visitor, services: Services, case: Conversation
) -> None:
    testimonial = praised(services, case)
    supervisor.post(f"/praise/{testimonial}/grant", {"post": "999999"})
    assert "Choose a post that the customer wrote" in supervisor.get("/praise").text
    assert supervisor.post("/praise/4242/decline").status_code == 404
