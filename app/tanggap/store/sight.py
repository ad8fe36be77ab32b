"""What a person is limited to: the cases of some teams, of some accounts, or of both at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Sight:
    """Teams and accounts whose cases a person sees; empty ones mean all.

    A case that no team has is in sight of nobody who is limited to teams.
    """

    team_ids: tuple[int, ...] = ()
    account_ids: tuple[int, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether anything is out of sight."""
        return bool(self.team_ids or self.account_ids)

    def covers(self, team_id: int | None, account_id: int) -> bool:
        """Tell whether a case of this team on this account is within it."""
        of_team = not self.team_ids or team_id in self.team_ids
        return of_team and (not self.account_ids or account_id in self.account_ids)


EVERYTHING: Final = Sight()
_current: ContextVar[Sight] = ContextVar("tanggap_sight", default=EVERYTHING)


def current() -> Sight:
    """Tell what sessions see that are opened now."""
    return _current.get()


def enter(sight: Sight) -> None:
    """Let sessions see this from now on, until something else is entered."""
    _current.set(sight)


@contextmanager
def limited_to(sight: Sight) -> Iterator[None]:
    """Let sessions that are opened meanwhile see this."""
    token = _current.set(sight)
    try:
        yield
    finally:
        _current.reset(token)


def without_limits(work: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a function see everything, whoever set it going."""

    @wraps(work)
    def unlimited(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        with limited_to(EVERYTHING):
            return work(*args, **kwargs)

    return unlimited
