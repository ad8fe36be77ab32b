"""Audit entries as differences, in whichever way they were written down."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_user
from tanggap.inbox.accounts import channel_apps
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.people.audit_log import facts_of
from tanggap.inbox.services import Services
from tanggap.store.audit import AuditEntry


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ({"before": {"a": 1, "b": 2}, "after": {"a": 1, "b": 3}}, [("b", "2", "3")]),
        ({"before": None, "after": {"a": 1}}, [("a", "–", "1")]),
        ({"old": {"x": 1}, "new": {"x": 2}}, [("x", "1", "2")]),
        ({"old": ["satu"], "new": ["satu", "dua"]}, [("value", "satu", "satu, dua")]),
        ({"changed": {"name": ["Lama", "Baru"]}}, [("name", "Lama", "Baru")]),
        ({"email": "a@b.example"}, [("email", "", "a@b.example")]),
        ({"changed": ["name"]}, [("changed", "", "name")]),
    ],
)
def test_changes_show_both_sides(detail: dict[str, Any], shown: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.before, one.after) for one in facts_of(detail)] == shown


def last(services: Services, action: str) -> dict[str, Any]:
    with services.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == action)
        return session.scalars(query.order_by(AuditEntry.id.desc())).first().detail  # type: ignore[union-attr]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_caps_and_developer_apps_say_what_was_before(services: Services) -> None:
    with services.database.write() as session:
        user_id = make_user(session).id
        make_app(services, session)
        account_id = make_account(session, services).id
    with services.database.write() as session:
        read_meter.set_caps(session, account_id, usd="5", reads="", user_id=user_id)
        read_meter.set_caps(session, account_id, usd="7.5", reads="100", user_id=user_id)
    found = last(services, "account.read_caps")
    assert found == {"before": {"usd": 5.0, "reads": None}, "after": {"usd": 7.5, "reads": 100}}
    channel_apps.save_app(services, "fake", {"client_id": "lain"}, user_id=user_id)
    found = last(services, "channel_app.saved")
    assert (found["before"]["client_id"], found["after"]["client_id"]) == ("client", "lain")
    assert "secret" not in str(found["after"].get("client_secret", ""))
