"""Inviting, changing and parting with people; teams, shifts and the board."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_conversation, make_user
from tanggap.inbox.people import invitations, presence
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.staff import Shift, ShiftException, Staff
from tanggap.store.users import ADMIN, SUPERVISOR, Team, TeamMember, User, user_by_email
from visitors import Visitor

EMAIL = "baru@contoh.example"


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, ADMIN)


@pytest.fixture
def boss(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, SUPERVISOR)


@pytest.fixture
def ayu(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session, "Ayu Lestari", language="en").id


def first_team(services: Services) -> Team:
    with services.database.read() as session:
        return session.scalars(select(Team).order_by(Team.id)).first()  # type: ignore[return-value]


def invited(admin: Visitor, **values: object) -> str:
    """Invite somebody and give the path of the link."""
    page = admin.post("/admin/people/invite", {"email": EMAIL, "role": "agent"} | values).text
    found = re.search(r'value="http://[^/]+(/invitation/[\w-]+)"', page)
    assert found is not None, page
    return found[1]


JOIN = {"name": "Baru Sekali", "password": "kata sandi baik", "initials": "BS"}


def test_invited_person_makes_their_account_once(
    app: Flask, services: Services, admin: Visitor
) -> None:
    team = first_team(services)
    link = invited(admin, role="supervisor", team=team.id)
    assert EMAIL in admin.get("/admin/people").text
    guest = Visitor(app)
    assert EMAIL in guest.get(link).text
    assert guest.post(link, JOIN).headers["Location"] == "/inbox"
    assert guest.get("/staff").status_code == 200
    with services.database.read() as session:
        user = user_by_email(session, EMAIL)
        assert user is not None
        assert (user.role, user.initials) == ("supervisor", "BS")
        assert [one.id for one in user.teams] == [team.id]
    assert Visitor(app).get(link).status_code == 404
    assert Visitor(app).post(link, JOIN).status_code == 404


def test_invitation_ends_with_time_with_a_newer_one_and_when_withdrawn(
    app: Flask, services: Services, admin: Visitor
) -> None:
    old, new = invited(admin), invited(admin)
    assert Visitor(app).get(old).status_code == 404
    with time_machine.travel(utcnow() + timedelta(days=8)):
        assert Visitor(app).get(new).status_code == 404
    with services.database.read() as session:
        (open_one,) = invitations.open_invitations(session)
    admin.post(f"/admin/people/invitations/{open_one.id}/withdraw")
    assert Visitor(app).get(new).status_code == 404


def test_link_is_nowhere_in_the_database(services: Services, admin: Visitor) -> None:
    token = invited(admin).rpartition("/")[2]
    with services.database.read() as session:
        (row,) = invitations.open_invitations(session)
        entries = session.scalars(select(AuditEntry)).all()
    assert token not in row.token_hash
    assert not any(token in str(entry.detail) for entry in entries)


def test_what_cannot_be_taken_is_explained_and_the_link_still_works(
    app: Flask, admin: Visitor, ayu: int
) -> None:
    link = invited(admin)
    answer = Visitor(app).post(link, JOIN | {"password": "pendek"})
    assert answer.status_code == 422
    assert "10" in answer.text
    assert Visitor(app).post(link, JOIN | {"initials": "?"}).status_code == 422
    assert Visitor(app).post(link, JOIN).status_code == 303
    again = admin.post("/admin/people/invite", {"email": EMAIL.upper(), "role": "agent"})
    assert again.status_code == 422
    assert "has this e-mail address already" in again.text


def test_mail_server_that_cannot_be_reached_leaves_the_link_to_be_copied(
    services: Services, app: Flask, admin: Visitor
) -> None:
    settings = replace(services.settings, smtp_host="127.0.0.1", smtp_port=1)
    app.extensions["tanggap"].services = replace(services, settings=settings)
    page = admin.post("/admin/people/invite", {"email": EMAIL, "role": "agent"}).text
    assert "/invitation/" in page
    assert "The e-mail was not sent" in page


def test_supervisor_plans_work_but_does_not_hand_out_rights(
    services: Services, boss: Visitor, ayu: int
) -> None:
    team = first_team(services)
    work = {
        "team": team.id,
        "lead": team.id,
        "capacity": "7",
        "language": "id",
        "platform": "fake",
        "products": "Kartu Kredit, KPR, kpr",
        "zone": "Asia/Makassar",
    }
    assert boss.post(f"/admin/people/{ayu}/work", work).status_code == 303
    with services.database.read() as session:
        staff = session.get_one(Staff, ayu)
        assert (staff.capacity, staff.zone) == (7, "Asia/Makassar")
        assert (staff.languages, staff.platforms) == (["id"], ["fake"])
        assert staff.products == ["Kartu Kredit", "kpr"]
        assert session.get_one(TeamMember, (team.id, ayu)).lead
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.work_changed")
        )
        assert (entry.detail["before"]["capacity"], entry.detail["after"]["capacity"]) == (0, 7)
    assert "Invite somebody" not in boss.get("/admin/people").text
    assert boss.post(f"/admin/people/{ayu}/role", {"role": "admin"}).status_code == 403


def test_week_is_planned_shown_and_refused_with_the_day_named(
    services: Services, boss: Visitor, ayu: int
) -> None:
    week = {"day0": "08:00-12:00, 13.00-17.00", "day4": "22:00-06:00"}
    assert boss.post(f"/admin/people/{ayu}/shifts", week).status_code == 303
    page = boss.get(f"/admin/people/{ayu}").text
    assert 'value="08:00-12:00, 13:00-17:00"' in page
    assert '<rect x="1320" y="4" width="120"' in page
    wrong = boss.post(f"/admin/people/{ayu}/shifts", {"day2": "9 to 5"})
    assert wrong.status_code == 422
    assert 'value="9 to 5"' in wrong.text
    assert 'aria-describedby="day2-problem"' in wrong.text
    with services.database.read() as session:
        assert len(session.scalars(select(Shift)).all()) == 3


def test_absence_is_added_and_removed(services: Services, boss: Visitor, ayu: int) -> None:
    day = (utcnow() + timedelta(days=3)).date().isoformat()
    form = {"first_day": day, "last_day": day, "note": "Cuti"}
    assert boss.post(f"/admin/people/{ayu}/exceptions", form).status_code == 303
    assert "Cuti" in boss.get(f"/admin/people/{ayu}").text
    with services.database.read() as session:
        row = session.scalars(select(ShiftException)).one()
    boss.post(f"/admin/people/{ayu}/exceptions/{row.id}/remove")
    assert "Cuti" not in boss.get(f"/admin/people/{ayu}").text
    bad = {"first_day": "soon"}
    assert boss.post(f"/admin/people/{ayu}/exceptions", bad).status_code == 422


def test_absences_are_listed_until_their_last_day_ends_where_the_person_is(
    services: Services, boss: Visitor, ayu: int
) -> None:
    with services.database.write() as session:
        for day, note in ((date(2026, 3, 8), "Minggu"), (date(2026, 3, 9), "Senin")):
            session.add(ShiftException(user_id=ayu, first_day=day, last_day=day, note=note))
    # In Jakarta the 9th of March begins at 17:00 UTC of the 8th.
    for hour, listed in ((16, True), (17, False)):
        with time_machine.travel(datetime(2026, 3, 8, hour, tzinfo=UTC), tick=False):
            boss.come_back(services)
            page = boss.get(f"/admin/people/{ayu}").text
        assert ("Minggu" in page) is listed
        assert "Senin" in page


def test_person_who_leaves_is_out_and_their_cases_are_back(
    app: Flask, services: Services, admin: Visitor
) -> None:
    leaving = Visitor(app).sign_in(services, "agent")
    with services.database.write() as session:
        account = make_account(session)
        case = make_conversation(session, account, assignee_id=leaving.user_id).id
    assert admin.post(f"/admin/people/{leaving.user_id}/deactivate").status_code == 303
    assert leaving.get("/inbox").status_code == 302
    with services.database.read() as session:
        assert session.get_one(Conversation, case).assignee_id is None
    admin.post(f"/admin/people/{leaving.user_id}/reactivate")
    with services.database.read() as session:
        assert session.get_one(User, leaving.user_id).active


def test_last_administrator_stays_one(services: Services, admin: Visitor) -> None:
    admin.post(f"/admin/people/{admin.user_id}/deactivate")
    admin.post(f"/admin/people/{admin.user_id}/role", {"role": "agent"})
    page = admin.get("/admin/people")
    assert page.status_code == 200
    assert "only administrator" in page.text


def test_administrator_ends_somebodys_sessions(
    app: Flask, services: Services, admin: Visitor
) -> None:
    agent = Visitor(app).sign_in(services, "agent")
    admin.post(f"/admin/people/{agent.user_id}/sessions/end")
    assert agent.get("/inbox").status_code == 302


def test_team_is_made_changed_and_its_key_kept(services: Services, boss: Visitor) -> None:
    new = {"key": "vip", "name_id": "VIP", "name_en": "VIP"}
    assert boss.post("/admin/teams", new).status_code == 303
    assert boss.post("/admin/teams", new).status_code == 422
    assert boss.post("/admin/teams", new | {"key": "No Key"}).status_code == 422
    with services.database.read() as session:
        team = session.scalars(select(Team).where(Team.key == "vip")).one()
    changed = {"key": "other", "name_id": "Utama", "name_en": "Prime", "gives_out": "1"}
    boss.post(f"/admin/teams/{team.id}", changed)
    with services.database.read() as session:
        team = session.get_one(Team, team.id)
    assert (team.key, team.name_en, team.gives_out) == ("vip", "Prime", True)
    assert boss.post("/admin/teams/999999", changed).status_code == 404


def test_board_shows_who_is_there_with_how_much(
    services: Services, boss: Visitor, ayu: int
) -> None:
    with services.database.write() as session:
        session.add(Staff(user_id=ayu, capacity=4))
        presence.beat(session, ayu)
        account = make_account(session)
        make_conversation(session, account, assignee_id=ayu)
        team = session.scalars(select(Team).order_by(Team.id)).first()
        assert team is not None
        team.gives_out = True
        make_conversation(session, account, team_id=team.id)
    page = boss.get("/staff").text
    assert re.search(r"Ayu Lestari.*?here-online.*?1 / 4", page, re.DOTALL)
    assert "nobody" in page
