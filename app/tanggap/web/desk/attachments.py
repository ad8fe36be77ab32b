"""Pictures in the composer: laid in, described, taken out again, and shown."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, ReplyRefusedError, TanggapError
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.media.form_photos import BYTES_MOST, UnfitPhotoError
from tanggap.inbox.sending import attachments
from tanggap.inbox.sending.ways import Way, choose_way, list_ways
from tanggap.web.context import me, services
from tanggap.web.desk.inbox import address_of, list_args
from tanggap.web.desk.media import as_picture
from tanggap.web.desk.shelf import show_shelf
from tanggap.web.filters import read_id

bp = Blueprint("attachments", __name__, url_prefix="/inbox/<int:conversation_id>/attachments")

_FORM_BYTES = 64 * 1024
_WHY = {
    "photo": lazy_gettext("This is no picture that can be sent. Choose a JPEG, PNG or WebP."),
    "photo_too_large": lazy_gettext("This picture is larger than 8 MB. Choose a smaller one."),
}


@bp.post("")
def lay(conversation_id: int) -> ResponseReturnValue:
    """Lay a picture into the composer, or say why it cannot be sent."""
    request.max_content_length = BYTES_MOST + _FORM_BYTES
    upload = request.files.get("file")
    content = upload.read() if upload is not None else b""
    problem = "" if content else gettext("Choose a picture first.")
    try:
        with services().database.write() as db:
            read_conversation(db, conversation_id)
            if content:
                attachments.lay(services(), db, conversation_id, me().id, content)
    except (UnfitPhotoError, attachments.TooManyError) as error:
        problem = explain_picture(error)
    return _shelf(conversation_id, problem)


@bp.post("/<int:attachment_id>/describe")
def describe(conversation_id: int, attachment_id: int) -> ResponseReturnValue:
    """Keep what a picture shows, in words."""
    words = request.form.get(f"description-{attachment_id}", "")
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        known = attachments.describe(db, conversation_id, me().id, {attachment_id: words})
    if attachment_id not in known:
        raise NotFoundError(f"there is no picture {attachment_id} in your composer")
    return _shelf(conversation_id) if "HX-Request" not in request.headers else ("", 204)


@bp.post("/<int:attachment_id>/remove")
def remove(conversation_id: int, attachment_id: int) -> ResponseReturnValue:
    """Take a picture out of the composer."""
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        attachments.remove(db, conversation_id, me().id, attachment_id)
    return _shelf(conversation_id)


@bp.get("/<int:attachment_id>")
def picture(conversation_id: int, attachment_id: int) -> Response:
    """Send a picture of an answer; nothing but a picture can come of it."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        content = attachments.read_attachment(
            services(), db, conversation_id, me().id, attachment_id
        )
    return as_picture(content)


def chosen_ids() -> tuple[int, ...]:
    """Read which pictures the sent form showed."""
    found = (read_id(value) for value in request.form.getlist("attachment"))
    return tuple(dict.fromkeys(id_ for id_ in found if id_ is not None))


def keep_descriptions(db: Session, conversation_id: int) -> None:
    """Keep the words that stand in the sent form, which may be newer than those kept."""
    words = {id_: request.form.get(f"description-{id_}") for id_ in chosen_ids()}
    known = {id_: text for id_, text in words.items() if text is not None}
    if known:
        attachments.describe(db, conversation_id, me().id, known)


def _shelf(conversation_id: int, problem: str = "") -> ResponseReturnValue:
    if "HX-Request" not in request.headers:
        if problem:
            flash(problem, "error")
        return redirect(address_of(conversation_id, list_args()), 303)
    with services().database.read() as db:
        shelf = show_shelf(db, conversation_id, _way(db, conversation_id), problem)
        page = render_template(
            "conversation/shelf.html",
            shelf=shelf,
            conversation_id=conversation_id,
            args=list_args(),
        )
    return page, 422 if problem else 200


def _way(db: Session, conversation_id: int) -> Way | None:
    try:
        ways = list_ways(services(), db, read_conversation(db, conversation_id))
    except ReplyRefusedError:
        return None
    return choose_way(ways, request.form.get("visibility"))


def explain_picture(error: TanggapError) -> str:
    """Say why a picture cannot be taken."""
    if isinstance(error, UnfitPhotoError):
        return str(_WHY.get(error.code, _WHY["photo"]))
    return str(
        gettext(
            "At most %(most)s pictures lie in one answer. Take one out first.",
            most=attachments.LAID_MOST,
        )
    )
