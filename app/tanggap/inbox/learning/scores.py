"""What customers rated last, many at once, as rules ask for it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.store.ratings import Rating
from tanggap.store.sql import among


def last_scores(session: Session, author_ids: Collection[int]) -> dict[int, int]:
    """Map authors to the score that they gave last; those who gave none are left out."""
    rows = session.execute(
        select(Rating.author_id, Rating.score)
        .where(among(session, Rating.author_id, author_ids), Rating.score.is_not(None))
        .order_by(Rating.answered_at, Rating.id)
    )
    return {author_id: score for author_id, score in rows if score is not None}
