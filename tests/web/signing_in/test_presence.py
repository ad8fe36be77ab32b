"""The switch in the header and the signs of life of open pages."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask import Flask

from factories import make_account, make_conversation, make_post
from tanggap.inbox.events.notifications import notify
from tanggap.inbox.people import presence
from tanggap.inbox.people.presence import State
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.staff import Presence, Staff
from tanggap.store.users import Team, User
from visitors import Visitor


def state(services: Services, visitor: Visitor) -> State:
    with services.database.read() as session:
        return presence.state_of(session.get(Presence, visitor.user_id), utcnow())


def test_open_list_is_a_sign_of_life_and_a_closed_one_is_not(
    services: Services, agent: Visitor
) -> None:
    assert state(services, agent) is State.OFFLINE
    agent.get("/live")
    assert state(services, agent) is State.ONLINE
    with time_machine.travel(utcnow() + timedelta(minutes=3)):
        assert state(services, agent) is State.OFFLINE
    assert agent.get("/presence").json == {"state": "online", "unread": 0}


def test_person_goes_away_and_comes_back(services: Services, agent: Visitor) -> None:
    answer = agent.post("/presence", {"state": "away", "next": "/profile"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile")
    assert state(services, agent) is State.AWAY
    assert 'value="online"' in agent.get("/profile").text
    agent.get("/live")
    assert state(services, agent) is State.AWAY
    agent.post("/presence", {"state": "online"})
    assert state(services, agent) is State.ONLINE
    assert 'value="away"' in agent.get("/profile").text


def test_signing_out_is_leaving(services: Services, agent: Visitor) -> None:
    agent.get("/live")
    agent.post("/logout")
    assert state(services, agent) is State.OFFLINE


def test_waiting_case_is_given_to_who_comes(app: Flask, services: Services, agent: Visitor) -> None:
    with services.database.write() as session:
        team = Team(key="x", name_id="X", name_en="X", gives_out=True)
        team.members.append(session.get_one(User, agent.user_id))
        session.add_all([team, Staff(user_id=agent.user_id, capacity=1)])
        session.flush()
        found = make_conversation(session, make_account(session), team_id=team.id)
        case, post = found.id, make_post(session, found).id
    agent.get("/live")
    with services.database.read() as session:
        assert session.get_one(Conversation, case).assignee_id == agent.user_id
    assert "A case was given to you" in agent.get("/notifications").text
    why = agent.get(f"/inbox/{case}/posts/{post}/why").text
    assert "least loaded of 1 on shift" in why


def test_room_that_comes_free_is_filled(app: Flask, services: Services, agent: Visitor) -> None:
    with services.database.write() as session:
        team = Team(key="x", name_id="X", name_en="X", gives_out=True)
        team.members.append(session.get_one(User, agent.user_id))
        session.add_all([team, Staff(user_id=agent.user_id, capacity=1)])
        session.flush()
        account = make_account(session)
        cases = [make_conversation(session, account, team_id=team.id).id for _ in range(2)]
    agent.get("/live")
    done = {"state": "resolved", "revision": "2"}
    agent.post(f"/inbox/{cases[0]}/state", done)
    with services.database.read() as session:
        holders = [session.get_one(Conversation, one).assignee_id for one in cases]
    assert holders == [agent.user_id, agent.user_id]


def test_page_without_a_list_learns_how_much_is_not_read(
    agent: Visitor, services: Services
) -> None:
    assert agent.get("/presence").get_json()["unread"] == 0
    with services.database.write() as session:
        notify(session, "rule", user_ids=[agent.user_id or 0], text="lihat")
    assert agent.get("/presence").get_json()["unread"] == 1
