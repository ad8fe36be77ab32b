"""What a candidate said beside the active model: how often they agree, and where they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from tanggap.classifier import clean_text
from tanggap.errors import NotFoundError
from tanggap.store.models import SHADOW, Model, ModelEvent, ShadowVerdict, model_by_version
from tanggap.store.posts import Correction, Post, VerdictRow

CELLS_SHOWN: Final = 30
_Z95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Cell:
    """Posts on which the two say these labels."""

    active: str
    candidate: str
    posts: int


@dataclass(frozen=True, slots=True)
class Example:
    """One post they disagree on, masked; `told` is what a person says, empty if nobody did."""

    post_id: int
    conversation_id: int | None
    text: str
    active: str
    active_confidence: float
    candidate: str
    confidence: float
    told: str


@dataclass(frozen=True, slots=True)
class Report:
    """A candidate beside the active model.

    `active_sure` and `candidate_sure` count verdicts that no person needs to look at; of the
    `judged` posts a person said the label, and `active_right` and `candidate_right` count who had
    said it before.
    """

    version: str
    since: datetime | None
    compared: int
    agreed: int
    active_sure: int
    candidate_sure: int
    judged: int
    active_right: int
    candidate_right: int
    failed: int
    dropped: int
    error: str
    confusion: Sequence[Cell]
    examples: Sequence[Example]

    @property
    def rate(self) -> float:
        """Give the share of posts on which they agree."""
        return self.agreed / self.compared if self.compared else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Give Wilson's 95 % interval of that share."""
        if not self.compared:
            return 0.0, 1.0
        n, p, z = self.compared, self.rate, _Z95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def read_report(session: Session, version: str | None = None, *, examples: int = 20) -> Report:
    """Read the report of a candidate, by default of the newest one; raises `NotFoundError`."""
    model = _model(session, version)
    counts = session.execute(_counts_query(model.id)).one()
    judged = session.execute(_judged_query(model.id)).one()
    return Report(
        version=model.version,
        since=_since(session, model.id),
        compared=counts.compared,
        agreed=counts.agreed or 0,
        active_sure=counts.active_sure or 0,
        candidate_sure=counts.candidate_sure or 0,
        judged=judged.judged,
        active_right=judged.active_right or 0,
        candidate_right=judged.candidate_right or 0,
        failed=model.shadow_failed,
        dropped=model.shadow_dropped,
        error=model.shadow_error,
        confusion=[Cell(*row) for row in session.execute(_confusion_query(model.id))],
        examples=_examples(session, model.id, examples),
    )


def _model(session: Session, version: str | None) -> Model:
    if version is not None:
        model = model_by_version(session, version)
        if model is None:
            raise NotFoundError(f"version {version!r} never ran beside the active model")
        return model
    newest = select(ModelEvent).where(ModelEvent.kind == SHADOW, ModelEvent.model_id.is_not(None))
    event = session.scalar(newest.order_by(ModelEvent.id.desc()).limit(1))
    if event is None or event.model is None:
        raise NotFoundError(
            "no candidate has run beside the active model yet; `tanggap models shadow` starts one"
        )
    return event.model


def _since(session: Session, model_id: int) -> datetime | None:
    first = select(ModelEvent.at).where(ModelEvent.kind == SHADOW, ModelEvent.model_id == model_id)
    return session.scalar(first.order_by(ModelEvent.id).limit(1))


def _count_of(condition: ColumnElement[bool]) -> Any:
    return func.sum(cast(condition, Integer))


def _counts_query(model_id: int) -> Any:
    return (
        select(
            func.count().label("compared"),
            _count_of(ShadowVerdict.agrees.is_(True)).label("agreed"),
            _count_of(VerdictRow.certain.is_(True)).label("active_sure"),
            _count_of(ShadowVerdict.certain.is_(True)).label("candidate_sure"),
        )
        .select_from(ShadowVerdict)
        .join(VerdictRow, VerdictRow.id == ShadowVerdict.verdict_id)
        .where(ShadowVerdict.model_id == model_id)
    )


def _last_words() -> Any:
    newest = select(func.max(Correction.id)).group_by(Correction.post_id)
    return select(Correction.post_id, Correction.label).where(Correction.id.in_(newest)).subquery()


def _judged_query(model_id: int) -> Any:
    said = _last_words()
    return (
        select(
            func.count().label("judged"),
            _count_of(VerdictRow.label == said.c.label).label("active_right"),
            _count_of(ShadowVerdict.label == said.c.label).label("candidate_right"),
        )
        .select_from(ShadowVerdict)
        .join(VerdictRow, VerdictRow.id == ShadowVerdict.verdict_id)
        .join(said, said.c.post_id == VerdictRow.post_id)
        .where(ShadowVerdict.model_id == model_id)
    )


def _disagreements(model_id: int) -> tuple[ColumnElement[bool], ...]:
    return ShadowVerdict.model_id == model_id, ShadowVerdict.agrees.is_(False)


def _confusion_query(model_id: int) -> Any:
    count = func.count().label("posts")
    return (
        select(VerdictRow.label, ShadowVerdict.label, count)
        .select_from(ShadowVerdict)
        .join(VerdictRow, VerdictRow.id == ShadowVerdict.verdict_id)
        .where(*_disagreements(model_id))
        .group_by(VerdictRow.label, ShadowVerdict.label)
        .order_by(count.desc(), VerdictRow.label, ShadowVerdict.label)
        .limit(CELLS_SHOWN)
    )


def _examples(session: Session, model_id: int, limit: int) -> list[Example]:
    said = _last_words()
    rows = session.execute(
        select(
            Post.id,
            Post.conversation_id,
            Post.text,
            VerdictRow.label.label("active"),
            VerdictRow.confidence.label("active_confidence"),
            ShadowVerdict.label.label("candidate"),
            ShadowVerdict.confidence,
            said.c.label.label("told"),
        )
        .select_from(ShadowVerdict)
        .join(VerdictRow, VerdictRow.id == ShadowVerdict.verdict_id)
        .join(Post, Post.id == VerdictRow.post_id)
        .outerjoin(said, said.c.post_id == Post.id)
        .where(*_disagreements(model_id), Post.deleted_at.is_(None), Post.purged_at.is_(None))
        .order_by(ShadowVerdict.id.desc())
        .limit(limit)
    )
    return [
        Example(
            post_id=row.id,
            conversation_id=row.conversation_id,
            text=clean_text(row.text)[:500],
            active=row.active,
            active_confidence=row.active_confidence,
            candidate=row.candidate,
            confidence=row.confidence,
            told=row.told or "",
        )
        for row in rows
    ]
