"""Pictures of posts: wanted when a post comes in, fetched once, gone with its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from factories import make_account, make_conversation, make_post
from fakes import incoming
from photos import PLACE, picture
from tanggap.inbox.media import media_previews
from tanggap.inbox.media.media_fetch import FetchError
from tanggap.inbox.operation.sweep import find_unfinished
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.privacy.retention import empty_posts
from tanggap.inbox.services import Services
from tanggap.sdk import Attachment
from tanggap.settings import Settings
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.media import FAILED, PENDING, READY, PostPreview
from tanggap.store.posts import Post

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
PICTURE = Attachment("image", "https://cdn.example/a.jpg", "kardus penyok")
MEDIA = (Attachment("video", "https://cdn.example/a.mp4"), PICTURE)


class Web:
    """Gives files by their addresses, and notes what was asked for."""

    def __init__(self, **files: bytes | FetchError) -> None:
        self.files = files
        self.asked: list[str] = []

    def __call__(self, _settings: Settings, address: str) -> bytes:
        self.asked.append(address)
        found = self.files[address.rpartition("/")[2].partition(".")[0]]
        if isinstance(found, FetchError):
            raise found
        return found


def record(services: Services, attachments: Sequence[Attachment]) -> Post:
    with services.database.write() as session:
        account = make_account(session, services)
        record_events(session, account, [incoming("p1", attachments=attachments)], source="webhook")
        return session.scalars(select(Post)).one()


class Killed(BaseException):
    """The worker is gone."""


def die(_settings: Settings, _address: str) -> bytes:
    raise Killed


def let_time_pass(services: Services) -> None:
    with services.database.write() as session:
        past = utcnow() - timedelta(seconds=1)
        session.execute(update(PostPreview).values(next_try_at=past))


def previews(services: Services) -> list[PostPreview]:
    with services.database.read() as session:
        return list(session.scalars(select(PostPreview).order_by(PostPreview.number)))


def test_picture_of_a_new_post_is_fetched_once_and_told_of(services: Services) -> None:
    post = record(services, MEDIA)
    web = Web(a=picture())
    assert find_unfinished(services).previews
    for _ in range(2):
        media_previews.fetch_due(services, web)
    assert web.asked == ["https://cdn.example/a.jpg"]
    (preview,) = previews(services)
    assert (preview.number, preview.state) == (1, READY)
    with services.database.read() as session:
        assert post.conversation_id is not None
        content = media_previews.read_preview(services, session, post.conversation_id, preview.id)
        assert session.scalar(select(Change.id).where(Change.kind == "post_preview"))
    assert content.startswith(b"\xff\xd8\xff")
    assert PLACE not in content
    assert b"<script>" not in content
    assert not find_unfinished(services).previews


def test_same_post_seen_twice_wants_its_pictures_once(services: Services) -> None:
    record(services, MEDIA)
    with services.database.write() as session:
        post = session.scalars(select(Post)).one()
        media_previews.want(session, {post.id: post.attachments})
    assert len(previews(services)) == 1


@SQLITE
@pytest.mark.parametrize(
    ("found", "code"),
    [
        (b"<svg onload=alert(1)>", "unfit"),
        (b"\xff\xd8\xff broken", "unfit"),
        (FetchError("gone"), "gone"),
        (FetchError("too_large"), "too_large"),
    ],
)
def test_what_is_no_picture_is_shown_as_missing(
    services: Services, found: bytes | FetchError, code: str
) -> None:
    record(services, [PICTURE])
    media_previews.fetch_due(services, Web(a=found))
    (preview,) = previews(services)
    assert (preview.state, preview.error_code) == (FAILED, code)


@SQLITE
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_other_kinds_of_pictures_are_drawn_as_well(services: Services, kind: str) -> None:
    record(services, [PICTURE])
    mode = "P" if kind == "GIF" else "RGBA"
    media_previews.fetch_due(services, Web(a=picture(kind, (2000, 500), mode)))
    (preview,) = previews(services)
    assert (preview.width, preview.height) == (media_previews.LONGEST_SIDE, 256)


@SQLITE
def test_passing_fault_is_tried_again_later_and_not_for_ever(services: Services) -> None:
    record(services, [PICTURE])
    web = Web(a=FetchError("unreachable", again=True))
    for tries in range(1, media_previews.TRIES + 1):
        media_previews.fetch_due(services, web)
        assert len(web.asked) == tries
        let_time_pass(services)
    assert previews(services)[0].state == FAILED
    media_previews.fetch_due(services, web)
    assert len(web.asked) == media_previews.TRIES


@SQLITE
def test_fetch_of_a_worker_that_died_comes_again(services: Services) -> None:
    record(services, [PICTURE])

    with pytest.raises(Killed):
        media_previews.fetch_due(services, die)
    assert not find_unfinished(services).previews
    let_time_pass(services)
    media_previews.fetch_due(services, Web(a=picture()))
    assert previews(services)[0].state == READY


@SQLITE
def test_picture_that_ends_every_worker_is_left_in_the_end(services: Services) -> None:
    record(services, [PICTURE])

    for _ in range(media_previews.TRIES):
        with pytest.raises(Killed):
            media_previews.fetch_due(services, die)
        let_time_pass(services)
    media_previews.fetch_due(services, die)
    assert previews(services)[0].state == FAILED


@SQLITE
def test_person_has_failed_pictures_fetched_again(services: Services) -> None:
    post = record(services, [PICTURE])
    media_previews.fetch_due(services, Web(a=FetchError("gone")))
    with services.database.write() as session:
        assert post.conversation_id is not None
        media_previews.try_again(session, post.conversation_id, previews(services)[0].id)
    assert previews(services)[0].state == PENDING


def test_pictures_go_when_the_text_of_their_post_goes(services: Services) -> None:
    post = record(services, [PICTURE])
    with services.database.write() as session:
        empty_posts(session, [post.id])
        assert session.scalar(select(func.count()).select_from(PostPreview)) == 0


@SQLITE
def test_post_without_pictures_wants_none(services: Services) -> None:
    record(services, [Attachment("link", "https://example.com"), Attachment("image", "")])
    assert previews(services) == []


@SQLITE
def test_picture_is_shown_in_its_case_and_not_in_a_stranger_s(services: Services) -> None:
    with services.database.write() as session:
        account = make_account(session, services)
        case, other = (make_conversation(session, account) for _ in range(2))
        attachment = {"kind": "image", "url": "https://cdn.example/a.jpg", "description": ""}
        post = make_post(session, case, visibility="private", attachments=[attachment])
        media_previews.want(session, {post.id: post.attachments})
    media_previews.fetch_due(services, Web(a=picture()))
    shown = previews(services)[0].id
    with services.database.read() as session:
        assert media_previews.read_preview(services, session, case.id, shown)
        with pytest.raises(media_previews.NotFoundError):
            media_previews.read_preview(services, session, other.id, shown)
