"""Pictures that go along with an answer, for programs."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final

from flask import Response, request
from pydantic import Field

from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.media.form_photos import BYTES_MOST
from tanggap.inbox.sending import attachments
from tanggap.web.api.asked import Body
from tanggap.web.api.cases import CASE, nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services
from tanggap.web.problems import problem

bp = blueprint("attachments", "Pictures")
_ALL: Final = CASE + "/attachments"
_CONTENT_MOST: Final = (BYTES_MOST + 2) // 3 * 4
_AROUND: Final = 16 * 1024
"""What a body may hold beside the picture, in bytes."""


class NewPicture(Body):
    """A picture (JPEG, PNG or WebP) in base64, and what it shows for those who do not see it."""

    content: Annotated[str, Field(min_length=4, max_length=_CONTENT_MOST)]
    description: Annotated[str, Field(max_length=1_000)] = ""


class Picture(Thing):
    """A picture that waits for an answer: give its `id` among the answer's `attachment_ids`."""

    id: int
    width: int
    height: int
    size: int
    description: str


class PictureList(Thing):
    """The pictures that wait for the person's answer."""

    items: list[Picture]


@bp.before_request
def _allow_pictures() -> None:
    """Take bodies as large as pictures are, where pictures come."""
    if request.method == "POST":
        request.max_content_length = _CONTENT_MOST + _AROUND


@bp.get(_ALL)
@bp.output(PictureList)
def index(conversation_id: int) -> PictureList:
    """List the pictures that wait for the person's answer in a case."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        found = attachments.laid_by(db, conversation_id, me().id)
        return PictureList(items=[Picture.model_validate(row) for row in found])


@bp.post(_ALL)
@bp.input(NewPicture, arg_name="body")
@bp.output(Picture, status_code=201)
def lay(conversation_id: int, body: NewPicture) -> Picture | Response:
    """Lay a picture ready for an answer; it is drawn anew, without what cameras write beside it."""
    try:
        content = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        return problem(422, "invalid", "`content` is no base64")
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        row = attachments.lay(services(), db, conversation_id, me().id, content)
        db.flush()
        if body.description.strip():
            words = {row.id: body.description}
            attachments.describe(db, conversation_id, me().id, words)
        return Picture.model_validate(row)


@bp.delete(_ALL + "/<int:attachment_id>")
@bp.output({}, status_code=204)
def remove(conversation_id: int, attachment_id: int) -> Response:
    """Take a picture away that waits."""
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        attachments.remove(db, conversation_id, me().id, attachment_id)
    return nothing()
