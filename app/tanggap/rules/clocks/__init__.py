"""Business calendars and the clocks of a case, as pure functions."""

from __future__ import annotations

from tanggap.rules.clocks import events, fold
from tanggap.rules.clocks.calendar import BusinessCalendar, Interval, Span
from tanggap.rules.clocks.clock import (
    ACKNOWLEDGE,
    ANSWERS,
    AROUND_THE_CLOCK,
    BY_POLICY,
    FIRST_ANSWER,
    FOLLOW_UP,
    KINDS,
    NEXT_ANSWER,
    RESOLUTION,
    UPDATE,
    ClockState,
    Target,
    Warns,
)
from tanggap.rules.clocks.events import CaseEvent
from tanggap.rules.clocks.fold import Told, tell
from tanggap.rules.clocks.holidays import Holiday, Holidays, list_year
from tanggap.rules.clocks.policy import FIELDS, CaseFacts, Policy, Targets, choose_targets

__all__ = [
    "ACKNOWLEDGE",
    "ANSWERS",
    "AROUND_THE_CLOCK",
    "BY_POLICY",
    "FIELDS",
    "FIRST_ANSWER",
    "FOLLOW_UP",
    "KINDS",
    "NEXT_ANSWER",
    "RESOLUTION",
    "UPDATE",
    "BusinessCalendar",
    "CaseEvent",
    "CaseFacts",
    "ClockState",
    "Holiday",
    "Holidays",
    "Interval",
    "Policy",
    "Span",
    "Target",
    "Targets",
    "Told",
    "Warns",
    "choose_targets",
    "events",
    "fold",
    "list_year",
    "tell",
]
