"""Macros: written on their page, run with one click in a case."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry
from tanggap.store.conversations import WAITING, Conversation
from tanggap.store.macros import Macro
from tanggap.store.users import SUPERVISOR, Team
from visitors import Visitor


@pytest.fixture
def supervisor(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, SUPERVISOR)


def macro_id(services: Services) -> int:
    with services.database.read() as session:
        return session.scalars(select(Macro.id)).one()


def test_macro_tags_and_parks_the_case_and_offers_its_text(
    supervisor: Visitor, agent: Visitor, services: Services, case: Conversation
) -> None:
    form = {"name": "Minta <i>nomor</i>", "text": "Boleh nomor pesanannya, {{ name }}?"}
    form |= {"tags": "Tunggu Nomor, vip", "state": "waiting"}
    assert supervisor.post("/admin/macros", form).status_code == 303
    panel = agent.get(f"/inbox/{case.id}/answers").text
    assert 'data-answer="Boleh nomor pesanannya' in panel
    assert "Minta &lt;i&gt;nomor&lt;/i&gt;" in panel
    run = {"macro": macro_id(services), "revision": case.revision}
    assert agent.post(f"/inbox/{case.id}/macro", run).status_code == 303
    with services.database.read() as session:
        done = session.get_one(Conversation, case.id)
        assert (done.tags, done.state) == (["tunggu nomor", "vip"], WAITING)


def test_colleagues_change_stops_the_whole_macro(
    supervisor: Visitor, agent: Visitor, services: Services, case: Conversation
) -> None:
    supervisor.post("/admin/macros", {"name": "Tutup", "tags": "selesai", "state": "resolved"})
    run = {"macro": macro_id(services), "revision": 99}
    agent.post(f"/inbox/{case.id}/macro", run)
    with services.database.read() as session:
        same = session.get_one(Conversation, case.id)
        assert (same.tags, same.state) == ([], "open")


def test_macro_of_another_team_is_not_offered_and_not_run(
    supervisor: Visitor, agent: Visitor, services: Services, case: Conversation
) -> None:
    with services.database.read() as session:
        team = session.scalars(select(Team.id).where(Team.key == "compliance")).one()
    supervisor.post("/admin/macros", {"name": "Rahasia tim", "text": "x", "team": team})
    assert "Rahasia tim" not in agent.get(f"/inbox/{case.id}/answers").text
    run = {"macro": macro_id(services), "revision": case.revision}
    assert agent.post(f"/inbox/{case.id}/macro", run).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "kosong"},
        {"name": "salah", "text": "{{ name"},
        {"name": "program", "text": "{{ ''.__class__ }}"},
        {"name": "tag", "tags": "x" * 60},
    ],
)
def test_macro_that_cannot_work_is_not_kept(
    supervisor: Visitor, services: Services, form: dict[str, str]
) -> None:
    refused = supervisor.post("/admin/macros", form)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    with services.database.read() as session:
        assert session.scalar(select(Macro.id)) is None


def test_macro_is_changed_and_deleted(supervisor: Visitor, services: Services) -> None:
    supervisor.post("/admin/macros", {"name": "Satu", "text": "halo"})
    one = macro_id(services)
    assert "halo" in supervisor.get(f"/admin/macros?macro={one}").text
    supervisor.post("/admin/macros", {"macro": one, "name": "Dua", "text": "hai"})
    with services.database.read() as session:
        assert session.get_one(Macro, one).name == "Dua"
        noted = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "macro.saved")
        ).all()
    assert noted[0]["before"] is None
    assert [noted[1][side]["name"] for side in ("before", "after")] == ["Satu", "Dua"]
    supervisor.post(f"/admin/macros/{one}/delete")
    assert "No macro yet" in supervisor.get("/admin/macros").text
