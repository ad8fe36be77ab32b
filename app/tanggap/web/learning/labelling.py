"""The page on which people label suggested posts, one key a post."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.errors import NotFoundError
from tanggap.inbox.learning import labelling
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.labels import current_labels, label_name

bp = Blueprint("labelling", __name__, url_prefix="/labelling")

REASONS = {
    "unsure": lazy_gettext("The model is not sure"),
    "random": lazy_gettext("Drawn by lot, to keep the sample fair"),
}


@bp.get("")
def show() -> ResponseReturnValue:
    """Show the next post to label."""
    after = read_id(request.args.get("after"))
    with services().database.read() as db:
        asked = labelling.next_asked(db, me().id, after)
        progress = labelling.read_progress(db)
    return render_template(
        "labelling.html",
        asked=asked,
        progress=progress,
        labels=current_labels(),
        reasons=REASONS,
    )


@bp.post("/<int:post_id>")
def answer(post_id: int) -> ResponseReturnValue:
    """Take what the post is, then show the next one."""
    label = request.form.get("label", "")
    try:
        with services().database.write() as db:
            labelling.answer(db, post_id, me().id, label, labels=current_labels())
    except NotFoundError:
        flash(gettext("That post or label is gone; nothing was changed."), "warning")
    else:
        flash(gettext("Noted: %(label)s", label=label_name(label)))
    return redirect(url_for(".show"), 303)
