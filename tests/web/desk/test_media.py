"""Pictures of posts on the page: from our own address, or why they are not there."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_post
from hostile import XSS
from photos import picture
from tanggap.inbox.media import media_previews
from tanggap.inbox.media.media_fetch import FetchError
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store.conversations import Conversation
from tanggap.store.media import PENDING, PostPreview
from tanggap.store.users import ANALYST
from visitors import Visitor

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ADDRESS = "https://127.0.0.1/a.jpg"


@pytest.fixture
def shown(services: Services, case: Conversation) -> int:
    media = [
        {"kind": "image", "url": ADDRESS, "description": XSS[0]},
        {"kind": "video", "url": "https://cdn.platform.example/a.mp4", "description": ""},
    ]
    with services.database.write() as session:
        post = make_post(session, case, "rusak", attachments=media)
        media_previews.want(session, {post.id: post.attachments})
        return session.scalars(select(PostPreview.id)).one()


def found(_settings: Settings, _address: str) -> bytes:
    return picture()


def lost(_settings: Settings, _address: str) -> bytes:
    raise FetchError("gone")


def test_picture_comes_from_our_own_address_and_as_nothing_but_a_picture(
    agent: Visitor, services: Services, case: Conversation, shown: int
) -> None:
    assert "The picture is being fetched" in agent.get(f"/inbox/{case.id}").text
    media_previews.fetch_due(services, found)
    page = agent.get(f"/inbox/{case.id}").text
    address = f"/inbox/{case.id}/media/{shown}"
    assert f'<img src="{address}" width="40" height="60"' in page
    assert f'src="{ADDRESS}' not in page
    assert XSS[0] not in page
    assert ">Video</bdi>" in page
    answer = agent.get(address)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_failed_picture_says_why_and_is_fetched_again_on_demand(
    agent: Visitor, services: Services, case: Conversation, shown: int
) -> None:
    media_previews.fetch_due(services, lost)
    page = agent.get(f"/inbox/{case.id}").text
    assert "does not give this picture away any more" in page
    assert agent.get(f"/inbox/{case.id}/media/{shown}").status_code == 404
    agent.post(f"/inbox/{case.id}/media/{shown}/again")
    with services.database.read() as session:
        preview = session.get_one(PostPreview, shown)
        assert (preview.state, preview.attempts) == (PENDING, 1)


def test_reader_sees_pictures_and_asks_for_none(
    app: Flask, services: Services, case: Conversation, shown: int
) -> None:
    media_previews.fetch_due(services, lost)
    reader = Visitor(app).sign_in(services, ANALYST)
    assert "/again" not in reader.get(f"/inbox/{case.id}").text
    assert reader.post(f"/inbox/{case.id}/media/{shown}/again").status_code == 403
