"""Who is signed in, as views see them: a plain value, detached from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from tanggap.inbox.people import permissions
from tanggap.inbox.people.permissions import Permission
from tanggap.inbox.people.sign_ins import hash_key, is_of
from tanggap.store.base import BigId, UtcDateTime, utcnow
from tanggap.store.invitations import SecondFactor
from tanggap.store.sight import EVERYTHING, Sight
from tanggap.store.sign_ins import SignIn
from tanggap.store.staff import DEFAULT_ZONE, Presence, Staff
from tanggap.store.users import ADMIN, TeamMember, User

SIGN_IN: Final = "sign_in"
"""Where the session cookie holds the key of its sign-in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a valid session; `epoch` grows when all their sessions are ended.

    `sign_in_id` is the sign-in of this browser, which was last noted at `seen_at`; a program has
    a `token_id` with `scopes` instead.
    """

    id: int
    epoch: int
    name: str
    email: str
    initials: str
    role: str
    language: str
    team_ids: Sequence[int]
    away: bool = False
    has_second_factor: bool = False
    sign_in_id: int = 0
    seen_at: datetime | None = None
    token_id: int = 0
    scopes: frozenset[str] = frozenset()
    sight: Sight = EVERYTHING
    zone: str = DEFAULT_ZONE

    is_active = True
    is_authenticated = True
    is_anonymous = False

    def get_id(self) -> str:
        """Give what the session cookie remembers."""
        return f"{self.id}.{self.epoch}"

    @property
    def is_admin(self) -> bool:
        """Whether this person may change the installation."""
        return self.role == ADMIN

    def may(self, permission: str) -> bool:
        """Tell whether this person's role allows something, by the name of the permission."""
        return permissions.may(self.role, Permission(permission), limited=self.sight.limited)


def signed_in(user: User, *, away: bool = False, has_second_factor: bool = False) -> SignedIn:
    """Make the value of a person whose teams are loaded."""
    return SignedIn(
        id=user.id,
        epoch=user.session_epoch,
        name=user.name,
        email=user.email,
        initials=user.initials,
        role=user.role,
        language=user.language,
        team_ids=tuple(team.id for team in user.teams),
        away=away,
        has_second_factor=has_second_factor,
        sight=user.sight,
    )


def load_signed_in(session: Session, remembered: str, key: str | None = None) -> SignedIn | None:
    """Find the person a cookie remembers, unless their sessions were ended since.

    With a key, the sign-in that it is of must not have been ended either.
    """
    user_id, _, epoch = remembered.partition(".")
    if not (user_id.isascii() and user_id.isdigit() and len(user_id) < 19):
        return None
    values = {_ID: int(user_id), _KEY: hash_key(key or ""), _NOW: utcnow()}
    rows = session.execute(_person(), values).all()
    if not rows or str(rows[0].session_epoch) != epoch:
        return None
    found = rows[0]
    if key is not None and found.sign_in_id is None:
        return None
    return SignedIn(
        id=found.id,
        epoch=found.session_epoch,
        name=found.name,
        email=found.email,
        initials=found.initials,
        role=found.role,
        language=found.language,
        team_ids=tuple(row.team_id for row in rows if row.team_id is not None),
        away=found.away_since is not None,
        has_second_factor=found.confirmed_at is not None,
        sign_in_id=found.sign_in_id or 0,
        seen_at=found.seen_at,
        sight=Sight(tuple(found.only_teams or ()), tuple(found.only_accounts or ())),
        zone=found.zone or DEFAULT_ZONE,
    )


_ID: Final = "user_id"
_KEY: Final = "key_hash"
_NOW: Final = "now"


# Made once: it runs for every request, and building it takes longer than running it.
@cache
def _person() -> Select[Any]:
    """Find a person with all that stands around them, a row for each of their teams."""
    own = is_of(bindparam(_KEY), bindparam(_NOW, type_=UtcDateTime()))
    return (
        select(
            *(User.id, User.session_epoch, User.name, User.email, User.initials, User.role),
            *(User.language, User.only_teams, User.only_accounts),
            *(Presence.away_since, SecondFactor.confirmed_at, Staff.zone, TeamMember.team_id),
            SignIn.id.label("sign_in_id"),
            SignIn.seen_at,
        )
        .outerjoin(Presence, Presence.user_id == User.id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(SignIn, own)
        .outerjoin(TeamMember, TeamMember.user_id == User.id)
        .where(User.id == bindparam(_ID, type_=BigId), User.active)
        .order_by(TeamMember.team_id)
    )
