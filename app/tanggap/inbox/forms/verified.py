"""Which customers are verified now; what makes and ends it stands in `verifying`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.store.base import utcnow
from tanggap.store.sql import among
from tanggap.store.verifications import Verification


def verified_among(session: Session, author_ids: Collection[int]) -> set[int]:
    """Name those of the authors who are verified now, in one query."""
    query = select(Verification.author_id).where(
        among(session, Verification.author_id, author_ids),
        Verification.revoked_at.is_(None),
        Verification.expires_at > utcnow(),
    )
    return set(session.scalars(query))
