"""Pictures that go out with answers: laid into the composer, checked, taken along, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, undefer

from tanggap.errors import NotFoundError, ReplyRefusedError, TanggapError
from tanggap.inbox.media.form_photos import draw_again
from tanggap.inbox.sending.ways import RefusedByChannelError, attachable_to
from tanggap.inbox.services import Services
from tanggap.sdk.attaching import JPEG, Attachable, AttachedFile
from tanggap.sdk.types import Refusal
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyAttachment, ReplyPart, ReplyRow
from tanggap.store.storable import storable

LAID_MOST: Final = 10
"""How many pictures may lie in one person's composer of one case."""

DESCRIPTION_MOST: Final = 1_000


class TooManyError(TanggapError):
    """No further picture fits into the composer."""


@dataclass(frozen=True, slots=True)
class Cargo:
    """The pictures an answer takes along; `apart` ones go out as parts of their own."""

    files: Sequence[ReplyAttachment] = ()
    apart: bool = False

    def spread(self, pieces: Sequence[str], text: str) -> Sequence[str]:
        """Give the texts of the parts an answer has then, none where it stays in one piece."""
        if not (self.apart and self.files):
            return pieces
        texts = pieces or (text,)
        for number, file in enumerate(self.files, start=len(texts) + 1):
            file.part = number
        return (*texts, *("" for _ in self.files))


def lay(
    services: Services, session: Session, conversation_id: int, user_id: int, content: bytes
) -> ReplyAttachment:
    """Lay a picture into a person's composer; raises `UnfitPhotoError` and `TooManyError`."""
    lying = select(func.count()).where(*_lying(conversation_id, user_id))
    if (session.scalar(lying) or 0) >= LAID_MOST:
        raise TooManyError(f"at most {LAID_MOST} pictures lie in a composer")
    photo = draw_again(content)
    laid = ReplyAttachment(
        conversation_id=conversation_id,
        user_id=user_id,
        width=photo.width,
        height=photo.height,
        size=len(photo.content),
        sealed=services.vault.seal_bytes(photo.content),
    )
    session.add(laid)
    session.flush()
    return laid


def laid_by(session: Session, conversation_id: int, user_id: int) -> list[ReplyAttachment]:
    """List the pictures that lie in a person's composer."""
    query = select(ReplyAttachment).where(*_lying(conversation_id, user_id))
    return list(session.scalars(query.order_by(ReplyAttachment.id)))


def describe(
    session: Session, conversation_id: int, user_id: int, words: Mapping[int, str]
) -> set[int]:
    """Keep what is in pictures, in words for those who do not see them; gives which were there."""
    files = [one for one in laid_by(session, conversation_id, user_id) if one.id in words]
    for file in files:
        file.description = storable(" ".join(words[file.id].split()), DESCRIPTION_MOST)
    return {file.id for file in files}


def remove(session: Session, conversation_id: int, user_id: int, attachment_id: int) -> None:
    """Take a picture out of a composer; raises `NotFoundError`."""
    for file in laid_by(session, conversation_id, user_id):
        if file.id == attachment_id:
            session.delete(file)
            return
    raise NotFoundError(f"there is no picture {attachment_id} in your composer")


def problem_of(attachable: Attachable | Refusal, files: Sequence[ReplyAttachment]) -> str:
    """Name what keeps pictures from going out so: none, too_many, too_large, nothing or kind."""
    if not files:
        return ""
    if isinstance(attachable, Refusal):
        return "attachments_refused"
    if JPEG not in attachable.media_types:
        return "attachments_kind"
    if len(files) > attachable.most:
        return "attachments_many"
    return "attachments_large" if any(f.size > attachable.max_bytes for f in files) else ""


def cargo_of(
    services: Services,
    session: Session,
    conversation: Conversation,
    *,
    user_id: int,
    target: Post,
    visibility: str,
    ids: Sequence[int],
) -> Cargo:
    """Take the pictures that an answer was written with; raises `ReplyRefusedError`."""
    if not ids:
        return Cargo()
    lying = [*_lying(conversation.id, user_id, approval=True), ReplyAttachment.id.in_(ids)]
    files = session.scalars(select(ReplyAttachment).where(*lying).order_by(ReplyAttachment.id))
    cargo = Cargo(list(files))
    if len(cargo.files) != len(set(ids)):
        raise ReplyRefusedError("attachment_gone", "A picture is not there any more. Look again.")
    attachable = attachable_to(services, session, conversation, target, visibility)
    if problem := problem_of(attachable, cargo.files):
        if isinstance(attachable, Refusal):
            raise RefusedByChannelError(attachable)
        raise ReplyRefusedError(problem, f"The pictures cannot go out so: {problem}.")
    return Cargo(cargo.files, isinstance(attachable, Attachable) and attachable.apart)


def lay_back(session: Session, *, reply_id: int = 0, approval_id: int = 0) -> None:
    """Lay the pictures of an answer that was called off back into its author's composer."""
    session.execute(
        update(ReplyAttachment)
        .where(
            or_(ReplyAttachment.reply_id == reply_id, ReplyAttachment.approval_id == approval_id)
        )
        .values(reply_id=None, approval_id=None, part=1)
    )


def ids_of(session: Session, approval_id: int) -> tuple[int, ...]:
    """List the pictures that were handed in with an answer."""
    query = select(ReplyAttachment.id).where(ReplyAttachment.approval_id == approval_id)
    return tuple(session.scalars(query))


def outgoing(
    services: Services, session: Session, row: ReplyRow, part: ReplyPart | None
) -> tuple[AttachedFile, ...]:
    """Open the pictures that go out with a part of a reply, or with all of it."""
    query = (
        select(ReplyAttachment)
        .where(ReplyAttachment.reply_id == row.id)
        .where(ReplyAttachment.part == (part.number if part else 1))
        .options(undefer(ReplyAttachment.sealed))
        .order_by(ReplyAttachment.id)
    )
    return tuple(
        AttachedFile(
            content=services.vault.open_bytes(file.sealed),
            name=f"picture-{number}.jpg",
            description=file.description,
            width=file.width,
            height=file.height,
        )
        for number, file in enumerate(session.scalars(query), start=1)
    )


def read_attachment(
    services: Services, session: Session, conversation_id: int, user_id: int, attachment_id: int
) -> bytes:
    """Open a picture of a case: one's own, or one that went along; raises `NotFoundError`."""
    of_case = or_(
        ReplyAttachment.conversation_id == conversation_id,
        ReplyAttachment.reply_id.in_(
            select(ReplyRow.id).where(ReplyRow.conversation_id == conversation_id)
        ),
    )
    shown = or_(
        ReplyAttachment.user_id == user_id,
        ReplyAttachment.reply_id.is_not(None),
        ReplyAttachment.approval_id.is_not(None),
    )
    sealed = session.scalar(
        select(ReplyAttachment.sealed).where(ReplyAttachment.id == attachment_id, of_case, shown)
    )
    if sealed is None:
        raise NotFoundError(f"case {conversation_id} holds no picture {attachment_id}")
    return services.vault.open_bytes(sealed)


def _lying(
    conversation_id: int, user_id: int, *, approval: bool = False
) -> list[ColumnElement[bool]]:
    """Tell of pictures whether they lie in a composer, or wait for an `approval` as well."""
    lying = [
        ReplyAttachment.conversation_id == conversation_id,
        ReplyAttachment.user_id == user_id,
        ReplyAttachment.reply_id.is_(None),
    ]
    return lying if approval else [*lying, ReplyAttachment.approval_id.is_(None)]
