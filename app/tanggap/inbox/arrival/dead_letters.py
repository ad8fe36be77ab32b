"""Deliveries that could not be processed: look at them, and try them again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.rules.masking import mask
from tanggap.store import audit
from tanggap.store.deliveries import DEAD, PENDING, Delivery

PAGE = 50
SHOWN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """One page, newest first; `before` fetches the next one, None on the last."""

    rows: Sequence[Delivery]
    before: int | None


def list_dead(session: Session, *, before: int | None = None, limit: int = PAGE) -> DeadLetters:
    """List dead letters with an id below `before`."""
    query = select(Delivery).where(Delivery.state == DEAD).order_by(Delivery.id.desc())
    if before is not None:
        query = query.where(Delivery.id < before)
    rows = session.scalars(query.limit(limit + 1)).all()
    more = len(rows) > limit
    return DeadLetters(rows[:limit], rows[limit - 1].id if more else None)


def count_dead(session: Session) -> int:
    """Count all dead letters."""
    return session.scalar(select(func.count()).where(Delivery.state == DEAD)) or 0


def dead_letter(session: Session, delivery_id: int) -> Delivery:
    """Load one; raises `NotFoundError` when it is none, or none any more."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.state != DEAD:
        raise NotFoundError(f"delivery {delivery_id} is not among the dead letters (any more)")
    return delivery


def shown_body(delivery: Delivery) -> str:
    """Write a body for reading: JSON indented, other bytes as text with replacement marks."""
    text = delivery.body.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    shown = text.encode("utf-8", "replace").decode()[:SHOWN_BYTES]
    return shown if len(shown) == len(text) else f"{shown}\n…"


def masked_body(delivery: Delivery) -> str:
    """Write a body for reading with personal data covered, however it is written in JSON."""
    return mask(shown_body(delivery))


def reveal(session: Session, delivery_id: int, *, user_id: int) -> Delivery:
    """Load one for somebody who reads it as it came; that they did is noted."""
    delivery = dead_letter(session, delivery_id)
    detail = {"channel": delivery.channel}
    audit.record(
        session, "delivery.revealed", "delivery", delivery_id, user_id=user_id, detail=detail
    )
    return delivery


def replay(session: Session, delivery_id: int, *, user_id: int | None) -> None:
    """Put one back among the pending; raises `NotFoundError`."""
    delivery = dead_letter(session, delivery_id)
    if not delivery.body:
        raise ConflictError(f"delivery {delivery_id} cannot be processed again: {delivery.error}")
    delivery.state = PENDING
    audit.record(session, "delivery.replayed", "delivery", delivery_id, user_id=user_id)


def replay_all(session: Session, *, user_id: int | None) -> int:
    """Put all of them back and count them."""
    replayed = session.scalars(
        update(Delivery)
        .where(Delivery.state == DEAD, Delivery.body != b"")
        .values(state=PENDING)
        .returning(Delivery.id)
    ).all()
    if replayed:
        detail = {"count": len(replayed)}
        audit.record(session, "delivery.replayed", "delivery", "*", user_id=user_id, detail=detail)
    return len(replayed)
