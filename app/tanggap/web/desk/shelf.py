"""What the composer shows of the pictures that go along with an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from tanggap.inbox.desk.conversation_view import ConversationView
from tanggap.inbox.sending import attachments
from tanggap.inbox.sending.ways import NO_ATTACHING, Way
from tanggap.sdk.attaching import Attachable
from tanggap.sdk.types import Refusal
from tanggap.store.replies import ReplyAttachment
from tanggap.web.context import me
from tanggap.web.i18n import told


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pictures that lie in a composer, and what of them can go out the chosen way."""

    files: Sequence[ReplyAttachment]
    attachable: Attachable | Refusal = NO_ATTACHING
    problem: str = ""

    @property
    def closed(self) -> str:
        """Why nothing can be attached; empty where something can."""
        return told(self.attachable.message) if isinstance(self.attachable, Refusal) else ""

    @property
    def most(self) -> int:
        """How many pictures one answer takes."""
        return self.attachable.most if isinstance(self.attachable, Attachable) else 0

    @property
    def describes(self) -> bool:
        """Whether the platform takes words for those who do not see a picture."""
        return isinstance(self.attachable, Attachable) and self.attachable.max_description > 0

    @property
    def description_most(self) -> int:
        """How long those words may be."""
        own = self.attachable.max_description if isinstance(self.attachable, Attachable) else 0
        return min(own, attachments.DESCRIPTION_MOST)


EMPTY: Final = Shelf(())


def shelf_of(db: Session, view: ConversationView, way: Way | None) -> Shelf:
    """Read what lies in a person's composer of the case that is shown, if anything does."""
    if "attachments" in view.has:
        return show_shelf(db, view.conversation.id, way)
    return Shelf((), way.attachable if way is not None else NO_ATTACHING)


def show_shelf(db: Session, conversation_id: int, way: Way | None, problem: str = "") -> Shelf:
    """Read what lies in a person's composer, with what keeps it from going out."""
    files = attachments.laid_by(db, conversation_id, me().id)
    attachable = way.attachable if way is not None else NO_ATTACHING
    return Shelf(files, attachable, problem or _problem(attachable, files))


def _problem(attachable: Attachable | Refusal, files: Sequence[ReplyAttachment]) -> str:
    code = attachments.problem_of(attachable, files)
    if not code:
        return ""
    if isinstance(attachable, Refusal):
        return told(attachable.message)
    if code == "attachments_many":
        return str(
            ngettext(
                "An answer takes %(num)d picture this way. Take the others out.",
                "An answer takes %(num)d pictures this way. Take the others out.",
                attachable.most,
            )
        )
    if code == "attachments_large":
        megabytes = max(attachable.max_bytes // (1024 * 1024), 1)
        return str(gettext("A picture is larger than %(most)s MB. Take it out.", most=megabytes))
    return str(gettext("Pictures of this kind are not taken here. Take them out."))
