"""Every route: signed in unless public, every form with a token, every answer with its headers."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.users import ADMIN
from tanggap.web.security import CSP
from visitors import Visitor, address

PUBLIC = {
    "assets.file",
    "auth.choose_language",
    "auth.choose_theme",
    "auth.login",
    "auth.sign_in",
    "health.healthz",
    "invitation.accept",
    "invitation.show",
    "health.readyz",
    "second_factor.ask",
    "second_factor.enter",
    "webhooks.deliver",
    "api_docs.document",
    "api_docs.page",
    "first_run.set_up",
    "first_run.show",
    "public_page.icon",
    "public_page.show",
    "public_page.style",
    "public_page.take",
    "sign_on.come_back",
    "sign_on.ended",
    "sign_on.leave",
}
# A signature, or the secret in the address, stands for the token.
WITHOUT_TOKEN = {"webhooks.deliver", "public_page.take"}

# What frames every answer does not depend on the database; other tests open each page on both.
SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """List endpoint, method and address of every route."""
    return [
        (rule.endpoint, method, address(rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_but_the_public_ones_needs_somebody_signed_in(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    for endpoint, method, path in routes(app):
        answer = client.open(path, method=method)
        if endpoint in PUBLIC:
            assert "/login?next" not in answer.headers.get("Location", ""), endpoint
        elif method == "GET" and not path.startswith("/api/"):
            assert answer.status_code == 302, endpoint
            assert answer.headers["Location"].startswith("/login"), endpoint
        else:
            assert answer.status_code == 401, endpoint


def test_every_post_needs_a_token(app: Flask, services: Services, case: Conversation) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    for endpoint, method, path in routes(app):
        if method == "GET" or endpoint in WITHOUT_TOKEN or path.startswith("/api/"):
            continue  # no cookie counts for the API
        answer = admin.client.open(path, method=method, headers={"Accept": "application/json"})
        assert answer.status_code == 400, endpoint
        assert answer.json["error"]["code"] == "csrf", endpoint  # type: ignore[index]


@SQLITE
def test_every_answer_bears_the_strict_policy_and_a_request_id(
    app: Flask, services: Services, case: Conversation
) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    for endpoint, method, path in [*routes(app), ("nowhere", "GET", "/nowhere")]:
        answer = admin.client.open(path, method=method)
        assert answer.status_code < 500 or endpoint == "health.readyz", endpoint
        assert answer.headers["Content-Security-Policy"] == CSP, endpoint
        assert answer.headers["X-Content-Type-Options"] == "nosniff", endpoint
        assert answer.headers["Cache-Control"], endpoint
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"]), endpoint
    assert "unsafe" not in CSP


@SQLITE
def test_no_page_holds_what_the_policy_forbids(
    app: Flask, services: Services, case: Conversation
) -> None:
    admin = Visitor(app).sign_in(services, ADMIN)
    for endpoint, method, path in routes(app):
        if method != "GET" or endpoint == "assets.file":
            continue
        page = admin.get(path).text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page), endpoint
        assert "<style" not in page, endpoint
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page), endpoint


@pytest.mark.parametrize("given", ["abc", "x" * 65, "a b c d e f g h", "<script>alert(1)</script>"])
def test_unfit_request_id_from_outside_is_replaced(app: Flask, given: str) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


def test_fit_request_id_from_outside_is_kept(app: Flask) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": "lb-12345678"})
    assert answer.headers["X-Request-ID"] == "lb-12345678"


def test_errors_have_one_shape_for_scripts_and_one_page_for_people(
    app: Flask, agent: Visitor
) -> None:
    answer = agent.client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert json.loads(answer.text)["error"].keys() == {"code", "message", "request_id"}
    page = agent.get("/nowhere")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert page.headers["X-Request-ID"] in page.text
    assert agent.client.delete("/inbox").status_code == 405
    assert Visitor(app).get("/nowhere").status_code == 404


def test_bug_is_answered_without_its_details(app: Flask, agent: Visitor) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.view_functions["live.changes"] = broken
    answer = agent.client.get("/live", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


def test_body_over_the_limit_is_refused(agent: Visitor, case: Conversation) -> None:
    answer = agent.post(f"/inbox/{case.id}/draft", {"text": "x" * 1_100_000})
    assert answer.status_code == 413


def kept(app: Flask, path: str) -> tuple[int, str]:
    with app.test_client().get(path) as answer:
        return answer.status_code, answer.headers["Cache-Control"]


def test_assets_may_be_kept_for_a_year_but_only_under_their_own_address(app: Flask) -> None:
    page = app.test_client().get("/login").text
    sheet = re.search(r'href="(/assets/[^"]+/css/base\.css)"', page)
    assert sheet is not None
    assert "immutable" in kept(app, sheet[1])[1]
    assert kept(app, re.sub(r"/assets/\w+/", "/assets/old/", sheet[1])) == (200, "no-cache")
    assert kept(app, "/assets/x/../../app.py")[0] == 404
    assert kept(app, "/assets/x/%2e%2e/security.py")[0] == 404


def test_browser_libraries_are_vendored(app: Flask) -> None:
    for name in ("htmx.js", "idiomorph.js", "icons.svg", "inter.woff2", "normalize.css"):
        assert kept(app, f"/assets/x/vendor/{name}")[0] == 200, name
