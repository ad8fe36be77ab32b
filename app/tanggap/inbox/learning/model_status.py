"""What the models page and `tanggap models list` show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tanggap.classifier import BundleError
from tanggap.inbox.bundles import Bundle, bundle_folder, is_default, list_bundles, read_bundle
from tanggap.inbox.learning.comparison import Objection
from tanggap.inbox.learning.models import active_bundle, bundle_of, clearance, served
from tanggap.settings import Settings
from tanggap.store.models import (
    ACTIVATE,
    GATE,
    ROLL_BACK,
    Model,
    ModelEvent,
    candidate_model,
    newest_event,
    serving_model,
)

EVENTS_SHOWN = 20

Role = Literal["active", "candidate", "other"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One bundle; `objection` says why it may not serve, None when nothing is against it."""

    bundle: Bundle
    role: Role
    shipped: bool
    objection: Objection | None
    comparison: str

    @property
    def macro_f1(self) -> float | None:
        """Give the macro-F1 its card claims, over all languages."""
        figures = self.bundle.manifest.metrics.get("macro_f1")
        figure = figures.get("all") if isinstance(figures, Mapping) else None
        return float(figure) if isinstance(figure, int | float) else None


@dataclass(frozen=True, slots=True)
class Status:
    """All that is known of models; `active` is None and `problem` says why when it is lost."""

    active: Bundle | None
    problem: str
    since: ModelEvent | None
    candidate: Model | None
    back_to: str
    bundles: Sequence[Listed]
    broken: Mapping[str, str]
    gate: ModelEvent | None
    events: Sequence[ModelEvent]


def read_status(session: Session, settings: Settings) -> Status:
    """Read the models folder and the database."""
    active = active_bundle(session, settings)
    problem = ""
    if active is None:
        try:
            bundle_of(settings, serving_model(session))
        except BundleError as error:
            problem = str(error)
    found, broken = list_bundles(settings)
    candidate = candidate_model(session)
    events = select(ModelEvent).options(joinedload(ModelEvent.model))
    return Status(
        active=active,
        problem=problem,
        since=newest_event(session, ACTIVATE, ROLL_BACK),
        candidate=candidate,
        back_to=_back_to(session, settings),
        bundles=[
            _listed(session, settings, bundle, active, candidate)
            for bundle in (*_shipped(settings), *found)
        ],
        broken=broken,
        gate=newest_event(session, GATE),
        events=list(session.scalars(events.order_by(ModelEvent.id.desc()).limit(EVENTS_SHOWN))),
    )


def _shipped(settings: Settings) -> list[Bundle]:
    try:
        return [read_bundle(bundle_folder(settings))]
    except BundleError:
        return []


def _listed(
    session: Session,
    settings: Settings,
    bundle: Bundle,
    active: Bundle | None,
    candidate: Model | None,
) -> Listed:
    role: Role = "other"
    if active is not None and active.sha256 == bundle.sha256:
        role = "active"
    elif candidate is not None and candidate.sha256 == bundle.sha256:
        role = "candidate"
    found, comparison = None, None
    if role != "active":
        found, comparison = clearance(session, settings, bundle)
    return Listed(
        bundle=bundle,
        role=role,
        shipped=is_default(settings, bundle),
        objection=found,
        comparison=comparison.sentence if comparison else "",
    )


def _back_to(session: Session, settings: Settings) -> str:
    """Name what a rollback would lead to; empty when there is nothing to go back to."""
    history = served(session)
    if len(history) < 2:
        return ""
    target = history[-2]
    if target is not None:
        return target.version
    shipped = _shipped(settings)
    return shipped[0].version if shipped else ""
