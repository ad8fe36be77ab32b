"""What somebody does well and may practise: one's own page, and everybody's for those who coach."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.inbox.coaching import coaching
from tanggap.inbox.coaching.coaching import Point
from tanggap.inbox.coaching.coaching_findings import LOOKED_AT
from tanggap.inbox.follow_up.rating_report import FEW
from tanggap.web.context import me, services
from tanggap.web.filters import read_id
from tanggap.web.labels import label_name
from tanggap.web.templating import channel_name
from tanggap.web.tone.tone_words import code_name

bp = Blueprint("coaching", __name__, url_prefix="/coaching")

PERIODS = (30, 90, 365)
USUAL = 90


@bp.get("")
def index() -> ResponseReturnValue:
    """List the people by name."""
    days = _days()
    with services().database.read() as db:
        people = coaching.list_colleagues(db, days)
    return render_template("coaching/people.html", people=people, days=days, periods=PERIODS)


@bp.get("/mine")
def mine() -> ResponseReturnValue:
    """Show people their own page."""
    return _person(me().id, of_oneself=True)


@bp.get("/<int:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    """Show somebody's page."""
    return _person(user_id, of_oneself=user_id == me().id)


def _person(user_id: int, *, of_oneself: bool) -> ResponseReturnValue:
    days = _days()
    with services().database.read() as db:
        report = coaching.read_coaching(services(), db, user_id, days, of_oneself=of_oneself)
    return render_template(
        "coaching/person.html",
        it=report,
        user_id=user_id,
        own=of_oneself,
        days=days,
        periods=PERIODS,
        few=FEW,
        newest=LOOKED_AT,
        named=named,
        said=said,
        code_name=code_name,
    )


def named(group: str, key: str) -> str:
    """Name a label or a platform."""
    if group == "channel":
        return str(channel_name(key))
    return label_name(key) if key else gettext("no label")


def said(point: Point, *, good: bool) -> str:
    """Say in a sentence what is done well, or worth practising."""
    name = code_name(point.key) if point.kind == "finding" else named(point.group, point.key)
    wording = {
        ("practice", True): gettext("Practice: knows %(name)s well", name=name),
        ("practice", False): gettext("Practice: often takes %(name)s for something else", name=name)
        if point.group == "label"
        else gettext("Practice: labels on %(name)s are often different", name=name),
        ("satisfied", True): gettext("Customers are satisfied: %(name)s", name=name),
        ("satisfied", False): gettext("Customers are often not satisfied: %(name)s", name=name),
        ("team", True): gettext("Practice: chooses the team that the rules choose"),
        ("team", False): gettext("Practice: often chooses another team than the rules"),
        ("returned", True): gettext("Answers pass approval"),
        ("returned", False): gettext("Answers often come back from approval"),
        ("finding", False): gettext("Often found in answers: %(name)s", name=name),
    }
    return str(wording[point.kind, good])


def _days() -> int:
    days = read_id(request.args.get("days"))
    return days if days in PERIODS and days else USUAL
