"""What is owed to customers after the answer: promised news, a question, help for the unhappy."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ReplyRefusedError, StaleThreadError
from tanggap.inbox.desk import satisfaction
from tanggap.inbox.follow_up import rating_lists, rating_report
from tanggap.inbox.follow_up.rating_lists import ToAsk
from tanggap.inbox.sending import steps
from tanggap.store.replies import SATISFACTION
from tanggap.store.users import list_teams
from tanggap.web.context import me, services, tasks
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.i18n import language
from tanggap.web.labels import label_name
from tanggap.web.templating import channel_name

bp = Blueprint("follow_up", __name__, url_prefix="/follow-up")

PERIODS = (30, 90, 365)


class Question(NamedTuple):
    """A case to ask about, with the words, or why nothing can be asked."""

    it: ToAsk
    text: str
    visibility: str
    problem: str


@bp.get("")
def index() -> ResponseReturnValue:
    """Show what is due."""
    with services().database.read() as db:
        return render_template(
            "follow_up.html",
            promises=rating_lists.promises(db),
            questions=[_question(db, it) for it in rating_lists.to_ask(db)],
            unhappy=rating_lists.unhappy(db),
            due_counts=rating_lists.count_due(db),
        )


@bp.post("/<int:conversation_id>/ask")
def ask(conversation_id: int) -> ResponseReturnValue:
    """Send the question as it stands in the form."""
    try:
        queued = satisfaction.ask(
            services(),
            conversation_id,
            me().id,
            text=request.form.get("text", ""),
            seen_post_id=read_id(request.form.get("seen_post_id")) or 0,
            idempotency_key=request.form.get("key", "")[:64] or secrets.token_urlsafe(24),
        )
    except StaleThreadError:
        flash(gettext("The conversation has moved on. Open it and look what is new."), "error")
    except (ReplyRefusedError, ConflictError) as error:
        flash(explain(error), "error")
    else:
        tasks().work_on_reply(queued.id, queued.send_after)
        flash(gettext("The question is on its way. You can call it off in the conversation."))
    return redirect(url_for(".index"), 303)


@bp.get("/report")
def report() -> ResponseReturnValue:
    """Show how satisfied customers were."""
    days = read_id(request.args.get("days"))
    days = days if days in PERIODS else PERIODS[0]
    with services().database.read() as db:
        found = rating_report.read_report(db, days or PERIODS[0])
        teams = {team.id: team.name_in(language()) for team in list_teams(db)}
    names = {
        "channel": channel_name,
        "team": lambda key: teams.get(key, gettext("No team")),
        "label": lambda key: label_name(key) if key else gettext("no label"),
    }
    return render_template(
        "follow_up_report.html",
        report=found,
        names=names,
        days=days,
        periods=PERIODS,
        few=rating_report.FEW,
    )


def _question(db: Session, it: ToAsk) -> Question:
    try:
        words = steps.prepare(services(), db, it.case, me().id, SATISFACTION, with_link=False)
    except ReplyRefusedError as error:
        return Question(it, "", "public", explain(error))
    return Question(it, words.text, words.visibility, "")
