"""The page of alerts, and the lists that rules read."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_author, make_conversation
from tanggap.inbox.rulebook.alerts import NewAlert, raise_alerts
from tanggap.inbox.rulebook.named_lists import read_list
from tanggap.inbox.services import Services
from tanggap.store.alerts import Alert
from tanggap.store.audit import AuditEntry
from tanggap.store.users import AGENT, ANALYST, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def alert(services: Services) -> int:
    with services.database.write() as session:
        author = make_author(session, name="Budi <b>")
        case = make_conversation(session, make_account(session), author)
        alert = NewAlert(
            key="a", text="Menyebut <regulator>", conversation_id=case.id, rule_key="regulator"
        )
        assert raise_alerts(session, [alert]) == 1
        assert raise_alerts(session, [NewAlert(key="a", text="lagi")]) == 0
        return session.scalars(select(Alert.id)).one()


def test_alert_stands_on_the_page_until_somebody_closes_it(
    app: Flask, services: Services, alert: int
) -> None:
    agent = Visitor(app).sign_in(services, AGENT)
    page = agent.get("/alerts").text
    assert "Menyebut &lt;regulator&gt;" in page
    assert "Budi &lt;b&gt;" in page
    assert 'href="/admin/rules/rule/regulator/about"' in page
    assert agent.post(f"/alerts/{alert}/close").status_code == 303
    agent.post(f"/alerts/{alert}/close")
    assert "Nothing needs to be looked at now" in agent.get("/alerts").text
    assert "Closed by" in agent.get("/alerts?closed=1").text
    with services.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "alert.closed"))
        assert len(list(entries)) == 1


def test_open_alerts_are_counted_in_the_menu_and_analysts_close_none(
    app: Flask, services: Services, alert: int
) -> None:
    analyst = Visitor(app).sign_in(services, ANALYST)
    assert '<span class="nav-count">1</span>' in analyst.get("/alerts").text
    assert analyst.post(f"/alerts/{alert}/close").status_code == 403
    assert Visitor(app).sign_in(services, AGENT).post("/alerts/99/close").status_code == 404


def typed(services: Services, **changes: Any) -> dict[str, Any]:
    with services.database.read() as session:
        it = read_list(session, "regulators")
    return {
        "key": "regulators",
        "at": "regulators",
        "seen": it.version,
        "name_id": it.row.name_id,
        "name_en": it.row.name_en,
        "entries": "\r\n".join(it.row.entries),
    } | changes


def test_supervisor_edits_a_list_and_a_colleagues_change_is_not_overwritten(
    app: Flask, services: Services
) -> None:
    editor = Visitor(app).sign_in(services, SUPERVISOR)
    page = editor.get("/admin/lists").text
    assert "@ojkindonesia" in page
    assert 'href="/admin/rules/rule/regulator"' in page
    form = typed(services, entries="@ojkindonesia\r\n\r\n  LPS \r\nLPS")
    assert editor.post("/admin/lists", form).status_code == 303
    with services.database.read() as session:
        assert read_list(session, "regulators").row.entries == ["@ojkindonesia", "LPS"]
    stale = editor.post("/admin/lists", form | {"entries": "OJK"})
    assert (stale.status_code, "OJK</textarea>" in stale.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": "VIP!", "at": "", "seen": ""}, "lower-case"),
        ({"entries": "a" * 101}, "cannot be an entry"),
        ({"name_id": " "}, "name is missing"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_kept_in_the_form(
    app: Flask, services: Services, changes: dict[str, str], words: str
) -> None:
    editor = Visitor(app).sign_in(services, SUPERVISOR)
    answer = editor.post("/admin/lists", typed(services, **changes))
    assert (answer.status_code, words in answer.text) == (422, True)


def test_only_a_list_that_no_rule_reads_can_be_deleted(app: Flask, services: Services) -> None:
    editor = Visitor(app).sign_in(services, SUPERVISOR)
    assert editor.post("/admin/lists/regulators/delete").status_code == 409
    new = {"key": "vip", "name_id": "VIP", "name_en": "VIP", "entries": "@budi"}
    assert editor.post("/admin/lists", new).status_code == 303
    assert editor.post("/admin/lists/vip/delete").status_code == 303
    assert 'id="list-vip"' not in editor.get("/admin/lists").text


def test_agents_do_not_edit_lists(app: Flask, services: Services) -> None:
    assert Visitor(app).sign_in(services, AGENT).get("/admin/lists").status_code == 403
