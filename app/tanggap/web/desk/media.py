"""Pictures of customers' posts, sent from our own address to people who may see the case."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.media import form_photos, media_previews
from tanggap.store.media import PostPreview
from tanggap.web.context import services, tasks
from tanggap.web.desk.thread import show_thread

bp = Blueprint("media", __name__, url_prefix="/inbox/<int:conversation_id>/media")

_WHY = {
    "gone": lazy_gettext("The platform does not give this picture away any more."),
    "too_large": lazy_gettext("This picture is too large to be shown here."),
    "unfit": lazy_gettext("What came is no picture that can be shown here."),
    "unreachable": lazy_gettext("The picture could not be fetched."),
}
_KINDS = {
    "image": lazy_gettext("Picture"),
    "video": lazy_gettext("Video"),
    "audio": lazy_gettext("Sound"),
    "file": lazy_gettext("File"),
    "link": lazy_gettext("Link"),
    "location": lazy_gettext("Place"),
}


@bp.get("/<int:preview_id>")
def picture(conversation_id: int, preview_id: int) -> Response:
    """Send a picture; nothing but a picture can come of it."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        content = media_previews.read_preview(services(), db, conversation_id, preview_id)
    return as_picture(content)


@bp.post("/<int:preview_id>/again")
def try_again(conversation_id: int, preview_id: int) -> ResponseReturnValue:
    """Fetch a picture again that could not be."""
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        media_previews.try_again(db, conversation_id, preview_id)
    tasks().fetch_previews()
    return show_thread(conversation_id)


def as_picture(content: bytes) -> Response:
    """Answer with a JPEG of ours that a browser takes for nothing else."""
    answer = current_app.response_class(content, mimetype=form_photos.MEDIA_TYPE)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@bp.app_template_filter("why_no_picture")
def why_no_picture(preview: PostPreview) -> str:
    """Say why a picture is not there."""
    return str(_WHY.get(preview.error_code, _WHY["unreachable"]))


@bp.app_template_filter("media_name")
def media_name(kind: str) -> str:
    """Name what came with a post."""
    return str(_KINDS.get(kind, kind))
