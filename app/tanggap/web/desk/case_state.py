"""Sleep and tags of the open conversation."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from tanggap.inbox.cases import snooze as sleeping
from tanggap.inbox.cases import tags
from tanggap.store.base import utcnow
from tanggap.web.context import me
from tanggap.web.desk.conversation import act, revision

bp = Blueprint("case_state", __name__, url_prefix="/inbox/<int:conversation_id>")

CHOICES = {
    "1h": lazy_gettext("For an hour"),
    "4h": lazy_gettext("For four hours"),
    "tomorrow": lazy_gettext("Until tomorrow, 9:00"),
    "monday": lazy_gettext("Until Monday, 9:00"),
    "reply": lazy_gettext("Until the customer writes"),
}


@bp.post("/snooze")
def snooze(conversation_id: int) -> ResponseReturnValue:
    """Put the conversation to sleep."""
    choice, at = request.form.get("for", ""), request.form.get("at", "")
    words = request.form.get("words", "")

    def fall_asleep(db: Session) -> None:
        zone = sleeping.zone_of(db, me().id)
        until = sleeping.read_until(choice, at, zone, utcnow())
        sleeping.snooze(db, conversation_id, me().id, revision(), until=until, words=words)

    return act(conversation_id, fall_asleep)


@bp.post("/tags")
def change_tags(conversation_id: int) -> ResponseReturnValue:
    """Add or remove a tag."""
    added, gone = request.form.get("add", ""), request.form.getlist("remove")

    def change(db: Session) -> None:
        tags.change_tags(
            db, conversation_id, me().id, add=[added] if added.strip() else [], remove=gone
        )

    return act(conversation_id, change)


@bp.app_template_global("snooze_choices")
def snooze_choices() -> dict[str, str]:
    """Name for how long a conversation may sleep."""
    return {key: str(words) for key, words in CHOICES.items()}
