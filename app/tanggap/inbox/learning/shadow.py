"""Run a candidate beside the active model: after the real verdicts, and only when nobody waits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tanggap.classifier import BundleError, Classifier, needs_human
from tanggap.inbox.services import Services
from tanggap.inbox.serving import Place, open_place, place_of
from tanggap.store.base import utcnow
from tanggap.store.models import Model, ShadowVerdict, candidate_model
from tanggap.store.posts import TRIAGE_PENDING, Post, VerdictRow
from tanggap.store.sql import insert_rows

log = structlog.get_logger(__name__)

MOST_BEHIND: Final = 2_000
"""Posts a candidate may lag behind; those beyond are passed over and counted."""

RETRY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Batch:
    model_id: int
    place: Place
    cursor: int
    rows: Sequence[Row[Any]]


class Shadow:
    """Holds a candidate against posts that have their verdict; never raises, never makes wait."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loaded: tuple[Place, Classifier] | None = None
        self._retry_at = 0.0

    def wanted(self) -> bool:
        """Tell whether a candidate is to be run; gives back the memory of one that is not."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            with self._services.database.read() as session:
                running = candidate_model(session) is not None
        except SQLAlchemyError:
            return False
        if not running:
            self._loaded = None
        return running

    def run(self) -> int:
        """Judge what has come in, until a post waits for its real verdict; counts the posts."""
        judged = 0
        try:
            while (batch := self._next()) is not None:
                judged += self._judge(batch)
        except Exception:
            # Whatever a candidate does, the posts it looks at have been labelled and routed.
            log.exception("the candidate could not be run beside the active model")
            self._retry_at = time.monotonic() + RETRY_SECONDS
        return judged

    def _next(self) -> _Batch | None:
        with self._services.database.write() as session:
            model = candidate_model(session)
            if model is None or time.monotonic() < self._retry_at or _somebody_waits(session):
                return None
            cursor = _catch_up(session, model)
            rows = _rows(session, cursor, self._services.settings.triage_batch)
            place = place_of(self._services.settings, model)
            return _Batch(model.id, place, cursor, rows) if rows else None

    def _judge(self, batch: _Batch) -> int:
        rows = [row for row in batch.rows if row.current and row.there]
        try:
            classifier = self._classifier(batch.place)
            verdicts = classifier.classify([row.text for row in rows])
            thresholds = classifier.thresholds
        except Exception as error:
            log.exception("candidate failed", version=batch.place.version, posts=len(rows))
            self._note_failure(batch, len(rows), error)
            return 0
        found = [
            {
                "model_id": batch.model_id,
                "verdict_id": row.id,
                "label": verdict.label,
                "confidence": verdict.confidence,
                "certain": not needs_human(verdict, thresholds),
                "agrees": verdict.label == row.label,
                "created_at": utcnow(),
            }
            for row, verdict in zip(rows, verdicts, strict=True)
        ]
        with self._services.database.write() as session:
            if _move_cursor(session, batch):
                insert_rows(session, ShadowVerdict, found, key=("model_id", "verdict_id"))
        return len(found)

    def _classifier(self, place: Place) -> Classifier:
        if self._loaded is None or self._loaded[0] != place:
            self._loaded = None  # two candidates at a time would take twice the memory
            self._loaded = place, open_place(place, self._services.settings.model_threads)
        return self._loaded[1]

    def _note_failure(self, batch: _Batch, posts: int, error: Exception) -> None:
        if isinstance(error, BundleError):
            self._retry_at = time.monotonic() + RETRY_SECONDS
        with self._services.database.write() as session:
            _move_cursor(
                session,
                batch,
                shadow_failed=Model.shadow_failed + posts,
                shadow_error=f"{type(error).__name__}: {error}"[:2_000],
                shadow_error_at=utcnow(),
            )


def _somebody_waits(session: Session) -> bool:
    pending = select(Post.id).where(Post.triage == TRIAGE_PENDING).limit(1)
    return session.scalar(pending) is not None


def _catch_up(session: Session, model: Model) -> int:
    """Pass over what a candidate that lags too far will not look at; returns where it goes on."""
    after = select(VerdictRow.id).where(VerdictRow.id > model.shadow_cursor)
    keep_from = session.scalar(after.order_by(VerdictRow.id.desc()).offset(MOST_BEHIND).limit(1))
    if keep_from is not None:
        passed = after.where(VerdictRow.id <= keep_from).subquery()
        model.shadow_dropped += session.scalar(select(func.count()).select_from(passed)) or 0
        model.shadow_cursor = keep_from
    return model.shadow_cursor


def _rows(session: Session, cursor: int, limit: int) -> Any:
    """Load the next verdicts; one that a slower transaction commits behind the cursor is lost."""
    return session.execute(
        select(
            VerdictRow.id,
            VerdictRow.label,
            Post.text,
            (Post.deleted_at.is_(None) & Post.purged_at.is_(None)).label("there"),
            (Post.revision == VerdictRow.revision).label("current"),
        )
        .join(Post, Post.id == VerdictRow.post_id)
        .where(VerdictRow.id > cursor)
        .order_by(VerdictRow.id)
        .limit(limit)
    ).all()


def _move_cursor(session: Session, batch: _Batch, **values: Any) -> bool:
    """Move on behind the batch, unless another worker did."""
    moved = session.execute(
        update(Model)
        .where(Model.id == batch.model_id, Model.shadow_cursor == batch.cursor)
        .values(shadow_cursor=batch.rows[-1].id, **values)
        .returning(Model.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None
