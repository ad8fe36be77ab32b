"""What the actions of rules do, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Flask
from flask_babel import gettext, lazy_gettext

from tanggap.store.users import Team
from tanggap.web.clocks.clock_words import CLOCKS
from tanggap.web.i18n import language, name_of
from tanggap.web.time_words import length_text
from tanggap.web.tone.tone_words import FORMALITIES

_PLAIN: Final = {
    "mark_not_ours": lazy_gettext("not ours"),
    "request_human": lazy_gettext("a person checks the label"),
    "require_approval": lazy_gettext("answers are approved first"),
    "hide": lazy_gettext("hidden on the platform"),
    "assign_by_load": lazy_gettext("whoever has the least to do"),
    "stop": lazy_gettext("no further rules"),
}


def action_text(action: object, teams: Sequence[Team]) -> str:
    """Say what a rule's action does, from the form in which rules store it."""
    name, value = next(iter(action.items())) if isinstance(action, dict) else (str(action), None)
    if name in _WITH_VALUE and value is not None:
        return str(_WITH_VALUE[name](value, {team.key: team.name_in(language()) for team in teams}))
    if name in _PLAIN:
        return str(_PLAIN[name])
    readable = str(name).replace("_", " ")
    return readable if value is None else f"{readable}: {value}"


def install_action_words(app: Flask) -> None:
    """Make the words known to an app's templates."""
    app.add_template_filter(action_text)


def _notify(value: Any, teams: dict[str, str]) -> str:
    given = {"team": value} if isinstance(value, str) else value
    whom = given.get("person") or teams.get(given.get("team", ""), given.get("team", ""))
    told = gettext("tells %(whom)s", whom=whom or gettext("whoever has the case"))
    mailed = gettext("%(told)s, by e-mail too", told=told) if given.get("email") else told
    return str(f"{mailed}: {given['text']}" if given.get("text") else mailed)


def _alert(value: Any, _teams: dict[str, str]) -> str:
    return str(gettext("alert: %(text)s", text=value if isinstance(value, str) else value["text"]))


def _by_load(value: Any, _teams: dict[str, str]) -> str:
    skills = ", ".join(value.get("skills", ()))
    if not skills:
        return str(_PLAIN["assign_by_load"])
    return str(gettext("whoever has the least to do, with %(skills)s", skills=skills))


def _clock(value: Any) -> str:
    return str(CLOCKS.get(value, gettext("all clocks") if value == "all" else value))


_WITH_VALUE: Final[dict[str, Callable[[Any, dict[str, str]], str]]] = {
    "assign_team": lambda value, teams: gettext("team: %(name)s", name=teams.get(value, value)),
    "assign_person": lambda value, _: gettext("person: %(name)s", name=value),
    "assign_by_load": _by_load,
    "set_priority": lambda value, _: gettext("priority: %(name)s", name=name_of(value, "priority")),
    "add_tags": lambda value, _: gettext("tags: %(names)s", names=", ".join(value)),
    "remove_tags": lambda value, _: gettext("takes off tags: %(names)s", names=", ".join(value)),
    "set_tone_profile": lambda value, _: gettext(
        "tone: %(name)s", name=FORMALITIES.get(value, value)
    ),
    "suggest_template": lambda value, _: gettext("suggests %(name)s first", name=value),
    "notify": _notify,
    "raise_alert": _alert,
    "pause_clock": lambda value, _: gettext("pauses: %(clock)s", clock=_clock(value)),
    "resume_clock": lambda value, _: gettext("lets run again: %(clock)s", clock=_clock(value)),
    "start_clock": lambda value, _: gettext(
        "%(clock)s within %(time)s",
        clock=_clock(value["clock"]),
        time=length_text(value["within"]),
    ),
    "call": lambda value, _: gettext(
        "calls %(name)s", name=value["action"] if isinstance(value, dict) else value
    ),
}
