"""Tags that people give conversations, beside those of rules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.errors import TanggapError
from tanggap.inbox.cases.conversations import missing
from tanggap.rules.action_values import MAX_TAG, MAX_TAGS
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.conversations import Conversation
from tanggap.store.storable import storable


class UnfitTagError(TanggapError):
    """A tag that is empty or too long, or one too many."""


def clean_tag(written: str) -> str:
    """Write a tag as it is stored; raises `UnfitTagError` when nothing usable is left."""
    tag = " ".join(storable(written).split()).lstrip("#").strip().lower()
    if not 0 < len(tag) <= MAX_TAG or not tag.isprintable():
        raise UnfitTagError(f"a tag has between 1 and {MAX_TAG} characters")
    return tag


def change_tags(
    session: Session,
    conversation_id: int,
    user_id: int,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> bool:
    """Add and remove tags; tells whether anything changed.

    Two people who change different tags at once both get their way: the row is locked, and the
    revision guards nothing here.
    """
    row = session.execute(
        select(Conversation.id, Conversation.tags)
        .where(Conversation.id == conversation_id)
        .with_for_update()
    ).first()
    if row is None:
        raise missing(session, conversation_id)
    gone = set(remove)
    tags = [tag for tag in row.tags if tag not in gone]
    tags += [tag for tag in dict.fromkeys(map(clean_tag, add)) if tag not in tags]
    if len(tags) > MAX_TAGS:
        raise UnfitTagError(f"a conversation has at most {MAX_TAGS} tags; remove one first")
    if tags == list(row.tags):
        return False
    session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(tags=tags)
    )
    session.add(Change(conversation_id=conversation_id, kind="tagged"))
    audit.record(
        session,
        "conversation.tagged",
        "conversation",
        conversation_id,
        user_id=user_id,
        detail={"before": list(row.tags), "tags": tags},
    )
    return True
