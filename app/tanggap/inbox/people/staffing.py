"""Decide who should have which case, from the state of people and cases alone.

Pure: the same state gives the same moves, and none once they are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from tanggap.store.sight import EVERYTHING, Sight

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

NAMED: Final = "named"
LAST_AGENT: Final = "last_agent"
LEAST_LOADED: Final = "least_loaded"
OFFLINE: Final = "offline"
SHIFT_ENDED: Final = "shift_ended"
DEACTIVATED: Final = "deactivated"
OUT_OF_SIGHT: Final = "out_of_sight"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long cases stay with somebody who is gone."""

    urgent: timedelta = timedelta(minutes=3)
    shift: timedelta = timedelta(minutes=30)


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who answers; empty `languages` and `platforms` mean all.

    `absent_since` is None while they are there; `shift_ended_at` is None during a shift and for
    those who have none. `capacity` 0 gives them nothing but what names them.
    """

    id: int
    team_ids: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    capacity: int = 0
    load: int = 0
    active: bool = True
    on_shift: bool = True
    absent_since: datetime | None = None
    shift_ended_at: datetime | None = None
    given_at: datetime | None = None
    sight: Sight = EVERYTHING

    @property
    def available(self) -> bool:
        """Whether the person can take a case up now."""
        return self.active and self.on_shift and self.absent_since is None

    def sees(self, case: Case) -> bool:
        """Tell whether the person is limited to nothing that the case is not of."""
        return self.sight.covers(case.team_id, case.account_id)

    def knows(self, case: Case) -> bool:
        """Tell whether the person has the skills that a case needs."""
        mine = self.languages | self.platforms | self.products
        return (
            (not self.languages or case.language is None or case.language in self.languages)
            and (not self.platforms or case.platform in self.platforms)
            and case.skills <= mine
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An open case; `by_load`, `sticky`, `skills` and `named_id` are what team and rules ask for.

    `language` is None where everybody can read it.
    """

    id: int
    revision: int = 1
    team_id: int | None = None
    account_id: int = 0
    priority: int = 2
    waiting_since: datetime = _NEVER
    assignee_id: int | None = None
    assigned_at: datetime | None = None
    language: str | None = None
    platform: str = ""
    skills: frozenset[str] = frozenset()
    named_id: int | None = None
    by_load: bool = False
    sticky: bool = False
    last_agent_id: int | None = None

    @property
    def urgent(self) -> bool:
        """Whether it may not wait for somebody who is gone."""
        return self.priority == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A case changes hands, or goes back to the queue when `to_id` is None.

    `reason` says why it was given or, for the queue, why it was taken; `of` is how many people
    could have had it.
    """

    case_id: int
    revision: int
    from_id: int | None
    to_id: int | None
    reason: str
    of: int = 0


@dataclass(slots=True)
class _Desk:
    """How things stand while moves are decided one after the other."""

    people: Mapping[int, Person]
    load: dict[int, int] = field(default_factory=dict)
    given: dict[int, tuple[datetime, int]] = field(default_factory=dict)

    def room(self, person: Person) -> bool:
        return self.load[person.id] < person.capacity

    def rank(self, person: Person) -> tuple[Fraction, tuple[datetime, int], int]:
        """Order by the share of what they take that they have, then by who waits longest."""
        share = Fraction(self.load[person.id], person.capacity)
        return share, self.given[person.id], person.id

    def give(self, person_id: int, now: datetime, number: int) -> None:
        self.load[person_id] += 1
        self.given[person_id] = (now, number)


def decide(
    people: Iterable[Person],
    cases: Iterable[Case],
    now: datetime,
    patience: Patience = PATIENCE,
) -> list[Move]:
    """Say which cases should change hands, urgent and long-waiting ones first."""
    known = {person.id: person for person in people}
    desk = _Desk(known)
    desk.load = {person.id: person.load for person in known.values()}
    desk.given = {person.id: (person.given_at or _NEVER, 0) for person in known.values()}
    free: list[tuple[Case, str]] = []
    for case in cases:
        why = _must_leave(case, known, now, patience)
        if case.assignee_id is None or why:
            free.append((case, why))
    for case, why in free:
        if why and case.assignee_id in desk.load:
            desk.load[case.assignee_id] -= 1
    free.sort(key=lambda one: (one[0].priority, one[0].waiting_since, one[0].id))
    moves = [_place(desk, case, why, now, number) for number, (case, why) in enumerate(free, 1)]
    return [move for move in moves if move is not None]


def _must_leave(case: Case, people: Mapping[int, Person], now: datetime, patience: Patience) -> str:
    """Say why a case cannot stay with who has it; empty if it can."""
    if case.assignee_id is None:
        return ""
    person = people.get(case.assignee_id)
    if person is None or not person.active:
        return DEACTIVATED
    if not person.sees(case):
        return OUT_OF_SIGHT
    return _absent_too_long(case, person, now, patience)


def _absent_too_long(case: Case, person: Person, now: datetime, patience: Patience) -> str:
    if person.absent_since is None:
        return ""
    since = case.assigned_at or _NEVER
    if case.urgent and now - max(since, person.absent_since) >= patience.urgent:
        return OFFLINE
    ended = person.shift_ended_at
    if ended is not None and now - max(since, ended) >= patience.shift:
        return SHIFT_ENDED
    return ""


def _place(desk: _Desk, case: Case, why: str, now: datetime, number: int) -> Move | None:
    person, reason, of = _choose(desk, case)
    if person is None and not why:
        return None
    if person is not None:
        desk.give(person.id, now, number)
    return Move(
        case_id=case.id,
        revision=case.revision,
        from_id=case.assignee_id,
        to_id=person.id if person is not None else None,
        reason=reason or why,
        of=of,
    )


def _choose(desk: _Desk, case: Case) -> tuple[Person | None, str, int]:
    named = desk.people.get(case.named_id) if case.named_id is not None else None
    if named is not None and named.available and named.sees(case):
        return named, NAMED, 1
    pool = candidates(desk.people.values(), case) if case.by_load else []
    with_room = [person for person in pool if desk.room(person)]
    if not with_room:
        return None, "", 0
    if case.sticky:
        for person in with_room:
            if person.id == case.last_agent_id:
                return person, LAST_AGENT, len(with_room)
    return min(with_room, key=desk.rank), LEAST_LOADED, len(with_room)


def candidates(people: Iterable[Person], case: Case) -> Sequence[Person]:
    """List who of the case's team is there, on shift, and knows what it needs."""
    return [
        person
        for person in people
        if person.available
        and person.capacity > 0
        and (case.team_id is None or case.team_id in person.team_ids)
        and person.sees(case)
        and person.knows(case)
    ]
