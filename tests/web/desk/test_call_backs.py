"""Call-backs over the pages: promised in the case, worked through on their own page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_user
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.call_backs import CallBack
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.users import READ_ONLY, User
from visitors import Visitor

TOMORROW = (utcnow() + timedelta(days=1)).date().isoformat()


def fields(agent: Visitor, **values: object) -> dict[str, object]:
    return {
        "phone": "0812-3456-7890",
        "day": TOMORROW,
        "start": "09:00",
        "end": "11:00",
        "zone": "Asia/Makassar",
        "who": f"user-{agent.user_id}",
        "words": "jadwal <b>teknisi</b>",
    } | values


def plan(agent: Visitor, case: Conversation, **values: object) -> TestResponse:
    return agent.post(f"/inbox/{case.id}/call-backs", fields(agent, **values))


def post(agent: Visitor, path: str, values: dict[str, object]) -> TestResponse:
    """Send a form as the page's script does."""
    token = agent.get("/profile").text.split('name="csrf_token" value="')[1].split('"')[0]
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    return agent.client.post(path, data=values, headers=headers)


def only_call(services: Services) -> CallBack:
    with services.database.read() as session:
        return session.scalars(select(CallBack).order_by(CallBack.id.desc())).first() or CallBack()


def test_call_is_promised_in_the_case_and_shown_there_without_its_number(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    assert plan(agent, case).status_code == 303
    page = agent.get(f"/inbox/{case.id}").text
    assert "09:00–11:00 WITA" in page
    assert "08:00–10:00 WIB for you" in page
    assert "+62 •••-••••-•890" in page
    assert "jadwal &lt;b&gt;teknisi&lt;/b&gt;" in page
    assert "promised a call" in page
    assert "3456" not in page.replace(str(case.id), "")


def test_number_is_shown_as_a_link_to_whoever_asks_and_that_is_noted(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    plan(agent, case)
    call = only_call(services).id
    answer = post(agent, f"/call-backs/{call}/number", {})
    assert 'href="tel:+62-812-3456-7890"' in answer.text
    assert "tel:+62" in agent.post(f"/call-backs/{call}/number").text
    with services.database.read() as session:
        seen = select(AuditEntry).where(AuditEntry.action == "call_back.number_shown")
        assert len(session.scalars(seen).all()) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phone": "12"}, "No telephone has this number"),
        ({"end": "08:00"}, "Write until when"),
        ({"day": "2020-01-01"}, "Choose a day"),
        ({"other_zone": "Mars/Base"}, "Choose a time zone"),
        ({"who": "user-"}, "Choose who calls"),
        ({"who": "user-99999999999999999999"}, "Choose who calls"),
    ],
)
def test_unfit_promise_is_refused_with_words_and_what_was_typed_stays(
    agent: Visitor, case: Conversation, values: dict[str, object], words: str
) -> None:
    answer = post(agent, f"/inbox/{case.id}/call-backs", fields(agent, **values))
    assert answer.status_code == 422
    assert words in answer.text
    assert "jadwal &lt;b&gt;teknisi&lt;/b&gt;" in answer.text
    assert agent.post(f"/inbox/{case.id}/call-backs", fields(agent, **values)).status_code == 303
    assert words in agent.get("/inbox").text


def test_zone_that_is_typed_counts_before_the_chosen_one(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    plan(agent, case, other_zone="Europe/Berlin")
    assert only_call(services).zone == "Europe/Berlin"
    assert "Europe/Berlin" in agent.get("/call-backs").text


def test_try_in_vain_plans_the_next_from_the_case(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    plan(agent, case)
    call = only_call(services).id
    window = {"day": TOMORROW, "start": "14:00", "end": "15:00", "zone": "Asia/Makassar"}
    values = {"outcome": "no_answer", "words": "sibuk", "again": "1"} | window
    answer = post(agent, f"/call-backs/{call}/end", values)
    assert answer.status_code == 200
    assert "14:00–15:00 WITA" in answer.text
    page = agent.get(f"/inbox/{case.id}").text
    assert "Nobody answered" in page
    assert "promised another call (try 2)" in page
    late = post(agent, f"/call-backs/{call}/end", {"outcome": "reached"})
    assert (late.status_code, "A colleague has said already" in late.text) == (422, True)


def test_call_that_we_cannot_make_leads_to_words_for_the_customer(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    plan(agent, case)
    call = only_call(services).id
    answer = post(agent, f"/call-backs/{call}/end", {"outcome": "cancelled"})
    assert answer.headers["HX-Redirect"] == f"/inbox/{case.id}"
    page = agent.get(f"/inbox/{case.id}").text
    assert "disepakati" in page
    assert "We cannot call: write to the customer" in page
    with services.database.read() as session:
        owed = select(ClockRow).where(ClockRow.kind == "update")
        assert session.scalars(owed).one().ended_at is None
    late = agent.post(f"/call-backs/{call}/end", {"outcome": "cancelled"})
    assert late.status_code == 303


def test_page_lists_calls_and_ends_them(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    assert "No call is promised here" in agent.get("/call-backs").text
    plan(
        agent,
        case,
        day=utcnow().date().isoformat(),
        start="00:00",
        end="11:59",
        zone="Etc/GMT+12",
        other_zone="Etc/GMT+12",
    )
    page = agent.get("/call-backs?view=mine").text
    assert "jadwal &lt;b&gt;" in page
    call = only_call(services).id
    moved = {"view": "mine", **fields(agent, start="16:00", end="17:00")}
    assert agent.post(f"/call-backs/{call}/move", moved).status_code == 303
    assert "16:00–17:00 WITA" in agent.get("/call-backs").text
    unfit = agent.post(f"/call-backs/{call}/move", moved | {"end": "1"})
    assert unfit.status_code == 303
    done = {"view": "mine", "outcome": "resolved", "words": "beres"}
    assert agent.post(f"/call-backs/{call}/end", done).status_code == 303
    assert "beres" not in agent.get("/call-backs?view=mine").text
    assert "beres" in agent.get("/call-backs?view=today").text
    with services.database.read() as session:
        assert session.get_one(Conversation, case.id).state == "resolved"
    assert "Promise a call" not in re.sub(
        "(?s)<dialog.*?</dialog>", "", agent.get(f"/inbox/{case.id}").text
    )


def test_team_call_waits_for_its_members_and_is_counted(
    agent: Visitor, app: Flask, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        me = session.get_one(User, agent.user_id)
        team = case.team_id or make_team(session, me)
    plan(agent, case, who=f"team-{team}")
    assert "WITA" in agent.get("/call-backs?view=team").text
    assert "WITA" not in agent.get("/call-backs?view=mine").text


def make_team(session: object, user: User) -> int:
    from tanggap.store.users import Team

    team = session.scalars(select(Team)).first()  # type: ignore[attr-defined]
    user.teams.append(team)
    session.flush()  # type: ignore[attr-defined]
    return int(team.id)


def test_reader_sees_calls_and_makes_none(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    plan(agent, case)
    call = only_call(services).id
    reader = Visitor(app).sign_in(services, READ_ONLY)
    page = reader.get(f"/inbox/{case.id}").text
    assert "09:00–11:00 WITA" in page
    assert "Show the number" not in page
    for path in (f"/call-backs/{call}/number", f"/call-backs/{call}/end"):
        assert reader.post(path).status_code == 403


def test_call_given_to_a_colleague_rings_their_bell(
    agent: Visitor, app: Flask, services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        bayu = make_user(session, "Bayu", language="en").id
    plan(agent, case, who=f"user-{bayu}")
    colleague = Visitor(app)
    colleague.user_id = bayu
    assert "gives you a call to make" in colleague.come_back(services).get("/notifications").text
