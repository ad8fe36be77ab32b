"""Call-backs in words: windows in the customer's time and the reader's, outcomes, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Flask
from flask_babel import gettext, lazy_gettext

from tanggap.errors import ConflictError, ReplyRefusedError, TanggapError
from tanggap.inbox.cases.wishes import DoNotContactError
from tanggap.inbox.handover.call_back_lists import Viewer
from tanggap.inbox.handover.call_backs import EndedError, UnfitCallBackError
from tanggap.inbox.handover.phones import UnfitPhoneError, dial_phone, show_phone
from tanggap.store.base import utcnow
from tanggap.store.call_backs import PLANNED, CallBack
from tanggap.web.errors import explain
from tanggap.web.i18n import language

ZONES: Final = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
OUTCOMES: Final = {
    "reached": lazy_gettext("Reached; the case goes on"),
    "resolved": lazy_gettext("Reached; the case is solved"),
    "no_answer": lazy_gettext("Nobody answered"),
    "wrong_number": lazy_gettext("Wrong number"),
    "called_off": lazy_gettext("The customer wants no call any more"),
    "cancelled": lazy_gettext("We cannot call: write to the customer"),
}
VIEWS: Final = {
    "mine": lazy_gettext("Mine"),
    "team": lazy_gettext("My team"),
    "today": lazy_gettext("Today"),
    "overdue": lazy_gettext("Overdue"),
}
_PROBLEMS: Final[Mapping[str, Any]] = {
    "zone": lazy_gettext("Choose a time zone, or write one such as Europe/Berlin."),
    "day": lazy_gettext("Choose a day within the next 60 days, with an end still to come."),
    "start": lazy_gettext("Write from when the customer can be called, like 09:00."),
    "end": lazy_gettext("Write until when: after the beginning, at most twelve hours later."),
    "case": lazy_gettext("This case is closed. Open it again before you promise a call."),
    "who": lazy_gettext("Choose who calls."),
}
_DAY_MINUTES: Final = 24 * 60
_LEAST_BAR: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One call in the picture of a day: where it begins and how long it is, in minutes."""

    call: CallBack
    start: int
    length: int
    late: bool


def install_call_backs(app: Flask) -> None:
    """Make known to templates what they call."""
    app.add_template_filter(window_text)
    app.add_template_filter(own_time)
    app.add_template_filter(outcome_name)
    app.add_template_filter(dial_phone)
    app.add_template_filter(show_phone)
    app.add_template_filter(is_missed)
    app.add_template_global(next_window)
    app.add_template_global(window_of)
    app.jinja_env.globals.update(call_zones=ZONES, call_outcomes=OUTCOMES)


def window_text(call: CallBack) -> str:
    """Write a window as the customer said it."""
    return _window(call, call.zone)


def own_time(call: CallBack, zone: str) -> str:
    """Write a window in the reader's time; empty where that is the customer's."""
    starts = call.starts_at
    same = starts.astimezone(ZoneInfo(zone)).utcoffset()
    if same == starts.astimezone(ZoneInfo(call.zone)).utcoffset():
        return ""
    return str(gettext("%(window)s for you", window=_window(call, zone)))


def _window(call: CallBack, zone: str) -> str:
    here, said = ZoneInfo(zone), language()
    starts, ends = call.starts_at.astimezone(here), call.ends_at.astimezone(here)
    day = format_date(starts, "EEE d MMM", locale=said)
    span = "–".join(format_time(at, "HH:mm", locale=said) for at in (starts, ends))
    return f"{day}, {span} {ZONES.get(zone, zone)}"


def outcome_name(state: str) -> str:
    """Say what came of a call."""
    return str(OUTCOMES.get(state, state))


def is_missed(call: CallBack) -> bool:
    """Tell whether a call is late."""
    return call.state == PLANNED and call.ends_at < utcnow()


def next_window(call: CallBack | None = None) -> dict[str, str]:
    """Propose a window as forms write it: of a further call, the same hours of the next day."""
    zone = call.zone if call is not None else next(iter(ZONES))
    if call is not None:
        begin = max(call.starts_at, utcnow()) + timedelta(days=1)
        starts = call.starts_at.astimezone(ZoneInfo(zone))
        ends = call.ends_at.astimezone(ZoneInfo(zone))
        day = begin.astimezone(ZoneInfo(zone)).date()
        return _written(day.isoformat(), starts, ends, zone)
    starts = utcnow().astimezone(ZoneInfo(zone)).replace(minute=0) + timedelta(hours=1)
    ends = starts + timedelta(hours=2)
    if ends.date() != starts.date():
        starts = starts.replace(hour=9) + timedelta(days=1)
        ends = starts + timedelta(hours=2)
    return _written(starts.date().isoformat(), starts, ends, zone)


def window_of(call: CallBack) -> dict[str, str]:
    """Write the window of a call as forms do."""
    here = ZoneInfo(call.zone)
    starts, ends = call.starts_at.astimezone(here), call.ends_at.astimezone(here)
    return _written(starts.date().isoformat(), starts, ends, call.zone)


def _written(day: str, starts: datetime, ends: datetime, zone: str) -> dict[str, str]:
    return {"day": day, "start": f"{starts:%H:%M}", "end": f"{ends:%H:%M}", "zone": zone}


def explain_call(error: TanggapError) -> str:
    """Say what is wrong with a planned call or its end, and what to do."""
    if isinstance(error, UnfitPhoneError):
        return str(gettext("No telephone has this number. Write it like 0812… or +62…"))
    if isinstance(error, UnfitCallBackError):
        return str(_PROBLEMS[error.field])
    if isinstance(error, EndedError):
        return str(gettext("A colleague has said already what came of this call."))
    if isinstance(error, DoNotContactError) and error.may_override:
        return str(
            gettext(
                "This customer asked not to be contacted. Say what the call is about: it is the "
                "reason that goes to the audit log."
            )
        )
    if isinstance(error, ConflictError | ReplyRefusedError):
        return explain(error)
    return str(error)


def draw_day(calls: Sequence[CallBack], viewer: Viewer, now: datetime) -> Sequence[Bar]:
    """Draw the calls that touch the reader's day."""
    begin, end = viewer.day(now)
    drawn: list[Bar] = []
    for call in calls:
        if call.starts_at >= end or call.ends_at <= begin:
            continue
        start = max(0, int((call.starts_at - begin).total_seconds() // 60))
        until = min(_DAY_MINUTES, int((call.ends_at - begin).total_seconds() // 60))
        drawn.append(Bar(call, start, max(_LEAST_BAR, until - start), is_missed(call)))
    return drawn


def minute_of(viewer: Viewer, now: datetime) -> int:
    """Tell how far the reader's day has come, in minutes."""
    return int((now - viewer.day(now)[0]).total_seconds() // 60)


def read_choice(written: str) -> tuple[int | None, int | None]:
    """Read who calls, as `user-7` or `team-3`: the team and the person.

    Raises `UnfitCallBackError`.
    """
    kind, _, number = written.partition("-")
    fits = number.isascii() and number.isdigit() and len(number) < 19
    if not fits or kind not in ("user", "team"):
        raise UnfitCallBackError("who", "nobody was chosen to call")
    return (int(number), None) if kind == "team" else (None, int(number))
