"""The page of one customer: what is known of them, and their cases."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases import author_cards
from tanggap.inbox.cases.author_cards import UnfitCardError
from tanggap.inbox.follow_up.ratings import ratings_of_author
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.filters import read_id

bp = Blueprint("author_cards", __name__, url_prefix="/authors/<int:author_id>")


@bp.get("")
def show(author_id: int) -> ResponseReturnValue:
    """Show the card."""
    return _page(author_id)


@bp.post("")
def save(author_id: int) -> ResponseReturnValue:
    """Write what is known."""
    form = request.form
    try:
        with services().database.write() as db:
            author_cards.save_card(
                db,
                author_id,
                me().id,
                revision=read_id(form.get("revision")) or 0,
                tier=form.get("tier", ""),
                note=form.get("note", ""),
                do_not_contact="do_not_contact" in form,
            )
    except ConflictError as error:
        return _page(author_id, explain(error), 409)
    flash(gettext("Saved."))
    return redirect(url_for(".show", author_id=author_id), 303)


@bp.post("/link")
def link(author_id: int) -> ResponseReturnValue:
    """Say that the author of a case is the same person."""
    case = read_id(request.form.get("case", "").strip().lstrip("#")) or 0
    try:
        with services().database.write() as db:
            author_cards.link(db, author_id, case, me().id)
    except (NotFoundError, UnfitCardError):
        problem = gettext("Write the number of a case of another author; it is in its address.")
        return _page(author_id, problem, 422)
    return redirect(url_for(".show", author_id=author_id), 303)


@bp.post("/unlink")
def unlink(author_id: int) -> ResponseReturnValue:
    """Say that an author is somebody else after all."""
    other = read_id(request.form.get("other")) or 0
    with services().database.write() as db:
        author_cards.unlink(db, author_id, other, me().id)
    return redirect(url_for(".show", author_id=author_id), 303)


def _page(author_id: int, problem: str = "", status: int = 200) -> ResponseReturnValue:
    with services().database.read() as db:
        card = author_cards.read_card(db, author_id)
        if not card.cases:
            raise NotFoundError(f"author {author_id} has no case that you may see")
        scores = ratings_of_author(db, author_id)
    return render_template("author.html", it=card, scores=scores, problem=problem), status
