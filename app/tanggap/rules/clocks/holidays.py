"""The days a calendar is closed on: Indonesia's public holidays and shared leave, and own ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from typing import Final, NamedTuple

PUBLIC: Final = "public"
SHARED_LEAVE: Final = "shared_leave"
OWN: Final = "own"

KNOWN_YEARS: Final = range(1990, 2100)
"""Years that holidays are asked of; dates far in the future are estimates of the library."""

# What the library calls cuti bersama, by the decree of the ministers each year.
_CATEGORIES: Final = {PUBLIC: "public", SHARED_LEAVE: "government"}
_LANGUAGES: Final = {"id": "id", "en": "en_US"}


class Holiday(NamedTuple):
    """One day with its name and where it comes from."""

    day: date
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Holidays:
    """Which days are holidays: those of Indonesia by source, less `removed`, plus `added`."""

    public: bool = True
    shared_leave: bool = False
    added: Mapping[date, str] = field(default_factory=dict)
    removed: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Tell whether a day is a holiday."""
        if day in self.added:
            return True
        if day in self.removed:
            return False
        return any(day in official(day.year, source) for source in self.sources)

    @property
    def sources(self) -> Sequence[str]:
        """The official lists that count."""
        chosen = ((PUBLIC, self.public), (SHARED_LEAVE, self.shared_leave))
        return [source for source, counts in chosen if counts]


def official(year: int, source: str, language: str = "id") -> Mapping[date, str]:
    """Map the days of one official list of a year to their names."""
    if year not in KNOWN_YEARS:
        return {}
    return _ask(year, source, language)


@cache
def _ask(year: int, source: str, language: str) -> Mapping[date, str]:
    # Loaded late: the library knows a hundred countries, and most commands ask for none.
    countries = import_module("holidays.countries")
    days = countries.Indonesia(
        years=year, categories=(_CATEGORIES[source],), language=_LANGUAGES[language]
    )
    return {day: name for day, name in days.items() if day.year == year}


def list_year(holidays: Holidays, year: int, language: str = "id") -> list[Holiday]:
    """List every day of a year that could be a holiday, own ones among them, by date."""
    found = {
        day: Holiday(day, name, source)
        for source in (SHARED_LEAVE, PUBLIC)
        for day, name in official(year, source, language).items()
    }
    own = {
        day: Holiday(day, name, OWN)
        for day, name in holidays.added.items()
        if day.year == year and day not in found
    }
    return sorted((found | own).values())
