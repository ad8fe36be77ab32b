"""The pages of privacy: find, give out, erase with a typed word, certificate, retention."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post
from tanggap.inbox.services import Services
from tanggap.store.posts import Author, Post
from tanggap.store.privacy import Erasure, RetentionRule
from tanggap.store.users import ADMIN, COMPLIANCE, SUPERVISOR
from visitors import Visitor


@pytest.fixture
def officer(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services, COMPLIANCE)


@pytest.fixture
def person(services: Services) -> int:
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        author = make_author(session, name="Budi <b>Santoso", handle="budi_s")
        make_post(session, make_conversation(session, account, author), "internet mati")
        return author.id


def test_person_is_found_by_name_handle_and_number(officer: Visitor, person: int) -> None:
    for words in ("santoso", "@BUDI_S", f"#{person}", "budi_"):
        page = officer.client.get("/privacy", query_string={"q": words}).text
        assert f"/privacy/people/{person}" in page, words
        assert "Budi &lt;b&gt;Santoso" in page
    assert "Nobody is called so" in officer.get("/privacy?q=%25").text
    assert "Nobody is called so" in officer.get("/privacy?q=²").text


def test_only_who_may_manage_privacy_sees_the_pages(app: Flask, services: Services) -> None:
    assert Visitor(app).sign_in(services, SUPERVISOR).get("/privacy").status_code == 403
    assert Visitor(app).sign_in(services, ADMIN).get("/privacy").status_code == 200


def test_export_is_made_and_downloaded_once(officer: Visitor, person: int) -> None:
    assert officer.post(f"/privacy/people/{person}/export").status_code == 303
    page = officer.get(f"/privacy/people/{person}").text
    address = re.findall(r'action="(/privacy/exports/\d+/download)"', page)[0]
    answer = officer.post(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as zipped:
        assert "internet mati" in zipped.read("data.json").decode()
    assert officer.post(address).status_code == 303
    assert address not in officer.get(f"/privacy/people/{person}").text


def test_erasing_wants_the_handle_typed_and_ends_in_a_certificate(
    officer: Visitor, services: Services, person: int
) -> None:
    page = html.unescape(officer.get(f"/privacy/people/{person}").text)
    assert "Type budi_s to confirm" in page
    refused = officer.post(f"/privacy/people/{person}/erase", {"typed": "budi"})
    assert refused.status_code == 422
    assert "Nothing was erased" in refused.text
    with services.database.read() as session:
        assert session.get_one(Author, person).handle == "budi_s"
    answer = officer.post(f"/privacy/people/{person}/erase", {"typed": "budi_s", "reason": "S-12"})
    assert answer.status_code == 303
    page = officer.get(answer.location).text
    assert "Certificate" in page
    assert "S-12" in page
    assert "budi_s" not in page
    certificate = officer.get(f"{answer.location}/certificate.json")
    assert json.loads(certificate.data)["complete"] is True
    with services.database.read() as session:
        assert set(session.scalars(select(Post.text))) == {""}
    assert "Nothing is left of this person" in officer.get(f"/privacy/people/{person}").text
    with services.database.read() as session:
        case = session.scalars(select(Post.conversation_id)).first()
    assert "Erased at the customer&#39;s request" in officer.get(f"/inbox/{case}").text


def test_progress_is_shown_while_it_runs(officer: Visitor, services: Services, person: int) -> None:
    with services.database.write() as session:
        row = Erasure(author_ids=[person], state="running", step="posts", done_steps=3, all_steps=9)
        session.add(row)
        session.flush()
        number = row.id
    page = officer.get(f"/privacy/erasures/{number}").text
    assert 'value="3"' in page
    assert "Posts, messages and our answers" in page
    assert 'hx-trigger="every 2s"' in page
    part = officer.client.get(f"/privacy/erasures/{number}", headers={"HX-Request": "1"}).text
    assert part.startswith('<div id="erasure"')


def test_retention_is_counted_first_and_then_saved(
    officer: Visitor, services: Services, person: int
) -> None:
    assert "Everything is kept for ever" in officer.get("/privacy/retention").text
    typed = {"place": "fake:", "text_days": "30", "profile_days": "", "do": "preview"}
    page = officer.post("/privacy/retention", typed).text
    assert "0 texts would go at once" in page
    assert 'value="30"' in page
    with services.database.read() as session:
        assert session.scalar(select(RetentionRule.id)) is None
    assert officer.post("/privacy/retention", typed | {"do": "save"}).status_code == 303
    officer.post("/privacy/retention", typed | {"do": "save", "beside_days": "77"})
    page = officer.get("/privacy/retention").text
    assert "30 days" in page
    assert "77 days" in page
    wrong = officer.post("/privacy/retention", typed | {"text_days": "bulan"})
    assert wrong.status_code == 422
    assert "whole number of days" in wrong.text


def test_pages_speak_indonesian(officer: Visitor, person: int) -> None:
    officer.post("/language", {"language": "id"})
    assert "Privasi" in officer.get("/privacy").text
    assert "Hapus di mana pun" in officer.get(f"/privacy/people/{person}").text
    assert "Berapa lama isi disimpan" in officer.get("/privacy/retention").text
