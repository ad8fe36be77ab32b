"""Pages behind single-use links: looked at any number of times, used once, silent on the rest."""

from __future__ import annotations

import pytest
from flask import Flask, request

from tanggap.inbox import single_use
from tanggap.inbox.operation.company import CompanyCard, save_company
from tanggap.inbox.services import Services
from tanggap.store.conversations import Conversation
from tanggap.store.single_use import SingleUseLink
from tanggap.web.context import services as of_app
from tanggap.web.public import public_page
from tanggap.web.public.public_purposes import PublicPurpose
from visitors import Visitor

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def _show(link: SingleUseLink) -> str:
    return f"for {link.conversation_id}"


def _take(link: SingleUseLink) -> object:
    with of_app().database.write() as db:
        single_use.use_up(db, link.id)
    return public_page.done("Thank you", request.form.get("words", ""))


@pytest.fixture
def token(services: Services, case: Conversation, monkeypatch: pytest.MonkeyPatch) -> str:
    purpose = PublicPurpose(_show, _take, max_bytes=2_000)  # type: ignore[arg-type]
    monkeypatch.setattr(public_page, "PURPOSES", {"test": purpose})
    with services.database.write() as session:
        return single_use.make_link(services, session, case, "test").token


def test_previews_do_not_use_a_link_up_but_an_answer_does(app: Flask, token: str) -> None:
    client = app.test_client()
    for method in ("GET", "HEAD", "GET"):
        assert client.open(f"/p/{token}", method=method).status_code == 200
    answer = client.post(f"/p/{token}", data={"words": "<b>halo"})
    assert "Thank you" in answer.text
    assert "<b>" not in answer.text
    assert client.post(f"/p/{token}", data={"words": "again"}).status_code == 404


def test_nobody_learns_whether_a_link_ever_was(app: Flask, token: str) -> None:
    client = app.test_client()
    client.post(f"/p/{token}")
    answers = [client.get(f"/p/{one}") for one in (token, "never-was", "x" * 2_000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert {client.post(f"/p/{one}").text for one in (token, "never-was")} == {answers[0].text}


@SQLITE
def test_pages_are_not_kept_indexed_or_told_to_others_and_set_no_cookie(
    app: Flask, token: str
) -> None:
    client = app.test_client()
    for answer in (client.get(f"/p/{token}"), client.get("/p/x"), client.post(f"/p/{token}")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


@SQLITE
def test_language_is_the_browsers_and_can_be_switched(app: Flask) -> None:
    client = app.test_client()
    said = {
        "en": client.get("/p/x", headers={"Accept-Language": "en-GB"}).text,
        "id": client.get("/p/x", headers={"Accept-Language": "en"}, query_string="lang=id").text,
    }
    assert "This link does not work" in said["en"]
    assert "Tautan ini tidak berlaku" in said["id"]
    assert '<html lang="id">' in said["id"]


@SQLITE
def test_company_gives_the_page_its_name_and_colours(
    app: Flask, services: Services, token: str
) -> None:
    with services.database.write() as session:
        card = CompanyCard("Contoh <b>", "CONTOH", "#ffd400", website="https://contoh.example")
        save_company(session, card)
    client = app.test_client()
    page = client.get("/p/x").text
    assert "CONTOH" in page
    assert "Contoh &lt;b&gt;" in page
    assert "--company: #ffd400; --on-company: #000000" in client.get("/p/company.css").text
    assert ">C</text>" in client.get("/p/icon.svg").text


@SQLITE
def test_too_large_a_request_is_refused_on_a_page_for_customers(app: Flask, token: str) -> None:
    answer = app.test_client().post(f"/p/{token}", data={"words": "x" * 5_000})
    assert answer.status_code == 413
    assert "/inbox" not in answer.text


@SQLITE
def test_link_of_a_purpose_that_is_gone_does_not_work(
    app: Flask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_page, "PURPOSES", {})
    assert app.test_client().get(f"/p/{token}").status_code == 404


@SQLITE
def test_log_holds_no_secret(app: Flask, token: str, capsys: pytest.CaptureFixture[str]) -> None:
    app.test_client().get(f"/p/{token}")
    written = capsys.readouterr()
    assert token not in written.out + written.err


@SQLITE
def test_administrator_changes_the_company_and_is_told_what_is_wrong(
    app: Flask, services: Services
) -> None:
    admin = Visitor(app).sign_in(services)
    fields = {"name": "Contoh", "colour": "#123456", "zone": "Asia/Makassar"}
    assert admin.post("/admin/company", fields).status_code == 303
    assert "#123456" in admin.get("/admin/company").text
    wrong = admin.post("/admin/company", {**fields, "website": "javascript:alert(1)"})
    assert wrong.status_code == 422
    assert "https://" in wrong.text
