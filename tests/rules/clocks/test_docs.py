"""Every example on the page about clocks is a case that is told here, and its tables are true."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tanggap.rules.clocks import (
    BY_POLICY,
    KINDS,
    BusinessCalendar,
    CaseEvent,
    ClockState,
    Holidays,
    Policy,
    Span,
    Target,
    Targets,
    events,
    tell,
)
from tanggap.rules.clocks.defaults import load_default_policies

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "sla.md").read_text("utf-8")
CASES = re.findall(r"```case\n(.*?)```", PAGE, re.DOTALL)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SAID = {
    "customer": events.CUSTOMER,
    "we": events.OURS,
    "call": events.CALLED,
    "resolve": events.RESOLVED,
    "open": events.OPENED,
    "not ours": events.NOT_OURS,
    "wait": events.WAITING,
    "pause": events.PAUSED,
    "resume": events.RESUMED,
}
POLICY = Policy(ref="docs")


def length(written: str) -> timedelta:
    hours, minutes = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", written).groups()  # type: ignore[union-attr]
    return timedelta(hours=int(hours or 0), minutes=int(minutes or 0))


def targets(written: str) -> Targets:
    found = {}
    for part in written.split(", "):
        kind, within, *around = part.split(" ", 2)
        found[kind] = (Target(length(within), around_the_clock=bool(around)), POLICY)
    return Targets(found)


def week(written: str) -> tuple[tuple[Span, ...], ...]:
    first, last, opens, closes = re.fullmatch(  # type: ignore[union-attr]
        r"(\w+)-(\w+) (\d\d:\d\d)-(\d\d:\d\d)", written
    ).groups()
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in (opens, closes))
    span = Span(start, end if end > start else end + 1440)
    open_days = range(DAYS.index(first), DAYS.index(last) + 1)
    return tuple((span,) if day in open_days else () for day in range(7))


class Story:
    """One example as it stands on the page."""

    def __init__(self, text: str) -> None:
        self.zone = "Asia/Jakarta"
        self.targets = Targets()
        self.calendar = BusinessCalendar()
        self.events: list[CaseEvent] = []
        self.outcomes: list[str] = []
        lines = text.strip().splitlines()
        for line in sorted(lines, key=lambda line: not line.startswith("zone")):
            self.read(line)
        self.calendar = replace(self.calendar, zone=self.zone)

    def read(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name == "=>":
            self.outcomes.append(rest)
        elif name == "zone":
            self.zone = rest
        elif name == "targets":
            self.targets = targets(rest)
        elif name == "hours":
            self.calendar = replace(self.calendar, week=week(rest))
        elif name == "holidays":
            self.calendar = replace(
                self.calendar, holidays=Holidays(shared_leave="shared leave" in rest)
            )
        else:
            self.happen(line)

    def happen(self, line: str) -> None:
        at, what = self.moment(line[:16]), line[17:]
        post = len(self.events) + 1
        if what.startswith("promise "):
            until = self.moment(what.removeprefix("promise "))
            self.events.append(CaseEvent(at=at, what=events.PROMISED, until=until))
            return
        self.events.append(
            CaseEvent(at=at, what=SAID[what.removesuffix(", only acknowledging")], post=post)
        )
        if what.endswith(", only acknowledging"):
            self.events.append(CaseEvent(at=at, what=events.ACKNOWLEDGED, post=post))

    def moment(self, written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def written(self, clock: ClockState) -> str:
        """Say of a clock what the page says."""
        if clock.paused_at is not None:
            left = (clock.within - clock.spent) // timedelta(minutes=1)
            return f"{clock.kind} paused, {left // 60}h{left % 60}m left"
        assert clock.due_at is not None
        due = f"{clock.due_at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"
        how = "running"
        if clock.met_at is not None:
            how = "late" if clock.broken_at else "met"
        elif clock.ended_at is not None:
            how = "missed" if clock.broken_at and clock.ended_by == "resolved" else "ended"
        return f"{clock.kind} due {due}, {how}"


@pytest.mark.parametrize("text", CASES)
def test_example_of_the_page_is_true(text: str) -> None:
    story = Story(text)
    told = tell(story.events, story.targets, story.calendar)
    newest = {clock.kind: clock for clock in told.clocks}
    assert story.outcomes
    shown = [story.written(newest[outcome.split()[0]]) for outcome in story.outcomes]
    assert shown == story.outcomes


def test_page_has_examples_of_every_clock() -> None:
    assert len(CASES) >= 15
    assert {outcome.split()[0] for text in CASES for outcome in Story(text).outcomes} == set(KINDS)


def test_every_clock_is_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert tuple(rows) == KINDS


def test_table_of_targets_is_what_ships() -> None:
    part = PAGE.split("| case | acknowledge")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()[2:]]
    shipped = [[told(policy.targets.get(kind)) for kind in BY_POLICY] for policy in policies()]
    assert sorted(row[1:] for row in rows) == sorted(shipped)
    for row in rows:
        around = row[0].endswith("day and night")
        assert [row[1:], around] in [
            [cells, any(t.around_the_clock for t in policy.targets.values())]
            for cells, policy in zip(shipped, policies(), strict=True)
        ]


def policies() -> tuple[Policy, ...]:
    return load_default_policies("en")


def told(target: Any) -> str:
    if target is None:
        return ""
    minutes = target.within // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def test_lebaran_of_the_page_is_lebaran() -> None:
    holidays = Holidays(shared_leave=True)
    assert all(date(2026, 3, day) in holidays for day in (18, 19, 20, 21, 22, 23, 24))
    public = Holidays()
    assert [day for day in range(18, 25) if date(2026, 3, day) in public] == [19, 21, 22]
