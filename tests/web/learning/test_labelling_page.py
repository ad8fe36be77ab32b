"""The page on which people label suggested posts."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_conversation, make_post
from tanggap.inbox.learning.labelling import Suggestion, save_suggestions
from tanggap.inbox.services import Services
from tanggap.store.posts import Correction
from visitors import Visitor

TEXTS = ("internet mati", "<script>alert(1)</script>{{ 7*7 }}", "kapan buka?")


@pytest.fixture
def asked(services: Services) -> list[int]:
    with services.database.write() as session:
        account = make_account(session)
        posts = [make_post(session, make_conversation(session, account), text).id for text in TEXTS]
        wanted = [Suggestion(post, "unsure", "question", 0.41) for post in posts]
        save_suggestions(session, wanted, "m1")
        return posts


def shown(page: str) -> int:
    found = re.search(r'action="/labelling/(\d+)"', page)
    assert found is not None, page
    return int(found[1])


def test_posts_are_labelled_one_after_the_other(
    agent: Visitor, services: Services, asked: list[int]
) -> None:
    seen = []
    for _ in asked:
        post = shown(agent.get("/labelling").text)
        seen.append(post)
        answer = agent.post(f"/labelling/{post}", {"label": "complaint"})
        assert answer.headers["Location"] == "/labelling"
    assert sorted(seen) == asked
    page = agent.get("/labelling").text
    assert "All labelled" in page
    assert "3 of 3 posts are labelled" in page
    with services.database.read() as session:
        words = session.scalars(select(Correction)).all()
    assert {word.user_id for word in words} == {agent.user_id}


def test_page_shows_the_guess_and_a_key_a_label(agent: Visitor, asked: list[int]) -> None:
    page = agent.get("/labelling").text
    assert re.findall(r'data-key="([0-9])"', page) == list("12345")
    assert "41 %" in page
    assert "The model is not sure" in page


def test_post_is_shown_inert(agent: Visitor, asked: list[int]) -> None:
    pages = [agent.get(f"/labelling?after={after}").text for after in range(3)]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page for page in pages)
    assert not any("<script>alert" in page for page in pages)


def test_skipping_leads_on(agent: Visitor, asked: list[int]) -> None:
    first = agent.get("/labelling").text
    after = re.search(r'href="(/labelling\?after=\d+)" data-key="n"', first)
    assert after is not None
    assert shown(agent.get(after[1]).text) != shown(first) or len(asked) == 1


def test_empty_list_says_what_it_is_for(agent: Visitor) -> None:
    assert "Nothing is asked" in agent.get("/labelling").text


def test_nonsense_changes_nothing(agent: Visitor, services: Services, asked: list[int]) -> None:
    agent.post(f"/labelling/{asked[0]}", {"label": "splendid"})
    agent.post("/labelling/999999", {"label": "complaint"})
    assert "nothing was changed" in agent.get("/labelling?after=x").text
    with services.database.read() as session:
        assert session.scalars(select(Correction)).all() == []


def test_strangers_do_not_label(app: Flask, asked: list[int]) -> None:
    assert app.test_client().post(f"/labelling/{asked[0]}").status_code in (400, 401)
