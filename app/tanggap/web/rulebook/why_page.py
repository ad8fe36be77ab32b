"""Why a post is where it is: every rule that was considered, and what people did since."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from tanggap.inbox.rulebook.why import Step, tell_why
from tanggap.rules.builder import subjects
from tanggap.store.conversations import STATES
from tanggap.store.users import Team, User, list_teams, list_users
from tanggap.web.context import services
from tanggap.web.i18n import language, name_of
from tanggap.web.labels import current_labels, label_name
from tanggap.web.rulebook.action_words import action_text
from tanggap.web.rulebook.rule_words import Words, subject_name, trigger_name
from tanggap.web.rulebook.rules_view import list_names
from tanggap.web.staff_words import reason_text

bp = Blueprint("why", __name__, url_prefix="/inbox/<int:conversation_id>/posts/<int:post_id>")

_STEPS: Final = {
    "claimed": lazy_gettext("took the case"),
    "released": lazy_gettext("gave the case back"),
    "reopened": lazy_gettext("opened the case again"),
    "noted": lazy_gettext("wrote a note"),
    "tagged": lazy_gettext("changed the tags"),
    "handover_invited": lazy_gettext("invited the customer to private"),
    "handover_private": lazy_gettext("saw the case go private"),
    "handover_owed": lazy_gettext("solved the case in private"),
    "handover_closed": lazy_gettext("ended the hand-over with its public conclusion, or without"),
    "rated": lazy_gettext("noted how satisfied the customer is"),
    "permission_granted": lazy_gettext("recorded the permission to share the praise"),
    "permission_declined": lazy_gettext("recorded that the praise may not be shared"),
    "permission_withdrawn": lazy_gettext("took the permission to share back"),
}
_LONGEST: Final = 80


@bp.get("/why")
def show(conversation_id: int, post_id: int) -> ResponseReturnValue:
    """Show what the rules saw and did, and what people changed afterwards."""
    with services().database.read() as session:
        teams = list_teams(session)
        names = _Names(teams, list_users(session))
        part = "why" if "HX-Request" in request.headers else "why_page"
        return render_template(
            f"conversation/{part}.html",
            why=tell_why(session, conversation_id, post_id),
            conversation_id=conversation_id,
            teams=teams,
            words=Words(teams, subjects(current_labels()), list_names(session)),
            names=names,
            trigger_name=trigger_name,
            subject_name=subject_name,
            value_text=value_text,
            action_of=action_of,
        )


def value_text(name: str, value: Any, words: Words) -> str:
    """Write a value that a condition saw."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    text = words.value(name, str(value)).strip("“”")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def action_of(action: Any, teams: list[Team]) -> str:
    """Say what an action did."""
    argument = action.argument()
    return action_text(action.name if argument is None else {action.name: argument}, teams)


class _Names:
    """Writes what people did with the names of teams and people."""

    def __init__(self, teams: list[Team], people: list[User]) -> None:
        self._teams = {team.id: team.name_in(language()) for team in teams}
        self._people = {person.id: person.name for person in people}

    def __call__(self, step: Step) -> str:
        """Say what a person did."""
        detail = step.detail
        if "reason" in detail and step.action in ("assigned", "returned"):
            return self._moved(detail)
        if step.action == "assigned":
            return self._assigned(detail)
        if "label" in detail:
            return str(gettext("set the label %(label)s", label=label_name(str(detail["label"]))))
        if detail.get("state") in STATES and step.action != "reopened":
            state = name_of(str(detail["state"]), "state")
            return str(gettext("set the state %(state)s", state=state))
        return str(_STEPS.get(step.action, step.action.replace("_", " ")))

    def _moved(self, detail: dict[str, Any]) -> str:
        reason = reason_text(detail)
        if detail["to"] is None:
            return str(gettext("put the case back into the queue: %(reason)s", reason=reason))
        whom = self._people.get(detail["to"], str(gettext("nobody")))
        return str(gettext("gave the case to %(whom)s: %(reason)s", whom=whom, reason=reason))

    def _assigned(self, detail: dict[str, Any]) -> str:
        parts = [
            known.get(detail[name], str(gettext("nobody")))
            for name, known in (("team_id", self._teams), ("assignee_id", self._people))
            if name in detail
        ]
        return str(gettext("gave the case to %(whom)s", whom=", ".join(parts)))
