"""Which model labels the posts, how a candidate does beside it, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.bundles import known_versions
from tanggap.inbox.learning import models, shadow_report
from tanggap.inbox.learning.comparison import Objection
from tanggap.inbox.learning.model_status import read_status
from tanggap.inbox.learning.models import By, NotCleared
from tanggap.web.context import me, services
from tanggap.web.errors import explain

bp = Blueprint("models", __name__, url_prefix="/admin/models")

EXAMPLES = 20
OBJECTIONS = {
    "lost": lazy_gettext("The active bundle is lost, so nothing can be compared with it."),
    "missing": lazy_gettext("{version} was not compared with the active bundle yet."),
    "changed": lazy_gettext("{version} was changed after it was compared. Compare it again."),
    "other_baseline": lazy_gettext(
        "{version} was compared with another bundle than {active}. Compare it again."
    ),
    "other_gate": lazy_gettext(
        "{version} was compared on another gate set ({file}) than the frozen one."
    ),
    "few": lazy_gettext("The gate set has {posts} posts; fewer than {least} say little."),
}
EVENTS = {
    "activate": lazy_gettext("activated"),
    "rollback": lazy_gettext("went back to"),
    "shadow": lazy_gettext("runs beside the active one"),
    "gate": lazy_gettext("froze a gate set"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the active bundle, the candidate and how it does, and the others."""
    with services().database.read() as db:
        status = read_status(db, services().settings)
        try:
            report = shadow_report.read_report(db, examples=EXAMPLES)
        except NotFoundError:
            report = None
    return render_template(
        "admin/models.html", status=status, report=report, events=EVENTS, object_text=_object_text
    )


@bp.post("/activate")
def activate() -> ResponseReturnValue:
    """Let a bundle serve; with a reason also one that its comparison speaks against."""
    version, reason = _version(), request.form.get("reason", "")[:500]

    def act(by: By) -> str:
        models.activate(services(), version, by, force=bool(reason.strip()), reason=reason)
        return str(gettext("%(version)s labels the posts from now on.", version=version))

    return _decide(act)


@bp.post("/rollback")
def rollback() -> ResponseReturnValue:
    """Let the bundle serve again that did before."""

    def act(by: By) -> str:
        done = models.roll_back(services(), by, reason=request.form.get("reason", "")[:500])
        return str(gettext("%(version)s labels the posts again.", version=done.version))

    return _decide(act)


@bp.post("/shadow")
def shadow() -> ResponseReturnValue:
    """Run a bundle beside the active one, or end that."""
    version = _version() if request.form.get("version") else ""

    def act(by: By) -> str:
        if not version:
            ended = models.stop_shadow(services(), by)
            return str(gettext("%(version)s does not run any more.", version=ended))
        models.start_shadow(services(), version, by)
        return str(gettext("%(version)s is held against every new post.", version=version))

    return _decide(act)


def _version() -> str:
    """Read which bundle is meant; a path, which the command takes, is none here."""
    wanted = request.form.get("version", "")
    if wanted not in known_versions(services().settings):
        raise NotFoundError(f"there is no bundle of version {wanted!r}")
    return wanted


def _object_text(objection: Objection) -> str:
    """Say in the reader's language what stands against a candidate."""
    message = OBJECTIONS.get(objection.kind)
    return str(message).format(**objection.values) if message else str(objection)


def _decide(act: Callable[[By], str]) -> ResponseReturnValue:
    try:
        flash(act(By(me().name, me().id)))
    except NotCleared as error:
        flash(_object_text(error.objection), "error")
    except TanggapError as error:
        flash(explain(error), "error")
    return redirect(url_for(".index"), 303)
