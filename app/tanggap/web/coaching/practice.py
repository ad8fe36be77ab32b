"""Practise on past posts: draw one, label it, choose the team, write the answer, see what fits."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError
from tanggap.inbox.coaching import practice, practice_posts
from tanggap.store.users import list_teams
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.i18n import language
from tanggap.web.labels import current_labels

bp = Blueprint("practice", __name__, url_prefix="/practice")

NOWHERE = "none"
"""Stands for no team in the form; nothing chosen is no answer."""

_random = SystemRandom()


@bp.get("")
def index() -> ResponseReturnValue:
    """Show what practice is, how much was practised, and where to begin."""
    with services().database.read() as db:
        count = practice.count_practised(db, me().id)
    return render_template(
        "practice/start.html",
        count=count,
        channels=sorted(services().registry.channels),
        labels=current_labels(),
        wish=_wish(),
    )


@bp.get("/next")
def draw() -> ResponseReturnValue:
    """Draw a post and go there."""
    wish = _wish()
    with services().database.read() as db:
        post_id = practice_posts.draw(
            db,
            me().id,
            labels=current_labels(),
            channel=wish.get("channel", ""),
            focus=wish.get("focus", ""),
            random=_random,
        )
    if post_id is None:
        flash(gettext("There is no past post left to practise on. Choose something else."))
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".show", post_id=post_id, **wish), 303)


@bp.get("/<int:post_id>")
def show(post_id: int) -> ResponseReturnValue:
    """Show the post, or what the person's try was like."""
    return _page(post_id)


@bp.post("/<int:post_id>")
def answer(post_id: int) -> ResponseReturnValue:
    """Keep a try, and show what it was like."""
    team, label = request.form.get("team", ""), request.form.get("label", "")
    text = request.form.get("text", "")
    whole = label in current_labels() and (team == NOWHERE or read_id(team)) and text.strip()
    if not whole or len(text) > practice.LONGEST:
        return _page(post_id, gettext("Choose a label and a team, and write the answer."))
    try:
        with services().database.write() as db:
            practice.take(
                services(),
                db,
                me().id,
                post_id,
                label=label,
                team_id=None if team == NOWHERE else read_id(team),
                text=text,
                labels=current_labels(),
            )
    except ConflictError:
        return _gone()
    return redirect(url_for(".show", post_id=post_id, **_wish()), 303)


def _page(post_id: int, problem: str = "") -> ResponseReturnValue:
    stand_in = gettext("Customer")
    try:
        with services().database.read() as db:
            task = practice.read_task(db, post_id, stand_in=stand_in)
            feedback = practice.read_feedback(services(), db, me().id, post_id, stand_in=stand_in)
            teams = {team.id: team.name_in(language()) for team in list_teams(db)}
    except ConflictError:
        return _gone()
    page = render_template(
        "practice/post.html",
        task=task,
        feedback=feedback,
        team_names=teams,
        labels=current_labels(),
        wish=_wish(),
        given=request.form,
        problem=problem,
        nowhere=NOWHERE,
        longest=practice.LONGEST,
    )
    return (page, 422) if problem else page


def _gone() -> ResponseReturnValue:
    flash(gettext("That post is not for practice, or not any more. Draw another one."), "warning")
    return redirect(url_for(".index"), 303)


def _wish() -> dict[str, Any]:
    """Read which platform and label the person wants to practise."""
    channel, focus = request.args.get("channel", ""), request.args.get("focus", "")
    wish: dict[str, Any] = {}
    if channel in services().registry.channels:
        wish["channel"] = channel
    if focus in current_labels():
        wish["focus"] = focus
    return wish
