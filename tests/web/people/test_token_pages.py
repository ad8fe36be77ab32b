"""People make tokens for their programs, see them, and end them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from programs import ROOT, Program
from tanggap.inbox.services import Services
from tanggap.store.api_tokens import ApiToken
from tanggap.store.audit import AuditEntry
from tanggap.store.users import ADMIN, AGENT, User
from visitors import Visitor

FORM = {"name": "Gudang data", "scope": ["read_cases", "reply"], "days": "30"}


def secret_in(page: str) -> str:
    found = re.search(r'id="secret" value="(tgp_[\w-]+)"', page)
    assert found is not None
    return found[1]


def test_secret_is_shown_once_and_opens_the_api(app: Flask, agent: Visitor) -> None:
    made = agent.post("/profile/tokens", FORM)
    secret = secret_in(made.text)
    assert made.headers["Cache-Control"] == "no-store"
    head = {"Authorization": f"Bearer {secret}"}
    answer = app.test_client().get(f"{ROOT}/me", headers=head)
    assert answer.json["scopes"] == ["read_cases", "reply"]
    again = agent.get("/profile/tokens").text
    assert secret not in again
    assert "Gudang data" in again
    assert secret[:12] in again


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"scope": []}, {"scope": ["read_audit"]}, {"days": "3650"}, {"days": "x"}],
)
def test_token_that_does_not_fit_is_refused_with_what_was_typed(
    agent: Visitor, change: dict[str, object]
) -> None:
    answer = agent.post("/profile/tokens", FORM | change)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "tgp_" not in answer.text


def test_person_ends_their_own_token_and_no_other(
    app: Flask, services: Services, agent: Visitor
) -> None:
    other = Program(app, services)
    secret = secret_in(agent.post("/profile/tokens", FORM).text)
    with services.database.read() as session:
        own = session.scalars(select(ApiToken.id).where(ApiToken.user_id == agent.user_id)).one()
    assert agent.post(f"/profile/tokens/{other.token.id}/revoke").status_code == 404
    assert agent.post(f"/profile/tokens/{own}/revoke").status_code == 303
    head = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get(f"{ROOT}/me", headers=head).status_code == 401
    assert other.get("/me").status_code == 200


def test_administrator_sees_and_ends_everybodys_tokens(app: Flask, services: Services) -> None:
    program = Program(app, services, AGENT)
    admin = Visitor(app).sign_in(services, ADMIN)
    page = admin.get("/admin/tokens").text
    assert "Ayu Lestari" in page
    assert program.secret not in page
    assert admin.post(f"/admin/tokens/{program.token.id}/revoke").status_code == 303
    assert program.get("/me").status_code == 401
    with services.database.read() as session:
        kept = session.scalars(
            select(AuditEntry).where(AuditEntry.object_type == "token").order_by(AuditEntry.id)
        ).all()
    assert [entry.action for entry in kept] == ["token.made", "token.revoked"]
    assert program.secret not in str([entry.detail for entry in kept])


def test_names_of_strangers_are_shown_as_text(
    app: Flask, services: Services, agent: Visitor
) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    agent.post("/profile/tokens", FORM | {"name": hostile})
    with services.database.write() as session:
        session.get_one(User, agent.user_id).name = hostile
    admin = Visitor(app).sign_in(services, ADMIN)
    for page in (agent.get("/profile/tokens").text, admin.get("/admin/tokens").text):
        assert "<img" not in page


def test_only_scopes_of_ones_role_are_offered(app: Flask, services: Services) -> None:
    assert "read_audit" not in Visitor(app).sign_in(services, AGENT).get("/profile/tokens").text
    assert "read_audit" in Visitor(app).sign_in(services, ADMIN).get("/profile/tokens").text
