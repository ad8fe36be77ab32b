"""Note what happened to cases, in the transaction in which it happened, for rules to act upon."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.events.endpoint_events import note_rule_events
from tanggap.rules import Trigger
from tanggap.store.base import utcnow
from tanggap.store.posts import Post
from tanggap.store.rule_events import Growth, RuleEvent
from tanggap.store.sql import insert_rows

FIRST_MILESTONE = 8
"""Interactions from which on their doubling counts."""


def fire(
    session: Session,
    trigger: Trigger,
    conversation_id: int,
    *,
    occasion: object,
    post_id: int | None = None,
    rule_key: str = "",
    chain: Sequence[str] = (),
) -> None:
    """Note an event of a case; the rules act on it soon after the commit.

    The same `occasion` of a trigger happens to a case once, however often it is noted. `post_id`
    is the post that rules see, the customer's newest where it is left out.
    """
    fire_many(
        session,
        [
            event(
                trigger, conversation_id, occasion, post_id=post_id, rule_key=rule_key, chain=chain
            )
        ],
    )


def event(
    trigger: Trigger,
    conversation_id: int,
    occasion: object,
    *,
    post_id: int | None = None,
    rule_key: str = "",
    chain: Sequence[str] = (),
) -> dict[str, Any]:
    """Make one event for `fire_many`."""
    return {
        "trigger": trigger.value,
        "conversation_id": conversation_id,
        "post_id": post_id,
        "rule_key": rule_key,
        "occasion": str(occasion)[:128],
        "chain": list(chain),
        "created_at": utcnow(),
        "error": "",
    }


def fire_many(
    session: Session,
    events: Iterable[dict[str, Any]],
    listens: Collection[Trigger] | None = None,
) -> None:
    """Note several events in one statement, for endpoints and for rules.

    With `listens`, the rules are told of these triggers alone.
    """
    events = list(events)
    note_rule_events(session, events)
    key = ("conversation_id", "trigger", "occasion")
    rows = [one for one in events if listens is None or one["trigger"] in listens]
    insert_rows(session, RuleEvent, rows, key=key)


def take_metrics(session: Session, post: Post, metrics: Mapping[str, Any]) -> None:
    """Take over a post's new figures, reckon how fast they grow, and note when they doubled."""
    if not metrics or dict(metrics) == post.metrics:
        return
    post.metrics = dict(metrics)
    total = interactions(metrics)
    now = utcnow()
    seen = session.scalar(select(Growth).where(Growth.post_id == post.id).with_for_update())
    before, since = (seen.total, seen.seen_at) if seen else (0, post.posted_at)
    hours = max((now - since).total_seconds() / 3600, 1 / 60)
    if seen is None:
        seen = Growth(post_id=post.id)
        session.add(seen)
    seen.total, seen.per_hour, seen.seen_at = total, max(total - before, 0) / hours, now
    session.flush()
    milestone = total.bit_length()
    if total >= FIRST_MILESTONE and post.conversation_id is not None and not post.from_us:
        occasion = f"{post.id}:{milestone}"
        fire(
            session,
            Trigger.ENGAGEMENT_GREW,
            post.conversation_id,
            post_id=post.id,
            occasion=occasion,
        )


def interactions(metrics: Mapping[str, Any]) -> int:
    """Add up what others did with a post."""
    found = (metrics.get(name) for name in ("likes", "replies", "reposts"))
    return sum(value for value in found if isinstance(value, int) and value > 0)
