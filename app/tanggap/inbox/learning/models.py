"""What people decide about models: which one serves, which one runs beside it, back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.classifier import BundleError
from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.bundles import (
    Bundle,
    adopt,
    bundle_folder,
    find_bundle,
    is_default,
    models_folder,
    read_bundle,
    try_bundle,
)
from tanggap.inbox.learning.comparison import Comparison, Objection, object_to, read_comparison
from tanggap.inbox.services import Services
from tanggap.settings import Settings
from tanggap.store import audit
from tanggap.store.models import (
    ACTIVATE,
    FIRST,
    GATE,
    ROLL_BACK,
    SHADOW,
    Model,
    ModelEvent,
    candidate_model,
    model_by_version,
    newest_event,
    serving_model,
)
from tanggap.store.posts import VerdictRow

_ACTIONS: Final = {
    ACTIVATE: "model.activated",
    ROLL_BACK: "model.rolled_back",
    SHADOW: "model.shadowed",
    GATE: "model.gate_frozen",
}


class NotCleared(TanggapError):
    """A candidate may not serve: its comparison is missing, about something else, or bad."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(f"{objection}. To activate it all the same, give --force and a --reason.")
        self.objection = objection


@dataclass(frozen=True, slots=True)
class By:
    """Who decides: a signed-in person, or the account of whoever runs a command."""

    name: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What holds now and what held before, by version."""

    version: str
    previous: str
    objection: Objection | None = None
    sentence: str = ""


def bundle_of(settings: Settings, model: Model | None) -> Bundle:
    """Find the bundle of a model, or of the settings; raises `BundleError` when it was changed."""
    if model is None:
        return read_bundle(bundle_folder(settings))
    bundle = read_bundle(models_folder(settings).absolute() / model.folder)
    if bundle.sha256 != model.sha256:
        raise BundleError(
            f"{bundle.folder}: was changed since version {model.version} was activated. Restore "
            f"the folder, or give what stands there another version and activate that."
        )
    return bundle


def clearance(
    session: Session, settings: Settings, bundle: Bundle
) -> tuple[Objection | None, Comparison | None]:
    """Say what stands against a bundle's activation, if anything, and give its comparison."""
    comparison = read_comparison(bundle.folder)
    active = active_bundle(session, settings)
    return object_to(comparison, bundle, active, frozen_gate(session)), comparison


def active_bundle(session: Session, settings: Settings) -> Bundle | None:
    """Give the active bundle; None when it is lost, which must not keep another from serving."""
    try:
        return bundle_of(settings, serving_model(session))
    except BundleError:
        return None


def activate(
    services: Services, wanted: str, by: By, *, force: bool = False, reason: str = ""
) -> Decided:
    """Let a bundle, named by version or folder, serve from the next batch of posts on.

    Raises `NotCleared` unless its comparison says that it is not worse, or `force` and a reason
    say that it shall serve anyway; `BundleError` when it cannot be served at all.
    """
    bundle = _ready(services.settings, wanted)
    with services.database.write() as session:
        before = serving_model(session)
        previous = before.version if before else ""
        active = active_bundle(session, services.settings)
        if active is not None:
            previous = active.version
            if active.sha256 == bundle.sha256:
                raise ConflictError(f"{bundle.version} serves already")
        found, comparison = clearance(session, services.settings, bundle)
        if found and not (force and reason.strip()):
            raise NotCleared(found)
        if comparison is not None and not found and frozen_gate(session) is None:
            _freeze(session, by, comparison.gate_file, comparison.gate_sha256)
        model = _known(session, services.settings, bundle)
        detail = _detail(comparison, found) | {"previous": previous}
        _decide(session, ACTIVATE, model, by, forced=bool(found), reason=reason, detail=detail)
        _end_shadow_of(session, model, by)
    return Decided(bundle.version, previous, found, comparison.sentence if comparison else "")


def roll_back(services: Services, by: By, *, reason: str = "") -> Decided:
    """Let the bundle serve that did before the last activation.

    Raises `NotFoundError` when there is none, `BundleError` when it cannot be served any more.
    """
    with services.database.write() as session:
        history = served(session)
        if len(history) < 2:
            raise NotFoundError("no bundle was activated, so there is none to go back from")
        present, target = history[-1], history[-2]
        bundle = bundle_of(services.settings, target)
        try_bundle(bundle)
        previous = present.version if present else ""
        detail = {"previous": previous}
        _decide(session, ROLL_BACK, target, by, reason=reason, detail=detail)
    return Decided(bundle.version, previous)


def start_shadow(services: Services, wanted: str, by: By) -> Decided:
    """Let a candidate run beside the active bundle on the posts that come from now on."""
    bundle = _ready(services.settings, wanted)
    with services.database.write() as session:
        model = _known(session, services.settings, bundle)
        active = serving_model(session)
        if model is None or (active is not None and active.id == model.id):
            raise ConflictError(f"{bundle.version} serves already; shadow is for candidates")
        before = candidate_model(session)
        if before is None or before.id != model.id:
            newest = session.scalar(select(VerdictRow.id).order_by(VerdictRow.id.desc()).limit(1))
            model.shadow_cursor = newest or 0
        previous = before.version if before else ""
        _decide(session, SHADOW, model, by, detail={"previous": previous})
    return Decided(bundle.version, previous)


def stop_shadow(services: Services, by: By) -> str:
    """End the shadow run; what it found is kept. Returns the candidate's version."""
    with services.database.write() as session:
        before = candidate_model(session)
        if before is None:
            raise NotFoundError("no candidate runs beside the active bundle")
        _decide(session, SHADOW, None, by, detail={"previous": before.version})
        return before.version


def freeze_gate(services: Services, by: By, name: str, sha256: str, *, reason: str = "") -> None:
    """Let comparisons count only if they were made on the gate set with this hash."""
    with services.database.write() as session:
        _freeze(session, by, name, sha256, reason)


def frozen_gate(session: Session) -> str | None:
    """Give the hash of the frozen gate set; None before the first activation froze one."""
    event = newest_event(session, GATE)
    return str(event.detail["sha256"]) if event else None


def served(session: Session) -> Sequence[Model | None]:
    """List what served, oldest first, without what was rolled back; the last one serves now."""
    history: list[Model | None] = [None]
    events = select(ModelEvent).where(ModelEvent.kind.in_((ACTIVATE, ROLL_BACK)))
    for event in session.scalars(events.order_by(ModelEvent.id)):
        if event.kind == ROLL_BACK:
            history.pop()
        else:
            history.append(event.model)
    return history


def _ready(settings: Settings, wanted: str) -> Bundle:
    bundle = find_bundle(settings, wanted)
    try_bundle(bundle)
    return adopt(settings, bundle)


def _end_shadow_of(session: Session, model: Model | None, by: By) -> None:
    """End the shadow run of a candidate that serves from now on."""
    candidate = candidate_model(session)
    if candidate is not None and model is not None and candidate.id == model.id:
        _decide(session, SHADOW, None, by, detail={"previous": candidate.version})


def _detail(comparison: Comparison | None, found: Objection | None) -> dict[str, Any]:
    detail: dict[str, Any] = {"objection": str(found)} if found else {}
    if comparison is not None:
        detail |= {"comparison": comparison.sentence, "gate": comparison.gate_sha256}
    return detail


def _known(session: Session, settings: Settings, bundle: Bundle) -> Model | None:
    """Find or add the row of a bundle; None is the settings' own."""
    if is_default(settings, bundle):
        return None
    model = model_by_version(session, bundle.version)
    if model is None:
        model = Model(version=bundle.version, sha256=bundle.sha256)
        session.add(model)
    elif model.sha256 != bundle.sha256:
        raise ConflictError(
            f"version {bundle.version} is known with other contents, since "
            f"{model.added_at:%Y-%m-%d %H:%M} UTC; give this bundle a version of its own"
        )
    model.folder = bundle.folder.name
    model.labels = list(bundle.manifest.labels)
    model.label_names = {key: dict(names) for key, names in bundle.manifest.label_names.items()}
    session.flush()
    return model


def _freeze(session: Session, by: By, name: str, sha256: str, reason: str = "") -> None:
    detail = {"file": name, "sha256": sha256}
    _decide(session, GATE, None, by, reason=reason, detail=detail)


def _decide(
    session: Session,
    kind: str,
    model: Model | None,
    by: By,
    *,
    forced: bool = False,
    reason: str = "",
    detail: dict[str, Any],
) -> None:
    """Write an event and its audit entry."""
    before = newest_event(session)
    _write(
        session,
        ModelEvent(
            follows=before.id if before else FIRST,
            kind=kind,
            model_id=model.id if model else None,
            user_id=by.user_id,
            by=by.name[:255],
            forced=forced,
            reason=reason.strip(),
            detail=detail,
        ),
    )
    told = {**detail, "by": by.name, "forced": forced, "reason": reason.strip()}
    version = model.version if model else "the bundle of the settings"
    audit.record(session, _ACTIONS[kind], "model", version, user_id=by.user_id, detail=told)


def _write(session: Session, event: ModelEvent) -> None:
    """Write an event; raises `ConflictError` when somebody was faster."""
    session.add(event)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(
            "somebody else decided about models a moment ago; look again, then repeat it"
        ) from error
