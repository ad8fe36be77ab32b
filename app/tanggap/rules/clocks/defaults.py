"""The targets and open hours that a new installation begins with."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from tanggap.rules.clocks.calendar import BusinessCalendar, Span
from tanggap.rules.clocks.clock import Target, Warns
from tanggap.rules.clocks.holidays import Holidays
from tanggap.rules.clocks.policy import Policy

_WEEKDAY: Final = (Span(8 * 60, 20 * 60),)
_WEEKEND: Final = (Span(9 * 60, 17 * 60),)

DEFAULT_CALENDAR: Final = BusinessCalendar(
    "Asia/Jakarta", (_WEEKDAY,) * 5 + (_WEEKEND,) * 2, Holidays()
)
"""Jakarta's hours, shorter at weekends, closed on public holidays and open on shared leave."""


@cache
def load_default_policies(language: str = "id") -> tuple[Policy, ...]:
    """Load the shipped `defaults.yaml`, with names in one language."""
    written = files("tanggap.rules.clocks").joinpath("defaults.yaml").read_text("utf-8")
    return tuple(
        _policy(str(number), entry, language)
        for number, entry in enumerate(yaml.safe_load(written), start=1)
    )


def _policy(ref: str, entry: dict[str, Any], language: str) -> Policy:
    warns = entry.get("warns")
    return Policy(
        ref=ref,
        name=entry["name"][language],
        where=entry.get("where", {}),
        targets={kind: _target(str(written)) for kind, written in entry["targets"].items()},
        warns=Warns(warns["share"], timedelta(minutes=warns["minutes"])) if warns else None,
    )


def _target(written: str) -> Target:
    minutes, _, always = written.partition(" ")
    return Target(timedelta(minutes=int(minutes)), around_the_clock=always == "always")
