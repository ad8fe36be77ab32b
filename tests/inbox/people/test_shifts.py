"""Shifts: weekdays in a zone, past midnight, and days that are otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.inbox.people.shifts import Otherwise, Plan, Span

MONDAY = date(2026, 11, 23)
OFFICE = tuple(Span(weekday, 8 * 60, 17 * 60) for weekday in range(5))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Give a moment of the week of that Monday, in UTC."""
    return datetime(2026, 11, 23 + day, hour, minute, tzinfo=UTC)


def test_office_hours_are_those_of_the_persons_zone() -> None:
    jakarta, jayapura = Plan("Asia/Jakarta", OFFICE), Plan("Asia/Jayapura", OFFICE)
    assert jakarta.is_on(at(0, 1))  # 08:00 WIB
    assert not jakarta.is_on(at(0, 0, 59))
    assert not jakarta.is_on(at(0, 10))  # 17:00 WIB
    assert jayapura.is_on(at(0, 0, 59))  # 09:59 WIT
    assert not jakarta.is_on(at(5, 3))


def test_night_shift_goes_on_past_midnight() -> None:
    night = Plan("Asia/Jakarta", (Span(0, 22 * 60, 6 * 60),))
    assert night.is_on(at(0, 15))  # Monday 22:00
    assert night.is_on(at(0, 22, 59))  # Tuesday 05:59
    assert not night.is_on(at(0, 23))
    assert night.ended_at(at(1, 5)) == at(0, 23)


def test_without_a_weekly_plan_a_person_works_whenever_they_are_there() -> None:
    assert Plan().is_on(at(6, 20))
    assert Plan().ended_at(at(6, 20)) is None


def test_absence_and_a_day_with_other_hours_stand_above_the_week() -> None:
    absent = Plan("UTC", OFFICE, (Otherwise(MONDAY, date(2026, 11, 24)),))
    assert not absent.is_on(at(0, 9))
    assert not absent.is_on(at(1, 9))
    assert absent.is_on(at(2, 9))
    assert absent.ended_at(at(0, 9)) == datetime(2026, 11, 20, 17, tzinfo=UTC)
    extra = Plan("UTC", OFFICE, (Otherwise(MONDAY, MONDAY, 600, 660),))
    assert [hour for hour in range(24) if extra.is_on(at(0, hour))] == [10]
    assert not Plan("UTC", (), (Otherwise(MONDAY, MONDAY),)).is_on(at(0, 9))


def test_of_two_exceptions_for_a_day_the_last_counts() -> None:
    plan = Plan("UTC", OFFICE, (Otherwise(MONDAY, MONDAY), Otherwise(MONDAY, MONDAY, 0, 60)))
    assert plan.is_on(at(0, 0, 30))


spans = st.builds(Span, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1439))
zones = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin"])
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(
    lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since
)


@settings(max_examples=60, deadline=None)
@given(st.lists(spans, max_size=4), zones, moments)
def test_end_of_the_last_shift_is_past_and_nothing_was_on_since(
    weekly: list[Span], zone: str, moment: datetime
) -> None:
    plan = Plan(zone, tuple(weekly))
    ended = plan.ended_at(moment)
    if plan.is_on(moment):
        assert ended is None
    elif ended is not None:
        assert ended <= moment
        assert not plan.is_on(ended + (moment - ended) / 2)
        assert plan.is_on(ended - timedelta(seconds=1))
