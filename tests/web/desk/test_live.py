"""The feed that browsers poll."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_user
from queries import counted
from tanggap.inbox.services import Services
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.staff import Staff
from tanggap.store.users import ADMIN, AGENT, SUPERVISOR, Team, User
from visitors import Visitor


def test_change_of_a_colleague_is_told_with_its_conversation(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    before = agent.get("/live?since=0").json
    Visitor(app).sign_in(services).post(f"/inbox/{case.id}/claim")
    feed = agent.get("/live?since=0").json
    assert before is not None
    assert feed is not None
    assert [conversation for _, conversation in feed["changes"]] == [case.id]
    assert feed["reload"] is False


def test_cursor_that_is_none_means_the_beginning(agent: Visitor) -> None:
    for since in ("", "x", "-1", "9" * 30):
        assert agent.get(f"/live?since={since}").status_code == 200


def test_stranger_learns_nothing(app: Flask) -> None:
    answer = app.test_client().get("/live", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def ask(visitor: Visitor, shown: int = 0, known: int = 0, more: str = "") -> dict[str, Any]:
    answer = visitor.get(f"/live?since=0&shown={shown}&known={known}{more}").json
    assert answer is not None
    return dict(answer)


def change(services: Services, case: Conversation, id_: int | None = None) -> int:
    with services.database.write() as session:
        row = Change(conversation_id=case.id, kind="post")
        if id_ is not None:
            row.id = id_
        session.add(row)
        session.flush()
        return row.id


def test_rows_come_along_for_what_the_browser_has_not_shown(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    assert "rows" not in ask(agent)
    first = change(services, case)
    fresh, gone = ask(agent)["rows"].split('id="gone-rows"')
    assert f'id="row-{case.id}"' in fresh
    assert "row-" not in gone
    assert "rows" not in ask(agent, first, 1)
    second = change(services, case)
    assert f'id="row-{case.id}"' in ask(agent, first, 1)["rows"]
    assert f'id="row-{case.id}"' in ask(agent, first, 1, "&state=resolved")["rows"].split("gone")[1]
    assert "rows" not in ask(agent, second, 2)


def test_lower_number_that_came_late_brings_its_row(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    change(services, case, 100)
    assert "rows" not in ask(agent, 100, 1)
    change(services, case, 99)
    assert f'id="row-{case.id}"' in ask(agent, 100, 1)["rows"]


def test_row_is_fresh_after_each_change(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    shown = change(services, case)
    assert "Urgent" not in ask(agent)["rows"]
    with services.database.write() as session:
        session.get_one(Conversation, case.id).priority = 0
    change(services, case)
    assert "Urgent" in ask(agent, shown, 1)["rows"]


def test_browsers_that_show_the_same_share_rows_and_counters(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    colleague = Visitor(app).sign_in(services, ADMIN)
    for visitor in (agent, colleague):  # whose first questions tell that they have come
        ask(visitor)
    change(services, case)
    for path, fewer in (("/live?since=0&shown=0&known=0", 2), ("/inbox/rows?check=1&ids=", 2)):
        asked = []
        for visitor in (agent, colleague):
            with counted(services.database) as statements:
                assert visitor.get(path).status_code == 200
            asked.append([one for one in statements if one.lstrip().startswith("SELECT")])
        assert len(asked[0]) - len(asked[1]) == fewer, path


@pytest.mark.parametrize("first", ["whole", "limited"])
def test_nothing_shared_crosses_limits_languages_or_roles(
    app: Flask, services: Services, case: Conversation, first: str
) -> None:
    with services.database.write() as session:
        team = Team(key="other", name_id="Lain", name_en="Other")
        session.add(team)
        session.flush()
        session.get_one(Conversation, case.id).assignee_id = make_user(session, name="Tono").id
    supervisor = Visitor(app).sign_in(services, SUPERVISOR)
    limited = Visitor(app).sign_in(services, AGENT)
    indonesian = Visitor(app).sign_in(services, AGENT)
    with services.database.write() as session:
        session.get_one(User, limited.user_id).only_teams = [team.id]
        session.get_one(User, indonesian.user_id).language = "id"
    change(services, case)
    visitors = {"whole": supervisor, "limited": limited, "id": indonesian}
    order = [first, *(name for name in visitors if name != first)]
    rows = {name: str(ask(visitors[name]).get("rows")) for name in order}
    sides = {name: visitors[name].get("/inbox/rows?check=1&ids=").text for name in order}
    assert f'id="row-{case.id}"' in rows["whole"]
    assert f'id="row-{case.id}"' not in rows["limited"]
    assert "Assigned to Tono" in rows["whole"]
    assert "Ditangani oleh Tono" in rows["id"]
    assert "Assigned to" not in rows["id"]
    counts = {name: re.findall(r'nav-count">(\d+)<', side)[5] for name, side in sides.items()}
    assert counts == {"whole": "1", "limited": "0", "id": "1"}
    assert ("To approve" in sides["whole"], "To approve" in sides["limited"]) == (True, False)


def test_moments_in_shared_rows_are_in_each_reader_s_zone(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    eastern = Visitor(app).sign_in(services, AGENT)
    with services.database.write() as session:
        session.add(Staff(user_id=eastern.user_id, zone="Asia/Jayapura"))
    change(services, case)
    titles = [
        re.search(r'class="row-time"[^>]*title="([^"]+)"', str(ask(one)["rows"]))
        for one in (agent, eastern)
    ]
    assert titles[0] is not None
    assert titles[1] is not None
    assert titles[0][1] != titles[1][1]


def test_browser_learns_which_of_its_rows_are_still_to_be_seen(
    app: Flask, services: Services, case: Conversation
) -> None:
    limited = Visitor(app).sign_in(services, AGENT)
    path = f"/inbox/rows?check=1&ids={case.id},777"
    assert f'data-ids="{case.id}"' in limited.get(path).text
    with services.database.write() as session:
        team = Team(key="other", name_id="Lain", name_en="Other")
        session.add(team)
        session.flush()
        session.get_one(User, limited.user_id).only_teams = [team.id]
    assert 'data-ids=""' in limited.get(path).text


def test_side_bar_counts_a_change_at_once_and_what_is_read_too(
    agent: Visitor, services: Services, case: Conversation
) -> None:
    def mine() -> str:
        side = agent.get("/inbox/rows?check=1&ids=").text
        return side.split("Mine</span>")[1].split("</a>")[0]

    assert 'nav-count">0<' in mine()
    agent.post(f"/inbox/{case.id}/claim")
    assert 'nav-count">1<' in mine()
    with services.database.read() as session:
        newest = session.scalars(select(Post.id)).one()
    assert "nav-unread" in mine()
    agent.post("/signs", {"tab": "t1", "open": case.id, "seen": newest})
    assert "nav-unread" not in mine()
