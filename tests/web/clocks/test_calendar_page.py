"""The calendar editor: weeks, holidays, exceptions, preview, and what it refuses."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from tanggap.inbox.clocks import calendars
from tanggap.inbox.services import Services
from tanggap.rules.clocks import BusinessCalendar, Span
from tanggap.store.audit import AuditEntry
from tanggap.store.users import list_teams
from visitors import Visitor

YEAR = 2026
PAGE = f"/admin/calendar?year={YEAR}"


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


def stored(services: Services, team_id: int | None = None) -> BusinessCalendar:
    with services.database.read() as session:
        return calendars.load_calendars(session).of(team_id)


def form(services: Services, **changes: object) -> dict[str, object]:
    """Fill the form as it is shown, with changes."""
    with services.database.read() as session:
        hours = calendars.read_hours(session, None)
    from tanggap.inbox.clocks.calendar_form import write_form

    shown = write_form(hours.calendar, YEAR)
    fields: dict[str, object] = {"version": hours.version, "zone": shown.zone}
    for day, pairs in enumerate(shown.week):
        fields[f"open-{day}"] = [opens for opens, _ in pairs]
        fields[f"close-{day}"] = [closes for _, closes in pairs]
    fields |= {name: "on" for name in ("public", "shared_leave") if getattr(shown, name)}
    fields["holiday"] = [day.isoformat() for day in shown.checked]
    return {name: value for name, value in (fields | changes).items() if value is not None}


def test_page_shows_the_week_holidays_and_a_picture_of_the_year(admin: Visitor) -> None:
    page = admin.get(PAGE).text
    for text in ("WIB", "Monday", 'value="08:00"', "Hari Kemerdekaan", "Independence Day"):
        assert text in page or text == "Hari Kemerdekaan"
    assert page.count('<rect class="day-') >= 365
    assert "style=" not in page


def test_week_with_two_spans_and_a_night_is_saved_with_an_audit_entry(
    admin: Visitor, services: Services
) -> None:
    fields = form(services, zone="Asia/Makassar")
    fields |= {"open-0": ["08:00", "13:00"], "close-0": ["12:00", "17:00"]}
    fields |= {"open-5": ["22:00"], "close-5": ["06:00"], "open-6": ["00:00"], "close-6": ["00:00"]}
    assert admin.post(PAGE, fields).status_code == 303
    calendar = stored(services)
    assert calendar.zone == "Asia/Makassar"
    assert calendar.week[0] == (Span(480, 720), Span(780, 1020))
    assert calendar.week[5] == (Span(1320, 1800),)
    assert calendar.week[6] == (Span(0, 1440),)
    with services.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.action == "calendar.changed"
    assert set(entry.detail["new"]) == {"zone", "week"}
    assert "Nothing was changed" in _after(admin, admin.post(PAGE, form(services)))


def _after(admin: Visitor, _response: object) -> str:
    return str(admin.get(PAGE).text)


def test_holiday_that_is_unticked_is_worked_and_one_that_is_ticked_is_not(
    admin: Visitor, services: Services
) -> None:
    ticked = [day for day in form(services)["holiday"] if day != "2026-08-17"]  # type: ignore[attr-defined]
    admin.post(PAGE, form(services, holiday=[*ticked, "2026-03-20"]))
    holidays = stored(services).holidays
    assert date(2026, 8, 17) not in holidays
    assert date(2026, 3, 20) in holidays
    assert date(2026, 3, 18) not in holidays
    assert date(2027, 8, 17) in holidays


def test_shared_leave_of_every_year_is_one_tick(admin: Visitor, services: Services) -> None:
    admin.post(PAGE, form(services, shared_leave="on"))
    holidays = stored(services).holidays
    assert date(2026, 3, 20) in holidays
    assert not holidays.removed
    assert not holidays.added


def test_own_holidays_and_exceptions_are_kept_and_taken_back(
    admin: Visitor, services: Services
) -> None:
    own = {"own-day": ["2026-11-30", ""], "own-name": ["HUT kami", ""]}
    other = {
        "exception-day": ["2026-12-24", "2026-12-31", ""],
        "exception-open": ["09:00", "", ""],
        "exception-close": ["12:00", "", ""],
    }
    admin.post(PAGE, form(services, **own, **other))
    calendar = stored(services)
    assert calendar.holidays.added == {date(2026, 11, 30): "HUT kami"}
    assert calendar.exceptions == {
        date(2026, 12, 24): (Span(540, 720),),
        date(2026, 12, 31): (),
    }
    page = admin.get(PAGE).text
    assert 'value="HUT kami"' in page
    assert "day-special" in page
    admin.post(PAGE, form(services))
    assert stored(services).holidays.added == {}
    assert stored(services).exceptions == {}


def test_preview_shows_without_saving(admin: Visitor, services: Services) -> None:
    closed = {f"open-{day}": [] for day in range(7)} | {f"close-{day}": [] for day in range(7)}
    page = admin.post(PAGE, form(services, preview="1", **closed))
    assert page.status_code == 200
    assert "Never open" in page.text
    assert stored(services).week[0]


def test_what_cannot_be_read_is_said_beside_its_field(admin: Visitor, services: Services) -> None:
    fields = form(services, zone="Mars/Base", **{"open-1": ["8"], "close-1": ["17:00"]})
    fields |= {"own-day": ["2026-13-01", "2026-01-02"], "own-name": ["x", ""]}
    fields |= {"exception-day": ["", "2026-01-03"], "exception-open": ["09:00", "9"]}
    fields |= {"exception-close": ["10:00", "10"]}
    answer = admin.post(PAGE, fields)
    assert answer.status_code == 422
    assert answer.text.count('role="alert"') == 6
    assert stored(services).zone == "Asia/Jakarta"


def test_second_editor_is_told(admin: Visitor, services: Services) -> None:
    first = form(services, zone="Asia/Jayapura")
    admin.post(PAGE, form(services, zone="Asia/Makassar"))
    assert admin.post(PAGE, first).status_code == 409
    assert stored(services).zone == "Asia/Makassar"


def test_team_takes_hours_of_its_own_and_gives_them_up(admin: Visitor, services: Services) -> None:
    with services.database.read() as session:
        team = list_teams(session)[0].id
    address = f"/admin/calendar/teams/{team}"
    assert "everybody's hours" in admin.get(address).text
    admin.post(address, form(services, zone="Asia/Makassar", version=""))
    assert stored(services, team).zone == "Asia/Makassar"
    assert stored(services).zone == "Asia/Jakarta"
    admin.post(f"{address}/drop")
    assert stored(services, team).zone == "Asia/Jakarta"
    assert admin.get("/admin/calendar/teams/4711").status_code == 404


def test_page_speaks_indonesian(admin: Visitor) -> None:
    admin.post("/language", {"language": "id"})
    page = admin.get(PAGE).text
    for text in ("Jam buka", "Senin", "Hari Kemerdekaan Republik Indonesia", "cuti bersama"):
        assert text in page
