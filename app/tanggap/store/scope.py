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
class Scope:
    """Teams and accounts whose cases a person sees; empty ones mean all.

    A case that no team has is within no choice of teams.
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


EVERYTHING: Final = Scope()
_current: ContextVar[Scope] = ContextVar("tanggap_scope", default=EVERYTHING)


def current() -> Scope:
    """Give the scope in which sessions are opened now."""
    return _current.get()


def enter(scope: Scope) -> None:
    """Open sessions in this scope from now on, until another one is entered."""
    _current.set(scope)


@contextmanager
def limited_to(scope: Scope) -> Iterator[None]:
    """Open sessions in this scope meanwhile."""
    token = _current.set(scope)
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
