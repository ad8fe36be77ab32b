"""Open hours: weeks, midnight, zones, holidays, changed clocks, and laws that always hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.rules.clocks import BusinessCalendar, Holidays, Span, list_year
from tanggap.rules.clocks.calendar import instant

JAKARTA = ZoneInfo("Asia/Jakarta")
OFFICE = Span(8 * 60, 17 * 60)
NIGHT = Span(22 * 60, 30 * 60)
HOUR = timedelta(hours=1)


def weekdays(*spans: Span, zone: str = "Asia/Jakarta", **values: object) -> BusinessCalendar:
    return BusinessCalendar(zone, ((*spans,),) * 5 + ((),) * 2, **values)  # type: ignore[arg-type]


def every_day(*spans: Span, zone: str = "Asia/Jakarta", **values: object) -> BusinessCalendar:
    return BusinessCalendar(zone, ((*spans,),) * 7, **values)  # type: ignore[arg-type]


def at(text: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-02T07:59", False),
        ("2026-11-02T08:00", True),
        ("2026-11-02T16:59:59.999999", True),
        ("2026-11-02T17:00", False),
        ("2026-11-07T10:00", False),  # a Saturday
    ],
)
def test_opening_counts_and_closing_does_not(moment: str, is_open: bool) -> None:
    assert weekdays(OFFICE).is_open(at(moment)) is is_open


def test_lunch_is_a_gap_between_two_spans() -> None:
    calendar = weekdays(Span(480, 720), Span(780, 1020))
    assert calendar.open_time_between(at("2026-11-02T11:00"), at("2026-11-02T14:00")) == 2 * HOUR
    assert calendar.add_open_time(at("2026-11-02T11:30"), HOUR) == at("2026-11-02T13:30")


def test_friday_evening_goes_on_on_monday_morning() -> None:
    due = weekdays(OFFICE).add_open_time(at("2026-11-06T16:00"), 4 * HOUR)
    assert due == at("2026-11-09T11:00")


def test_what_ends_with_the_day_is_due_at_closing_time() -> None:
    assert weekdays(OFFICE).add_open_time(at("2026-11-06T16:00"), HOUR) == at("2026-11-06T17:00")


def test_span_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    calendar = BusinessCalendar("Asia/Jakarta", ((NIGHT,),) + ((),) * 6)
    assert calendar.is_open(at("2026-11-02T23:00"))
    assert calendar.is_open(at("2026-11-03T05:59"))
    assert not calendar.is_open(at("2026-11-03T06:00"))
    assert not calendar.is_open(at("2026-11-02T05:00"))
    assert calendar.next_closing(at("2026-11-02T23:00")) == at("2026-11-03T06:00")


def test_sunday_night_runs_into_monday() -> None:
    calendar = BusinessCalendar("Asia/Jakarta", ((),) * 6 + ((NIGHT,),))
    assert calendar.is_open(at("2026-11-09T03:00"))


def test_overlapping_spans_count_once() -> None:
    calendar = every_day(Span(0, 1440), Span(22 * 60, 30 * 60))
    a_day = calendar.open_time_between(at("2026-11-02T00:00"), at("2026-11-03T00:00"))
    assert a_day == timedelta(days=1)


def test_day_without_end_stays_open_at_midnight() -> None:
    calendar = every_day(Span(0, 1440))
    assert calendar.is_open(at("2026-11-02T23:59:59"))
    assert calendar.is_open(at("2026-11-03T00:00"))


@pytest.mark.parametrize(
    ("zone", "utc_hour"),
    [("Asia/Jakarta", 1), ("Asia/Makassar", 0), ("Asia/Jayapura", 23)],
)
def test_eight_in_the_morning_comes_at_three_moments_in_indonesia(zone: str, utc_hour: int) -> None:
    opening = every_day(OFFICE, zone=zone).next_opening(datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert opening is not None
    assert opening.hour == utc_hour


def test_lebaran_closes_and_shared_leave_only_where_it_is_chosen() -> None:
    public = every_day(OFFICE, holidays=Holidays())
    both = every_day(OFFICE, holidays=Holidays(shared_leave=True))
    eve = at("2026-03-19T17:00")  # Nyepi was on the 19th, Idul Fitri on the 21st and 22nd
    assert public.next_opening(eve) == at("2026-03-20T08:00")
    assert both.next_opening(eve) == at("2026-03-25T08:00")
    assert public.add_open_time(at("2026-03-20T16:00"), 2 * HOUR) == at("2026-03-23T09:00")


def test_removed_holiday_is_worked_and_added_one_is_not() -> None:
    day = date(2026, 8, 17)
    calendar = every_day(OFFICE, holidays=Holidays(removed=frozenset({day})))
    assert calendar.is_open(at("2026-08-17T09:00"))
    own = Holidays(public=False, added={date(2026, 11, 2): "Ulang tahun perusahaan"})
    assert not every_day(OFFICE, holidays=own).is_open(at("2026-11-02T09:00"))


def test_exception_stands_above_weekday_and_holiday() -> None:
    exceptions = {date(2026, 3, 21): (Span(600, 660),), date(2026, 11, 2): ()}
    calendar = weekdays(OFFICE, holidays=Holidays(), exceptions=exceptions)
    assert calendar.is_open(at("2026-03-21T10:30"))
    assert not calendar.is_open(at("2026-11-02T09:00"))


def test_night_before_a_holiday_is_worked_to_its_end() -> None:
    calendar = every_day(NIGHT, holidays=Holidays())
    assert calendar.is_open(at("2026-08-17T03:00"))
    assert not calendar.is_open(at("2026-08-17T23:00"))


def test_clock_put_forward_takes_an_hour_from_the_night() -> None:
    calendar = every_day(NIGHT, zone="Europe/Berlin")
    night = (at("2026-03-28T22:00", "Europe/Berlin"), at("2026-03-29T06:00", "Europe/Berlin"))
    assert calendar.open_time_between(*night) == 7 * HOUR
    night = (at("2026-10-24T22:00", "Europe/Berlin"), at("2026-10-25T06:00", "Europe/Berlin"))
    assert calendar.open_time_between(*night) == 9 * HOUR


def test_opening_time_that_is_skipped_is_when_it_is_skipped() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    skipped = instant(date(2026, 3, 29), 150, berlin)
    assert skipped == datetime(2026, 3, 29, 1, tzinfo=UTC)
    calendar = every_day(Span(150, 195), zone="Europe/Berlin")
    assert calendar.open_time_between(skipped - HOUR, skipped + HOUR) == timedelta(minutes=15)


def test_time_that_comes_twice_counts_when_it_comes_first() -> None:
    assert instant(date(2026, 10, 25), 150, ZoneInfo("Europe/Berlin")) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_calendar_that_never_opens_has_no_due_time() -> None:
    calendar = every_day()
    moment = at("2026-11-02T09:00")
    assert calendar.add_open_time(moment, HOUR) is None
    assert calendar.next_opening(moment) is None
    assert not calendar.is_open(moment)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "Asia"])
def test_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        BusinessCalendar(zone)


@pytest.mark.parametrize("span", [(600, 600), (700, 600), (-1, 5), (1440, 1500), (60, 1501)])
def test_span_that_is_none_is_refused(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no span"):
        every_day(Span(*span))


def test_holidays_of_a_year_are_listed_with_names_in_both_languages() -> None:
    holidays = Holidays(added={date(2026, 1, 2): "Hari libur kami"})
    days = {holiday.day: holiday for holiday in list_year(holidays, 2026)}
    assert days[date(2026, 8, 17)].name == "Hari Kemerdekaan Republik Indonesia"
    assert days[date(2026, 3, 20)].source == "shared_leave"
    assert days[date(2026, 1, 2)].source == "own"
    english = {holiday.day: holiday.name for holiday in list_year(holidays, 2026, "en")}
    assert english[date(2026, 8, 17)] == "Independence Day"


def test_year_the_library_does_not_know_has_no_holidays() -> None:
    assert list_year(Holidays(), 1800) == []
    assert date(1800, 1, 1) not in Holidays()


spans = st.builds(
    lambda start, length: Span(start, start + length),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
some_days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
calendars = st.builds(
    BusinessCalendar,
    st.sampled_from(
        ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "Australia/Lord_Howe"]
    ),
    st.tuples(*[st.lists(spans, max_size=3).map(tuple)] * 7),
    st.builds(
        Holidays,
        st.booleans(),
        st.booleans(),
        st.dictionaries(some_days, st.just("libur"), max_size=3),
        st.frozensets(some_days, max_size=3),
    ),
    st.dictionaries(some_days, st.lists(spans, max_size=2).map(tuple), max_size=3),
)
moments = st.integers(0, 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
durations = st.timedeltas(timedelta(), timedelta(days=9))


@given(calendars, moments, durations, durations)
@settings(max_examples=80, deadline=None)
def test_open_time_is_additive(
    calendar: BusinessCalendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    middle, end = start + one, start + one + two
    whole = calendar.open_time_between(start, end)
    parts = calendar.open_time_between(start, middle) + calendar.open_time_between(middle, end)
    assert whole == parts
    assert timedelta() <= whole <= end - start


@given(calendars, moments, durations)
@settings(max_examples=80, deadline=None)
def test_adding_open_time_is_the_inverse_of_measuring_it(
    calendar: BusinessCalendar, start: datetime, duration: timedelta
) -> None:
    due = calendar.add_open_time(start, duration)
    if due is None:
        assert calendar.open_time_between(start, start + timedelta(days=365)) < duration
        return
    assert calendar.open_time_between(start, due) == duration
    if duration:
        assert calendar.open_time_between(start, due - timedelta(microseconds=1)) < duration


@given(calendars, moments, durations, durations)
@settings(max_examples=80, deadline=None)
def test_more_time_and_a_later_start_are_never_due_earlier(
    calendar: BusinessCalendar, start: datetime, duration: timedelta, more: timedelta
) -> None:
    due = calendar.add_open_time(start, duration)
    longer = calendar.add_open_time(start, duration + more)
    later = calendar.add_open_time(start + more, duration)
    if due is not None:
        assert longer is None or longer >= due
        assert later is None or later >= due


@given(calendars, moments)
@settings(max_examples=80, deadline=None)
def test_opening_is_when_one_is_open_and_not_before(
    calendar: BusinessCalendar, moment: datetime
) -> None:
    opening = calendar.next_opening(moment)
    if opening is None:
        assert not calendar.is_open(moment)
        return
    assert calendar.is_open(opening)
    assert (opening == moment) == calendar.is_open(moment)
    assert calendar.open_time_between(moment, opening) == timedelta()


@given(calendars, moments)
@settings(max_examples=60, deadline=None)
def test_calendar_asked_before_answers_like_a_new_one(
    calendar: BusinessCalendar, moment: datetime
) -> None:
    calendar.open_time_between(moment - timedelta(days=40), moment + timedelta(days=40))
    fresh = BusinessCalendar(calendar.zone, calendar.week, calendar.holidays, calendar.exceptions)
    assert calendar == fresh
    assert calendar.is_open(moment) == fresh.is_open(moment)
    assert calendar.add_open_time(moment, HOUR) == fresh.add_open_time(moment, HOUR)
