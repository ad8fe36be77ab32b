"""Limits in the browser: set, kept, shown, and what happens when a case leaves somebody's sight."""

from __future__ import annotations

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import delete, select

from corners import Corners, limit, make_corners, make_person
from factories import make_post
from queries import counted
from tanggap.inbox.people.assigning import reassign
from tanggap.inbox.search.saved_views import save_view
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork import consultations
from tanggap.inbox.teamwork.shift_notes import leave
from tanggap.store.audit import AuditEntry, Change
from tanggap.store.base import utcnow
from tanggap.store.case_vectors import CaseVector
from tanggap.store.conversations import Conversation
from tanggap.store.macros import Macro
from tanggap.store.notifications import Notification
from tanggap.store.sight import Sight, limited_to
from tanggap.store.snoozes import Snooze
from tanggap.store.users import ADMIN, AGENT, SUPERVISOR, TeamMember, User
from visitors import Visitor


@pytest.fixture
def corners(services: Services) -> Corners:
    user_id = make_person(services, AGENT)
    made = make_corners(services, user_id, own_tables=frozenset())
    limit(services, user_id, made.sight)
    return made


@pytest.fixture
def ayu(app: Flask, services: Services, corners: Corners) -> Visitor:
    visitor = Visitor(app)
    visitor.user_id = corners.own.ids["users"]
    return visitor.come_back(services)


def user_of(services: Services, user_id: int) -> User:
    with services.database.read() as session:
        return session.get_one(User, user_id)


def holder(services: Services, case_id: int) -> int | None:
    with services.database.read() as session:
        return session.get_one(Conversation, case_id).assignee_id


def test_administrator_limits_a_person_and_the_log_says_what_was_before(
    app: Flask, services: Services, corners: Corners
) -> None:
    admin, user_id = Visitor(app).sign_in(services, ADMIN), corners.own.ids["users"]
    own, other = corners.own.ids, corners.other_team.ids
    with services.database.write() as session:
        session.get_one(Conversation, own["conversations"]).assignee_id = user_id
    form = {"only_team": [str(other["teams"])]}
    answer = admin.post(f"/admin/people/{user_id}/limits", form)
    assert answer.status_code == 303
    assert user_of(services, user_id).sight == Sight((other["teams"],))
    assert holder(services, own["conversations"]) is None
    page = admin.get(f"/admin/people/{user_id}").text
    assert "1 case that they see no more went back to the queue" in page
    with services.database.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.limits_changed")
        ).one()
        assert entry.detail["before"]["only_accounts"] == ["Contoh Peduli"]
        assert entry.detail["after"]["only_accounts"] == []
    assert "limited" in admin.get("/admin/people").text


def test_limits_of_an_administrator_and_of_nothing_known_are_refused(
    app: Flask, services: Services, corners: Corners
) -> None:
    admin, user_id = Visitor(app).sign_in(services, ADMIN), corners.own.ids["users"]
    admin.post(f"/admin/people/{admin.user_id}/limits", {"only_team": "1"})
    assert admin.user_id is not None
    assert not user_of(services, admin.user_id).sight.limited
    admin.post(f"/admin/people/{user_id}/limits", {"only_team": "999"})
    assert user_of(services, user_id).sight == corners.sight
    admin.post(f"/admin/people/{user_id}/role", {"role": ADMIN})
    assert user_of(services, user_id).role == AGENT


def test_invited_person_is_limited_from_the_first_request(app: Flask, services: Services) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    form = {"email": "baru@contoh.example", "role": AGENT, "only_team": "2", "language": "en"}
    page = admin.post("/admin/people/invite", form).text
    link = page.partition("/invitation/")[2].partition('"')[0]
    Visitor(app).post(
        f"/invitation/{link}", {"name": "Baru", "password": "sandi yang panjang", "initials": ""}
    )
    with services.database.read() as session:
        user = session.scalars(select(User).where(User.email == "baru@contoh.example")).one()
        assert user.sight == Sight((2,))


def test_passing_a_case_on_leads_back_to_the_list(
    app: Flask, services: Services, corners: Corners, ayu: Visitor
) -> None:
    own, other = corners.own.ids, corners.other_team.ids
    path = f"/inbox/{own['conversations']}/assign"
    answer = ayu.post(path, {"team": str(other["teams"]), "revision": "1"})
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert "Passed on" in ayu.get("/inbox").text
    assert ayu.get(f"/inbox/{own['conversations']}").status_code == 404
    with services.database.read() as session:
        case = session.get_one(Conversation, own["conversations"])
        assert case.team_id == other["teams"]
        kinds = select(Change.kind).where(Change.conversation_id == case.id)
        assert "assigned" in session.scalars(kinds).all()


def test_case_is_not_given_to_somebody_who_would_not_see_it(
    app: Flask, services: Services, corners: Corners, ayu: Visitor
) -> None:
    boss = Visitor(app).sign_in(services, SUPERVISOR)
    case_id = corners.other_team.ids["conversations"]
    form = {"assignee": str(ayu.user_id), "revision": "1"}
    boss.post(f"/inbox/{case_id}/assign", form)
    assert holder(services, case_id) is None
    assert "limited to other teams" in boss.get("/inbox").text


def test_case_that_left_its_holder_s_sight_goes_back_to_the_queue(
    services: Services, corners: Corners
) -> None:
    case_id = corners.other_team.ids["conversations"]
    with services.database.write() as session:
        session.execute(delete(Snooze))
        session.get_one(Conversation, case_id).assignee_id = corners.own.ids["users"]
    assert reassign(services) == 1
    assert holder(services, case_id) is None
    assert reassign(services) == 0


def test_feed_names_own_cases_and_hints_that_others_changed(
    app: Flask, corners: Corners, ayu: Visitor
) -> None:
    feed = ayu.get("/live?since=0").json
    assert feed is not None
    assert {one for _, one in feed["changes"]} == {corners.own.ids["conversations"]}
    assert feed["elsewhere"] > 0


def test_limited_person_costs_as_many_queries_as_any_other(
    app: Flask, services: Services, corners: Corners, ayu: Visitor
) -> None:
    other = Visitor(app).sign_in(services, AGENT)
    for path in ("/inbox", f"/inbox/{corners.own.ids['conversations']}", "/alerts"):
        sent = []
        for visitor in (ayu, other):
            visitor.get(path)
            with counted(services.database) as statements:
                assert visitor.get(path).status_code == 200
            sent.append(len(statements))
        assert sent[0] == sent[1], path


def test_index_of_similar_cases_is_the_company_s_whoever_asks_first(
    services: Services, corners: Corners
) -> None:
    vector = np.ones(4, dtype=np.float16)
    ids = {one.ids["conversations"] for one in (corners.own, *corners.foreign)}
    with services.database.write() as session:
        session.execute(delete(CaseVector))
        for id_ in ids:
            session.add(
                CaseVector(
                    conversation_id=id_,
                    answer_id=None,
                    version="v",
                    vector=vector.tobytes(),
                    resolved_at=utcnow(),
                )
            )
    asked = vector.astype(np.float32)
    with limited_to(corners.sight), services.database.read() as session:
        found = services.similar.nearest(session, "v", asked, 10)
        assert {id_ for id_, _ in found} == ids
        assert session.get(Conversation, corners.other_team.ids["conversations"]) is None


def test_person_sees_everything_again_when_the_limits_are_lifted(
    services: Services, corners: Corners, ayu: Visitor
) -> None:
    path = f"/inbox/{corners.other_team.ids['conversations']}"
    assert ayu.get(path).status_code == 404
    limit(services, corners.own.ids["users"], Sight())
    assert ayu.get("/inbox").status_code == 200
    assert ayu.get(f"/inbox/rows?ids={corners.other_team.ids['conversations']}").status_code == 200


def test_question_of_another_team_s_case_is_read_and_answered_without_the_case(
    services: Services, corners: Corners, ayu: Visitor
) -> None:
    own, other = corners.own.ids, corners.other_team.ids
    case_id, asker = other["conversations"], make_person(services, AGENT)
    with services.database.write() as session:
        session.add(TeamMember(team_id=own["teams"], user_id=ayu.user_id or 0))
        session.flush()
        case = session.get_one(Conversation, case_id)
        make_post(session, case, "resi 4411, telepon 0812-3456-7890")
        case.assignee_id = asker
        question = consultations.ask(
            session,
            conversation_id=case_id,
            team_id=own["teams"],
            user_id=asker,
            question="Bisa dicek resinya?",
            within="4h",
        ).id
    listed = ayu.get("/consultations").text
    assert "Bisa dicek resinya?" in listed
    assert f'href="/consultations/{question}"' in listed
    bell = ayu.get("/notifications").text
    assert "Bisa dicek resinya?" in bell
    line = bell.partition('href="/notifications/')[2].partition('"')[0]
    assert ayu.get(f"/notifications/{line}").location == "/consultations"
    page = ayu.get(f"/consultations/{question}").text
    assert "resi 4411" in page
    assert "0812-3456" not in page
    assert ayu.get(f"/inbox/{case_id}").status_code == 404
    answered = ayu.post(f"/consultations/{question}/answer", {"answer": "sudah", "from": "list"})
    assert answered.status_code == 303
    assert ayu.get(f"/consultations/{question}").status_code == 404
    with services.database.read() as session:
        told = select(Notification.user_id).where(Notification.kind == "consult_answered")
        assert session.scalars(told).all() == [asker]


def test_what_is_another_team_s_is_out_of_sight_though_one_is_in_it(
    services: Services, corners: Corners, ayu: Visitor
) -> None:
    other = corners.other_team.ids["teams"]
    boss = make_person(services, SUPERVISOR)
    with services.database.write() as session:
        session.add(TeamMember(team_id=other, user_id=ayu.user_id or 0))
        session.add(TeamMember(team_id=other, user_id=boss))
        save_view(session, boss, "Punya tim lain", {"state": "open"}, team_id=other)
        leave(session, boss, to=f"team:{other}", text="jangan lupa tim lain", cases={})
        leave(session, boss, to=f"person:{ayu.user_id}", text="untukmu saja", cases={})
        session.add(Macro(name="Makro tim lain", team_id=other, text="a"))
    page = ayu.get("/inbox").text
    assert "untukmu saja" in page
    assert "tim lain" not in page.casefold()
    case_id = corners.own.ids["conversations"]
    assert "tim lain" not in ayu.get(f"/inbox/{case_id}/answers").text.casefold()
