"""Pictures in the composer: laid in, described, taken out, sent, and why some cannot be."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_user
from fakes import FakePlatform
from hostile import XSS
from photos import picture
from tanggap.inbox.services import Services
from tanggap.sdk import Attachable, Refusal
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyAttachment
from tanggap.store.users import ANALYST
from visitors import Visitor

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def base(case: Conversation) -> str:
    return f"/inbox/{case.id}"


@pytest.fixture
def seen(services: Services, case: Conversation) -> int:
    with services.database.read() as session:
        return session.scalars(select(Post.id)).one()


def lay(agent: Visitor, base: str, content: bytes, name: str = "a.jpg") -> str:
    answer = agent.post(f"{base}/attachments", {"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303
    return agent.get(base).text


def ids(page: str) -> list[str]:
    return re.findall(r'name="attachment" value="(\d+)"', page)


def test_picture_lies_in_the_composer_until_it_is_sent_with_its_description(
    agent: Visitor, base: str, seen: int, platform: FakePlatform
) -> None:
    (id_,) = ids(lay(agent, base, picture()))
    answer = agent.get(f"{base}/attachments/{id_}")
    assert (answer.mimetype, answer.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    agent.post(f"{base}/attachments/{id_}/describe", {f"description-{id_}": XSS[1]})
    assert XSS[1] not in agent.get(base).text
    typed = {"text": "begini", "seen_post_id": seen, "key": "k1", "attachment": id_}
    agent.post(f"{base}/reply", {**typed, f"description-{id_}": "kardus merah"})
    (sent,) = platform.sent
    assert [one.description for one in sent.attachments] == ["kardus merah"]
    page = agent.get(base).text
    assert ids(page) == []
    assert f'src="{base}/attachments/{id_}"' in page
    assert 'alt="kardus merah"' in page


def test_picture_is_taken_out_again(agent: Visitor, base: str) -> None:
    (id_,) = ids(lay(agent, base, picture()))
    agent.post(f"{base}/attachments/{id_}/remove")
    assert ids(agent.get(base).text) == []
    assert agent.post(f"{base}/attachments/{id_}/remove").status_code == 404


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"PK\x03\x04 docx"])
def test_what_is_no_picture_is_refused_by_its_bytes_and_not_by_its_name(
    agent: Visitor, base: str, content: bytes
) -> None:
    assert ids(lay(agent, base, content, "photo.jpg")) == []


def test_too_many_pictures_are_told_before_anybody_sends(
    agent: Visitor, base: str, seen: int, platform: FakePlatform
) -> None:
    platform.attachable = Attachable(most=1, max_bytes=5_000_000)
    lay(agent, base, picture())
    page = lay(agent, base, picture("PNG"))
    assert "An answer takes 1 picture this way." in page
    typed = {"text": "begini", "seen_post_id": seen, "key": "k1", "attachment": ids(page)}
    assert agent.post(f"{base}/reply", typed).status_code == 422
    assert platform.sent == []
    assert len(ids(agent.get(base).text)) == 2


def test_composer_says_where_nothing_can_be_attached(
    agent: Visitor, base: str, platform: FakePlatform
) -> None:
    words = {"en": "Words alone here.", "id": "Hanya teks di sini."}
    platform.attachable = Refusal(code="only_words", message=words)
    page = agent.get(base).text
    assert "Words alone here." in page
    assert 'type="file"' not in page


def test_stopped_answer_keeps_its_pictures(
    agent: Visitor, base: str, platform: FakePlatform
) -> None:
    (id_,) = ids(lay(agent, base, picture()))
    typed = {"text": "begini", "seen_post_id": 0, "key": "k1", "attachment": id_}
    answer = agent.post(f"{base}/reply", typed)
    assert answer.status_code == 409
    assert ids(answer.text) == [id_]
    assert platform.sent == []


def test_picture_in_a_composer_is_its_author_s_alone(
    app: Flask, agent: Visitor, services: Services, base: str
) -> None:
    (id_,) = ids(lay(agent, base, picture()))
    reader = Visitor(app).sign_in(services, ANALYST)
    assert reader.get(f"{base}/attachments/{id_}").status_code == 404
    colleague = Visitor(app).sign_in(services)
    assert ids(colleague.get(base).text) == []
    assert colleague.post(f"{base}/attachments/{id_}/remove").status_code == 404
    with services.database.write() as session:
        make_user(session)
        assert session.get(ReplyAttachment, int(id_)) is not None
