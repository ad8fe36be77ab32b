"""Words and pictures of staffing: weekdays, hours, reasons, and what is wrong with a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext, lazy_gettext

from tanggap.errors import TanggapError
from tanggap.inbox.people import people, staff_admin, staff_form, staffing
from tanggap.inbox.people.people import OccupiedError, UnfitError
from tanggap.inbox.people.shifts import Plan
from tanggap.inbox.people.staff_form import write_span
from tanggap.store.staff import DAY_MINUTES

WEEKDAYS: Final = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
_PROBLEMS: Final[Mapping[str, Any]] = {
    "email": lazy_gettext("This is not an e-mail address. Write it as in ayu@example.com."),
    "name": lazy_gettext("A name has between 1 and 255 characters."),
    "name_id": lazy_gettext("A name has between 1 and 255 characters."),
    "name_en": lazy_gettext("A name has between 1 and 255 characters."),
    "role": lazy_gettext("Choose one of the roles."),
    "initials": lazy_gettext("Initials are 2 to 4 letters or digits, a letter first."),
    "key": lazy_gettext("A key is lower-case letters, digits, - and _, a letter first."),
    "zone": lazy_gettext("Choose one of the time zones."),
    "first_day": lazy_gettext("Choose the first day."),
    "last_day": lazy_gettext("The last day is not before the first, nor a year after it."),
    "times": lazy_gettext("Write one span such as 08:00-12:00, or nothing for an absence."),
}
_OCCUPIED: Final[Mapping[str, Any]] = {
    "email": lazy_gettext("Somebody has this e-mail address already."),
    "initials": lazy_gettext("Somebody signs with these initials already. Choose others."),
    "key": lazy_gettext("There is a team with this key already."),
    "role": lazy_gettext("This is the only administrator. Make somebody else one first."),
    "break_glass": lazy_gettext(
        "This is the one administrator who keeps a password. Choose another one for that under "
        "Single sign-on first."
    ),
    "limits": lazy_gettext(
        "Administrators see everything. Lift the limits first, or choose another role."
    ),
}
_REASONS: Final[Mapping[str, Any]] = {
    staffing.NAMED: lazy_gettext("a rule names them"),
    staffing.LAST_AGENT: lazy_gettext("they answered this customer last"),
    staffing.OFFLINE: lazy_gettext("who had it went offline"),
    staffing.SHIFT_ENDED: lazy_gettext("the shift of who had it is over"),
    staffing.OUT_OF_SIGHT: lazy_gettext("who had it is limited to other cases"),
    staffing.DEACTIVATED: lazy_gettext("who had it cannot sign in any more"),
}


def explain(error: TanggapError) -> str:
    """Say what is wrong with what was typed, and what to do."""
    if isinstance(error, OccupiedError):
        return str(_OCCUPIED[error.field])
    field = error.field if isinstance(error, UnfitError) else ""
    if field == "password":
        return str(
            gettext(
                "A password has between %(least)d and %(most)d characters.",
                least=people.PASSWORD_SHORTEST,
                most=people.PASSWORD_LONGEST,
            )
        )
    if field == "capacity":
        return str(
            gettext("Enter a number between 0 and %(most)d.", most=staff_admin.CAPACITY_MOST)
        )
    if field == "products":
        return str(
            gettext(
                "At most %(count)d skills of at most %(length)d characters.",
                count=staff_form.SKILLS_MOST,
                length=staff_form.SKILL_LONGEST,
            )
        )
    if field.startswith("day"):
        return str(gettext("Write spans such as 08:00-12:00, 13:00-17:00; at most four a day."))
    return str(_PROBLEMS.get(field, error))


def reason_text(detail: Mapping[str, Any]) -> str:
    """Say why a case changed hands, from its audit entry."""
    reason = str(detail.get("reason", ""))
    if reason == staffing.LEAST_LOADED:
        return str(gettext("least loaded of %(count)d on shift", count=detail.get("of", 0)))
    return str(_REASONS.get(reason, ""))


def hours_of(plan: Plan) -> list[str]:
    """Write the hours of each weekday."""
    return [
        ", ".join(write_span(span) for span in plan.weekly if span.weekday == day)
        for day in range(7)
    ]


def bars(plan: Plan) -> Sequence[Sequence[tuple[int, int]]]:
    """Give each weekday's hours as (from, length) in minutes; nights are cut at midnight."""
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for span in plan.weekly:
        if span.ends > span.starts:
            week[span.weekday].append((span.starts, span.ends - span.starts))
            continue
        week[span.weekday].append((span.starts, DAY_MINUTES - span.starts))
        if span.ends:
            week[(span.weekday + 1) % 7].append((0, span.ends))
    return week
