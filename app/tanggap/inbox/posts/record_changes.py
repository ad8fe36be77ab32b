"""Apply edits, deletions and hidings, also those that came before their post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.inbox.clean import snippet, usable_id
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.known import known_ids
from tanggap.rules import Trigger
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import TRIAGE_NONE, TRIAGE_PENDING, EarlyEvent, Post, PostRevision
from tanggap.store.sql import among, hold, upsert
from tanggap.store.storable import storable

EDITED = "edited"
DELETED = "deleted"
HIDDEN = "hidden"
SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class PostChange:
    """Something that befell a post."""

    external_id: str
    kind: str
    at: datetime
    text: str = ""


def apply_changes(
    session: Session, account: Account, changes: Sequence[PostChange]
) -> Counter[str]:
    """Change the posts that are known and keep the rest for when they come."""
    counts: Counter[str] = Counter()
    usable = [change for change in changes if usable_id(change.external_id)]
    posts = _posts(session, account.id, {change.external_id for change in usable})
    for change in usable:
        post = posts.get(change.external_id)
        if post is None:
            _keep(session, account.id, change)
            counts["early"] += 1
            continue
        if change_post(session, post, change):
            counts[change.kind] += 1
    return counts


def apply_early(session: Session, account_id: int, external_ids: Collection[str]) -> None:
    """Apply what had come before these posts."""
    early = list(
        session.scalars(
            select(EarlyEvent)
            .where(
                EarlyEvent.account_id == account_id,
                among(session, EarlyEvent.external_id, external_ids),
            )
            .order_by(EarlyEvent.at)
        )
    )
    if not early:
        return
    posts = _posts(session, account_id, {event.external_id for event in early})
    for event in early:
        change_post(
            session,
            posts[event.external_id],
            PostChange(event.external_id, event.kind, event.at, event.text),
        )
    session.execute(delete(EarlyEvent).where(EarlyEvent.id.in_([event.id for event in early])))


def change_post(session: Session, post: Post, change: PostChange) -> bool:
    """Change one post; tells whether anything is different now."""
    changed = {
        EDITED: lambda: edit_post(session, post, change.text, change.at),
        DELETED: lambda: _delete(session, post, change.at),
        HIDDEN: lambda: _hide(post, hidden=True),
        SHOWN: lambda: _hide(post, hidden=False),
    }[change.kind]()
    if changed and post.conversation_id is not None:
        session.add(Change(conversation_id=post.conversation_id, kind=f"post_{change.kind}"))
        if change.kind == DELETED:
            clocks.move(session, {post.conversation_id})
    return changed


def edit_post(session: Session, post: Post, text: str, at: datetime) -> bool:
    """Give a post a new text, keep the old one, and have it triaged again."""
    text = storable(text)
    if post.purged_at is not None or text == post.text or (post.edited_at and at < post.edited_at):
        return False
    session.add(PostRevision(post_id=post.id, revision=post.revision, text=post.text))
    post.text = text
    post.revision += 1
    post.edited_at = at
    if post.triage != TRIAGE_NONE:
        post.triage = TRIAGE_PENDING
        post.triage_claimed_until = None
        _fire(session, post, Trigger.POST_EDITED, f"{post.id}:{post.revision}")
    conversation = session.get(Conversation, post.conversation_id) if post.conversation_id else None
    if conversation is not None and conversation.last_post_at == post.posted_at:
        conversation.snippet = snippet(text)
    return True


def _delete(session: Session, post: Post, at: datetime) -> bool:
    if post.deleted_at is not None:
        return False
    post.deleted_at = at
    _fire(session, post, Trigger.POST_DELETED, post.id)
    return True


def _fire(session: Session, post: Post, trigger: Trigger, occasion: object) -> None:
    if post.conversation_id is not None and not post.from_us:
        fire(session, trigger, post.conversation_id, post_id=post.id, occasion=occasion)


def _hide(post: Post, *, hidden: bool) -> bool:
    if post.hidden == hidden:
        return False
    post.hidden = hidden
    return True


def _posts(session: Session, account_id: int, names: set[str]) -> dict[str, Post]:
    ids = known_ids(session, account_id, names)
    rows = session.scalars(
        hold(select(Post).where(among(session, Post.id, ids.values())).order_by(Post.id))
    )
    posts = {post.id: post for post in rows}
    return {name: posts[id_] for name, id_ in ids.items()}


def _keep(session: Session, account_id: int, change: PostChange) -> None:
    """Keep a change for its post; of several edits the latest is what counts."""
    statement = upsert(session, EarlyEvent).values(
        account_id=account_id,
        external_id=change.external_id,
        kind=change.kind,
        text=storable(change.text),
        at=change.at,
        received_at=utcnow(),
    )
    newer = statement.excluded.at > EarlyEvent.at
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "external_id", "kind"],
            set_={"text": statement.excluded.text, "at": statement.excluded.at},
            where=newer,
        )
    )
