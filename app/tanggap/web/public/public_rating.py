"""The page on which a customer says how satisfied they are, behind a single-use link."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox import single_use
from tanggap.inbox.follow_up import ratings
from tanggap.store.ratings import BY_LINK, LOW
from tanggap.store.single_use import SingleUseLink
from tanggap.web.context import services
from tanggap.web.filters import read_id

NAMES = {
    1: lazy_gettext("Very dissatisfied"),
    2: lazy_gettext("Dissatisfied"),
    3: lazy_gettext("Neither"),
    4: lazy_gettext("Satisfied"),
    5: lazy_gettext("Very satisfied"),
}


def show(_link: SingleUseLink) -> ResponseReturnValue:
    """Show the question."""
    return _page()


def take(link: SingleUseLink) -> ResponseReturnValue:
    """Keep the score and the words; the link is used up with it."""
    score, words = read_id(request.form.get("score")), request.form.get("words", "")
    if score not in NAMES:
        return _page(problem=gettext("Choose one of the five.")), 422
    with services().database.write() as db:
        single_use.use_up(db, link.id)
        ratings.rate(db, link.conversation_id, score, by=BY_LINK, words=words)
    return render_template(
        "public/done.html",
        heading=gettext("Thank you"),
        text=gettext("We read every answer. If something is not solved yet, we will be in touch.")
        if score <= LOW
        else gettext("We have received your answer."),
    )


def _page(problem: str = "") -> str:
    names = {score: str(name) for score, name in NAMES.items()}
    return render_template(
        "public/rating.html",
        names=names,
        problem=problem,
        typed=request.form.get("words", ""),
        most=ratings.LONGEST_WORDS,
    )
