"""Which model labels the posts, and deliveries that could not be processed, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.errors import NotFoundError
from tanggap.inbox.arrival import dead_letters
from tanggap.inbox.bundles import known_versions
from tanggap.inbox.learning import models, shadow_report
from tanggap.inbox.learning.model_status import read_status
from tanggap.inbox.learning.models import By
from tanggap.web.api.asked import Body, Id, Query, Words
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Covered, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("models", "Models and deliveries")
_Version = Annotated[str, Field(min_length=1, max_length=64)]


class ActivatedModel(Body):
    """Which bundle serves; with a reason also one that its comparison speaks against."""

    version: _Version
    reason: Words = ""


class RolledBack(Body):
    """Why the bundle before serves again."""

    reason: Words = ""


class ShadowWish(Body):
    """Which bundle runs beside the active one; null ends that."""

    version: _Version | None


class LetterQuery(Query):
    """Which page of deliveries is listed."""

    before: Id | None = None


class Bundle(Thing):
    """A model bundle; `role` is active, candidate or other, `objection` what speaks against it."""

    version: str
    labels: list[str]
    role: str
    macro_f1: float | None
    objection: str


class ModelStatus(Thing):
    """The active bundle, the candidate and the others; `back_to` is where a way back leads."""

    active: str | None
    problem: str
    candidate: str | None
    back_to: str
    bundles: list[Bundle]


class ShadowCell(Thing):
    """Posts on which the two say these labels."""

    active: str
    candidate: str
    posts: int


class ShadowReport(Thing):
    """A candidate beside the active model, on the posts that came since."""

    version: str
    since: datetime | None
    compared: int
    agreed: int
    judged: int
    active_right: int
    candidate_right: int
    failed: int
    confusion: list[ShadowCell]


class DeadLetter(Thing):
    """A delivery that could not be processed; its body is shown to people alone."""

    id: int
    channel: str
    error: Covered
    attempts: int
    plugin_version: str
    received_at: datetime


class DeadLetterPage(Thing):
    """A page of deliveries, newest first; `next` leads to the next one, as `before`."""

    items: list[DeadLetter]
    next: int | None


class ReplayedLetters(Thing):
    """How many deliveries are processed again."""

    deliveries: int


@bp.get("/models")
@bp.output(ModelStatus)
def index() -> ModelStatus:
    """Read which model labels the posts, and what else there is."""
    return _status()


@bp.get("/models/shadow")
@bp.output(ShadowReport)
def shadow_report_() -> ShadowReport:
    """Read how the candidate does beside the active model; 404 where there is none."""
    with services().database.read() as db:
        return ShadowReport.model_validate(shadow_report.read_report(db, examples=0))


@bp.put("/models/shadow")
@bp.input(ShadowWish, arg_name="body")
@bp.output(ModelStatus)
def shadow(body: ShadowWish) -> ModelStatus:
    """Run a bundle beside the active one, or end that."""
    if body.version is None:
        models.stop_shadow(services(), _by())
    else:
        models.start_shadow(services(), _known(body.version), _by())
    return _status()


@bp.post("/models/activate")
@bp.input(ActivatedModel, arg_name="body")
@bp.output(ModelStatus)
def activate(body: ActivatedModel) -> ModelStatus:
    """Let a bundle label the posts from the next batch on."""
    forced = bool(body.reason.strip())
    models.activate(services(), _known(body.version), _by(), force=forced, reason=body.reason)
    return _status()


@bp.post("/models/rollback")
@bp.input(RolledBack, arg_name="body")
@bp.output(ModelStatus)
def rollback(body: RolledBack) -> ModelStatus:
    """Let the bundle serve again that did before."""
    models.roll_back(services(), _by(), reason=body.reason)
    return _status()


@bp.get("/dead-letters")
@bp.input(LetterQuery, location="query", arg_name="query")
@bp.output(DeadLetterPage)
def letters(query: LetterQuery) -> DeadLetterPage:
    """List the deliveries that could not be processed, newest first."""
    with services().database.read() as db:
        page = dead_letters.list_dead(db, before=query.before)
    return DeadLetterPage(
        items=[DeadLetter.model_validate(row) for row in page.rows], next=page.before
    )


@bp.post("/dead-letters/<int:delivery_id>/replay")
@bp.output({}, status_code=204)
def replay(delivery_id: int) -> Response:
    """Process one delivery again."""
    with services().database.write() as db:
        dead_letters.replay(db, delivery_id, user_id=me().id)
    tasks().wake_receive()
    return nothing()


@bp.post("/dead-letters/replay")
@bp.output(ReplayedLetters)
def replay_all() -> ReplayedLetters:
    """Process all of them again."""
    with services().database.write() as db:
        count = dead_letters.replay_all(db, user_id=me().id)
    tasks().wake_receive()
    return ReplayedLetters(deliveries=count)


def _status() -> ModelStatus:
    with services().database.read() as db:
        found = read_status(db, services().settings)
    return ModelStatus(
        active=found.active.version if found.active else None,
        problem=found.problem,
        candidate=found.candidate.version if found.candidate else None,
        back_to=found.back_to,
        bundles=[
            Bundle(
                version=one.bundle.version,
                labels=list(one.bundle.manifest.labels),
                role=one.role,
                macro_f1=one.macro_f1,
                objection=str(one.objection or ""),
            )
            for one in found.bundles
        ],
    )


def _known(version: str) -> str:
    """Take a version and no path, which the command would take too."""
    if version not in known_versions(services().settings):
        raise NotFoundError(f"there is no bundle of version {version!r}")
    return version


def _by() -> By:
    return By(me().name, me().id)
