"""What acts on a case share: do it, then give the case as it is now."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, current_app
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.web.api import things
from tanggap.web.context import me, services

CASE = "/conversations/<int:conversation_id>"


def act(
    conversation_id: int, action: Callable[[Session], object]
) -> things.Conversation | Response:
    """Do it, then read the conversation as it is now; 204 where it has left the person's sight."""
    with services().database.write() as db:
        action(db)
    return show_case(conversation_id)


def show_case(conversation_id: int) -> things.Conversation | Response:
    """Read a conversation after something was done with it."""
    try:
        with services().database.read() as db:
            return things.Conversation.model_validate(read_conversation(db, conversation_id))
    except NotFoundError:
        if not me().sight.limited:
            raise
        return nothing()


def nothing() -> Response:
    """Answer that it is done, with nothing to tell."""
    return current_app.response_class(status=204)
