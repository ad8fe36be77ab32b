"""Small pictures of what customers' posts show, fetched by the worker and served by ourselves.

Nobody's browser calls the platform for them, so nobody there learns who looks at a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.media.form_photos import SHOWN_FORMATS, Photo, UnfitPhotoError, draw_again
from tanggap.inbox.media.media_fetch import FetchError, fetch
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.media import FAILED, PENDING, READY, PostPreview
from tanggap.store.posts import Post
from tanggap.store.sql import insert_rows, skip_locked

log = structlog.get_logger(__name__)

LONGEST_SIDE: Final = 1_024
MOST_OF_A_POST: Final = 10
TRIES: Final = 3
LEASE: Final = timedelta(minutes=2)
_WAIT: Final = timedelta(seconds=30)
_UNFIT: Final = {"photo": "unfit", "photo_too_large": "too_large"}

Fetch = Callable[[Settings, str], bytes]


def want(session: Session, posts: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
    """Have the pictures of new posts fetched; `posts` are their attachments by post."""
    now = utcnow()
    rows = [
        {"post_id": post_id, "number": number, "next_try_at": now, "created_at": now}
        for post_id, attachments in posts.items()
        for number, one in enumerate(attachments[:MOST_OF_A_POST])
        if one["kind"] == "image" and one["url"]
    ]
    plain = {
        "state": PENDING,
        "error_code": "",
        "attempts": 0,
        "width": 0,
        "height": 0,
    }
    insert_rows(session, PostPreview, [{**plain, **row} for row in rows], key=("post_id", "number"))


def previews_of(session: Session, posts: Sequence[Post]) -> Mapping[int, Mapping[int, PostPreview]]:
    """Give the previews of those posts that have any, by post and place."""
    ids = [post.id for post in posts if post.attachments]
    if not ids:
        return {}
    found: dict[int, dict[int, PostPreview]] = {}
    for preview in session.scalars(select(PostPreview).where(PostPreview.post_id.in_(ids))):
        found.setdefault(preview.post_id, {})[preview.number] = preview
    return found


def read_preview(
    services: Services, session: Session, conversation_id: int, preview_id: int
) -> bytes:
    """Open a picture that a case shows; raises `NotFoundError`."""
    shown = _shown_in(conversation_id).where(PostPreview.id == preview_id)
    sealed = session.scalar(shown.with_only_columns(PostPreview.sealed))
    if sealed is None:
        raise NotFoundError(f"case {conversation_id} shows no picture {preview_id}")
    return services.vault.open_bytes(sealed)


def try_again(session: Session, conversation_id: int, preview_id: int) -> None:
    """Have a picture fetched again that could not be; raises `NotFoundError`."""
    preview = session.scalar(_shown_in(conversation_id).where(PostPreview.id == preview_id))
    if preview is None:
        raise NotFoundError(f"case {conversation_id} shows no picture {preview_id}")
    if preview.state == FAILED:
        preview.state, preview.error_code, preview.attempts = PENDING, "", 0
        preview.next_try_at = utcnow()
        session.add(Change(conversation_id=conversation_id, kind="post_preview"))


def is_due(session: Session) -> bool:
    """Tell whether a picture waits for a worker."""
    return bool(session.scalar(select(exists().where(*_due(utcnow())))))


def fetch_due(services: Services, fetch: Fetch = fetch) -> None:
    """Fetch the pictures that wait, one after the other; a dead worker's come again later."""
    _give_up(services)
    while (taken := _claim(services)) is not None:
        preview_id, address = taken
        try:
            content = fetch(services.settings, address)
            photo = draw_again(content, LONGEST_SIDE, SHOWN_FORMATS)
        except FetchError as error:
            _note_failure(services, preview_id, error.code, again=error.again)
        except UnfitPhotoError as error:
            _note_failure(services, preview_id, _UNFIT[error.code], again=False)
        else:
            _keep(services, preview_id, photo)


def _give_up(services: Services) -> None:
    """Leave the pictures whose every try ended without a word: they may be what ends workers."""
    with services.database.write() as session:
        for preview in session.scalars(
            select(PostPreview).where(*_due(utcnow()), PostPreview.attempts >= TRIES)
        ):
            preview.state, preview.error_code = FAILED, "unfit"
            _tell(session, preview)


def _claim(services: Services) -> tuple[int, str] | None:
    now = utcnow()
    with services.database.write() as session:
        next_one = select(PostPreview.id).where(*_due(now)).order_by(PostPreview.next_try_at)
        preview_id = session.scalar(skip_locked(session, next_one.limit(1)))
        if preview_id is None:
            return None
        preview = session.get_one(PostPreview, preview_id)
        preview.next_try_at = now + LEASE
        preview.attempts += 1
        attachments = session.get_one(Post, preview.post_id).attachments
        known = preview.number < len(attachments)
        return preview_id, attachments[preview.number]["url"] if known else ""


def _keep(services: Services, preview_id: int, photo: Photo) -> None:
    with services.database.write() as session:
        preview = session.get(PostPreview, preview_id, with_for_update=True)
        if preview is None or preview.state != PENDING:
            return
        preview.state, preview.error_code = READY, ""
        preview.width, preview.height = photo.width, photo.height
        preview.sealed = services.vault.seal_bytes(photo.content)
        _tell(session, preview)


def _note_failure(services: Services, preview_id: int, code: str, *, again: bool) -> None:
    with services.database.write() as session:
        preview = session.get(PostPreview, preview_id, with_for_update=True)
        if preview is None or preview.state != PENDING:
            return
        if again and preview.attempts < TRIES:
            preview.next_try_at = utcnow() + _WAIT * preview.attempts
            return
        preview.state, preview.error_code = FAILED, code
        _tell(session, preview)
        log.info("preview failed", post=preview.post_id, number=preview.number, code=code)


def _tell(session: Session, preview: PostPreview) -> None:
    case = session.get_one(Post, preview.post_id).conversation_id
    if case is not None:
        session.add(Change(conversation_id=case, kind="post_preview"))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (PostPreview.state == PENDING, PostPreview.next_try_at <= now)


def _shown_in(conversation_id: int) -> Select[PostPreview]:
    """Select the pictures that a case shows: of its own posts, and of public ones around it."""
    around = (Post.account_id == Conversation.account_id) & (Post.visibility == "public")
    return (
        select(PostPreview)
        .join(Post, Post.id == PostPreview.post_id)
        .join(Conversation, Conversation.id == conversation_id)
        .where(or_(Post.conversation_id == Conversation.id, around))
    )
