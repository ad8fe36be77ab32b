"""Whatever a program sends, it gets one shape of problem, and never more than its person may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from factories import make_user
from programs import ROOT, Program
from tanggap.inbox.people import api_tokens
from tanggap.inbox.people.api_tokens import NEEDS, TokenScope, scopes_for
from tanggap.inbox.people.permissions import may
from tanggap.inbox.services import Services
from tanggap.store.api_tokens import ApiToken
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN, AGENT, READ_ONLY, ROLES, User
from tanggap.web.api_access import SCOPES
from tanggap.web.context import tasks
from visitors import Visitor, address

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
DEEP = b"[" * 200_000
HOSTILE = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"12",
    DEEP,
    b'{"add": ' + DEEP,
    b'{"text": NaN}',
    b'{"text": "\\u0000"}',
    b'{"text": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"text": "\xff\xfe"}',
    b'{"text": 1}',
    b'{"text": null}',
    b'{"text": ["a"]}',
    b'{"text": {"a": "b"}}',
    b'{"text": "a", "text_": "b"}',
    b'{"revision": 1e400, "state": "open"}',
    b'{"revision": ' + b"9" * 5_000 + b', "state": "open"}',
    b'{"revision": "1", "state": "open"}',
    b'{"revision": true, "state": "open"}',
    b'{"add": ["' + b"x" * 100_000 + b'"]}',
    b"{" + b",".join(b'"k%d": 1' % n for n in range(20_000)) + b"}",
)


def is_problem(answer: object) -> bool:
    body = answer.json  # type: ignore[attr-defined]
    return (
        answer.mimetype == "application/problem+json"  # type: ignore[attr-defined]
        and body["status"] == answer.status_code  # type: ignore[attr-defined]
        and body["type"] == f"/api/docs#{body['code']}"
        and bool(body["title"] and body["detail"] and body["request_id"])
    )


@SQLITE
@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:24].hex())
def test_hostile_bodies_are_refused_in_one_shape(
    program: Program, case: Conversation, body: bytes
) -> None:
    for method, path in (("POST", "notes"), ("PUT", "state"), ("PATCH", "tags"), ("PUT", "draft")):
        answer = program.call(
            method,
            f"/conversations/{case.id}/{path}",
            data=body,
            content_type="application/json",
        )
        assert answer.status_code in (400, 422), (path, answer.status_code)
        assert is_problem(answer)
        assert len(answer.data) < 10_000


def test_address_that_no_database_takes_is_refused(app: Flask, services: Services) -> None:
    program = Program(app, services, ADMIN)
    for path in ("/conversations?tag=a%00b", "/conversations?q=%00", "/rules/a%00b"):
        answer = program.get(path)
        assert answer.status_code == 400, path
        assert is_problem(answer)
    for path in ("/conversations?q=%ed%a0%80", "/conversations?label=%ff", "/rules/%ed%a0%80"):
        assert program.get(path).status_code in (200, 404), path
    assert program.get("/conversations/99999999999999999999").status_code == 404
    assert program.get("/conversations?nonsense=1").status_code == 422


@SQLITE
def test_every_kind_of_error_is_a_problem(
    app: Flask, services: Services, program: Program, case: Conversation
) -> None:
    path = f"/conversations/{case.id}"
    large = b'{"text": "' + b"x" * 2_000_000 + b'"}'
    answers = {
        401: program.client.get(ROOT + path),
        403: program.get("/audit"),
        404: program.get("/nothing"),
        405: program.call("DELETE", path),
        409: program.call("PUT", path + "/state", {"revision": 99, "state": "open"}),
        413: program.call("POST", path + "/notes", data=large, content_type="application/json"),
        415: program.call("POST", path + "/notes", data="text=a", content_type="text/plain"),
        422: program.call("POST", path + "/notes", {"text": ""}),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    assert all(is_problem(answer) for answer in answers.values())
    assert answers[401].headers["WWW-Authenticate"].startswith("Bearer")
    assert "GET" in answers[405].headers["Allow"]
    assert answers[422].json["errors"][0]["field"] == "text"


@SQLITE
def test_bug_is_a_problem_that_tells_nothing_of_itself(
    app: Flask, services: Services, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("tanggap.inbox.search.search.list_conversations", broken)
    answer = program.get("/conversations")
    assert answer.status_code == 500
    assert is_problem(answer)
    assert "secret" not in answer.text


@SQLITE
def test_cookie_of_a_browser_does_not_open_the_api(
    app: Flask, services: Services, case: Conversation
) -> None:
    visitor = Visitor(app).sign_in(services, ADMIN)
    assert visitor.get(f"{ROOT}/me").status_code == 401
    assert visitor.client.post(f"{ROOT}/conversations/{case.id}/claim").status_code == 401


@SQLITE
def test_token_does_not_open_the_pages(app: Flask, services: Services) -> None:
    program = Program(app, services, ADMIN)
    answer = program.client.get("/inbox", headers=program.head)
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


@SQLITE
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer tgp_x", "Basic dTpw", "Bearer " + "x" * 9_000]
)
def test_token_that_is_none_is_refused(app: Flask, header: str) -> None:
    answer = app.test_client().get(f"{ROOT}/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert is_problem(answer)


@SQLITE
def test_token_ends_when_it_expires_is_revoked_or_its_person_is_gone(
    app: Flask, services: Services
) -> None:
    programs = [Program(app, services) for _ in range(3)]
    assert [one.get("/me").status_code for one in programs] == [200] * 3
    with services.database.write() as session:
        session.execute(
            update(ApiToken)
            .where(ApiToken.id == programs[0].token.id)
            .values(expires_at=utcnow() - timedelta(seconds=1))
        )
        api_tokens.revoke_token(session, programs[1].token.id, by_user_id=programs[1].user_id)
        session.get_one(User, programs[2].user_id).active = False
    assert [one.get("/me").status_code for one in programs] == [401] * 3


@SQLITE
def test_token_loses_what_its_person_loses(app: Flask, services: Services) -> None:
    program = Program(app, services, ADMIN)
    assert program.get("/audit").status_code == 200
    with services.database.write() as session:
        session.get_one(User, program.user_id).role = AGENT
    assert program.get("/audit").status_code == 403
    assert program.get("/conversations").status_code == 200


@SQLITE
def test_each_scope_opens_its_routes_and_no_other(
    app: Flask, services: Services, case: Conversation
) -> None:
    app.config["RATELIMIT_ENABLED"] = False
    first, second, third = (Program(app, services, ADMIN) for _ in range(3))
    assert first.user_id == 1, "it is the one that routes are tried on"
    own, others = {}, {}
    for scope in TokenScope:
        left = [one.value for one in TokenScope if one is not scope]
        own[scope] = Program(app, services, ADMIN, [scope.value], second.user_id)
        others[scope] = Program(app, services, ADMIN, left, third.user_id)
    wrong = []
    for rule in app.url_map.iter_rules():
        scope = SCOPES.get(rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if scope else ():
            for program, allowed in ((own[scope], True), (others[scope], False)):
                status = program.client.open(
                    address(rule), method=method, headers=program.head
                ).status_code
                if allowed == (status == 403) or status >= 500:
                    wrong.append((rule.endpoint, method, allowed, status))
    assert wrong == []


@SQLITE
def test_any_token_may_ask_whom_it_stands_for(app: Flask, services: Services) -> None:
    program = Program(app, services, ADMIN, [TokenScope.READ_AUDIT.value])
    assert program.get("/me").status_code == 200
    assert program.get("/conversations").status_code == 403


def test_scopes_of_a_role_are_those_its_permissions_allow() -> None:
    for role in ROLES:
        assert all(may(role, NEEDS[scope]) for scope in scopes_for(role))
    assert set(scopes_for(ADMIN)) == set(TokenScope)
    assert scopes_for(READ_ONLY) == [TokenScope.READ_CASES]


def test_token_is_stored_as_a_hash_and_notes_when_it_was_used(
    app: Flask, services: Services, program: Program
) -> None:
    assert program.get("/me").json["user"]["id"] == program.user_id
    with services.database.read() as session:
        row = session.get_one(ApiToken, program.token.id)
    assert row.token_hash != program.secret
    assert program.secret.startswith(row.hint)
    assert len(row.hint) < 16
    assert row.last_used_at is not None
    assert row.last_used_from == "127.0.0.1"


@SQLITE
@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (api_tokens.Wish(" ", ["read_cases"], 30), "name"),
        (api_tokens.Wish("x" * 81, ["read_cases"], 30), "name"),
        (api_tokens.Wish("a", [], 30), "scopes"),
        (api_tokens.Wish("a", ["read_audit"], 30), "scopes"),
        (api_tokens.Wish("a", ["nonsense"], 30), "scopes"),
        (api_tokens.Wish("a", ["read_cases"], 0), "days"),
        (api_tokens.Wish("a", ["read_cases"], 366), "days"),
    ],
)
def test_token_that_nobody_should_have_is_not_made(
    services: Services, wish: api_tokens.Wish, field: str
) -> None:
    with services.database.write() as session:
        user = make_user(session)
        with pytest.raises(api_tokens.UnfitTokenError) as refused:
            api_tokens.create_token(session, user.id, wish, longest=365)
    assert refused.value.field == field


@SQLITE
def test_token_has_a_rate_of_its_own(app: Flask, services: Services) -> None:
    with app.app_context():
        held = tasks()
    held.services = replace(services, settings=replace(services.settings, api_rate="3 per minute"))
    greedy, other = Program(app, services), Program(app, services)
    answers = [greedy.get("/me") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[1].headers["X-RateLimit-Remaining"] == "1"
    assert is_problem(answers[3])
    assert int(answers[3].headers["Retry-After"]) > 0
    assert other.get("/me").status_code == 200
    held.services = services


@SQLITE
def test_second_factor_that_a_role_must_have_is_asked_of_tokens_too(
    app: Flask, services: Services
) -> None:
    with app.app_context():
        held = tasks()
    wanted = replace(services.settings, second_factor_roles=(AGENT,))
    held.services = replace(services, settings=wanted)
    answer = Program(app, services).get("/me")
    assert answer.status_code == 403
    assert is_problem(answer)
    held.services = services
