"""Role by route: each cell allowed or refused as the table of permissions says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from programs import Program
from tanggap.inbox.people.permissions import GRANTS, Permission, may
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN, ROLES, User
from tanggap.web.access import ROUTES, Open
from tanggap.web.api_access import SCOPES
from tanggap.web.security import is_public
from visitors import Visitor, address

OUTSIDE_FLASK = {"webhooks.deliver"}
ADD_A_ROW = (
    "these routes have no row: add one to ROUTES in app/tanggap/web/access.py that names the "
    "permission the route needs (or Open.SIGNED_IN), and a new permission to "
    "app/tanggap/inbox/people/permissions.py if none fits"
)
WHOLE = ("admin", "read_only")
"""Roles that try every route of the API; others try one of each scope."""

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in OUTSIDE_FLASK]


@SQLITE
def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in routes(app)}
    assert sorted(endpoints - set(ROUTES)) == [], ADD_A_ROW
    assert sorted(set(ROUTES) - endpoints) == [], "these rows are of routes that are gone"


@SQLITE
def test_public_routes_are_those_that_the_table_calls_public(app: Flask) -> None:
    marked = {r.endpoint for r in routes(app) if is_public(app.view_functions[r.endpoint])}
    assert marked == {name for name, row in ROUTES.items() if row is Open.TO_ALL}


def test_every_role_has_its_permissions_and_an_administrator_all() -> None:
    assert set(GRANTS) == set(ROLES)
    assert GRANTS["admin"] == frozenset(Permission)
    assert GRANTS["read_only"] < GRANTS["agent"] < GRANTS["supervisor"] < GRANTS["admin"]
    assert not may("stranger", Permission.READ_CASES)


def test_guide_shows_the_table_of_permissions() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "people.md").read_text("utf-8")
    head = re.search(r"\| may \| permission \|(.+)\|\n", guide)
    assert head is not None
    roles = [cell.strip().replace("-", "_") for cell in head[1].split("|")]
    assert roles == list(GRANTS)
    shown = {
        row[0]: [cell.strip() == "●" for cell in row[1].split("|")]
        for row in re.findall(r"\| `(\w+)` \|(.+)\|\n", guide)
    }
    assert shown == {one.value: [may(role, one) for role in roles] for one in Permission}


@SQLITE
@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_the_table_allows_and_nothing_else(
    app: Flask, services: Services, case: Conversation, role: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    visitor = Visitor(app).sign_in(services, role)
    program = Program(app, services, ADMIN)  # whose token has more scopes than the role would give
    with services.database.write() as session:
        session.get_one(User, program.user_id).role = role
    wrong = []
    seen: set[object] = set()
    for rule in routes(app):
        row = ROUTES.get(rule.endpoint)
        if row is None:
            continue  # another test tells
        scope = SCOPES.get(rule.endpoint)
        if scope in seen and role not in WHOLE:
            continue  # the guard of the API goes by the scope alone
        seen |= {scope} - {None}
        allowed = not isinstance(row, Permission) or may(role, row)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = _call(visitor, program, services, rule, method)
            if allowed == (answer.status_code == 403) or answer.status_code >= 500:
                wrong.append((rule.endpoint, method, answer.status_code))
    assert [cell for cell in wrong if cell[0] != "health.readyz"] == []


def _call(
    visitor: Visitor, program: Program, services: Services, rule: Rule, method: str
) -> TestResponse:
    if rule.endpoint in SCOPES:
        return program.client.open(address(rule), method=method, headers=program.head)
    visitor.come_back(services)
    # What is refused is said in a line, since the status alone is looked at.
    return visitor.client.open(address(rule), method=method, headers={"Accept": "application/json"})


@SQLITE
def test_settings_in_the_side_bar_are_those_the_role_may_open(
    app: Flask, services: Services, case: Conversation
) -> None:
    for role in ROLES:
        page = Visitor(app).sign_in(services, role).get("/profile").text
        assert ("/admin/accounts" in page) == may(role, Permission.MANAGE_ACCOUNTS), role
        assert ("/admin/tone" in page) == may(role, Permission.EDIT_TONE), role


@SQLITE
def test_buttons_are_those_of_who_looks_whoever_looked_first(
    app: Flask, services: Services
) -> None:
    for role in ("supervisor", "analyst", "supervisor"):
        page = Visitor(app).sign_in(services, role).get("/admin/sla").text
        assert ("New policy" in page) == may(role, Permission.EDIT_CLOCKS), role


@SQLITE
def test_route_without_a_row_is_for_administrators_alone(app: Flask, services: Services) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for role in ROLES:
        answer = Visitor(app).sign_in(services, role).get("/forgotten")
        assert ("secret" in answer.text) == (role == "admin"), role
