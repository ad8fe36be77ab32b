"""People who work in the inbox and the teams they form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from tanggap.store.base import Base, Id, utcnow
from tanggap.store.sight import Sight

ADMIN = "admin"
SUPERVISOR = "supervisor"
COMPLIANCE = "compliance"
AGENT = "agent"
JUNIOR = "junior"
ANALYST = "analyst"
READ_ONLY = "read_only"
ROLES = (ADMIN, SUPERVISOR, COMPLIANCE, AGENT, JUNIOR, ANALYST, READ_ONLY)

BLOCKING = (
    *("asks_personal", "foreign_initials", "forbidden", "personal_bank_account"),
    *("personal_card", "personal_nik", "unfilled"),
)
"""What of the tone linter's findings keeps an answer from being sent, unless a team says else."""


class TeamMember(Base):
    """A person's place in a team; leads see to it and are told first."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    lead: Mapped[bool] = mapped_column(default=False)


class User(Base):
    """A person who signs in; `initials` sign every public reply and are unique.

    `only_teams` and `only_accounts` hold the ids of those whose cases the person sees; empty ones
    mean all.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    initials: Mapped[str] = mapped_column(String(8), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32), default=AGENT)
    language: Mapped[str] = mapped_column(String(8), default="id")
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_login_at: Mapped[datetime | None]
    only_teams: Mapped[list[Any]] = mapped_column(default=list)
    only_accounts: Mapped[list[Any]] = mapped_column(default=list)
    teams: Mapped[list[Team]] = relationship(
        secondary="team_members", back_populates="members", order_by="Team.key"
    )

    @property
    def sight(self) -> Sight:
        """What the person is limited to."""
        return Sight(tuple(self.only_teams or ()), tuple(self.only_accounts or ()))


class Team(Base):
    """A group that answers together; rules name it by `key`.

    `blocking` are the codes of the tone linter's findings that keep an answer from being sent,
    `forbidden` the phrases that the team's brand guide allows on no account.
    With `gives_out` its waiting cases are given to whoever is there and has the least to do.
    """

    __tablename__ = "teams"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name_id: Mapped[str] = mapped_column(String(255))
    name_en: Mapped[str] = mapped_column(String(255))
    blocking: Mapped[list[Any]] = mapped_column(default=lambda: list(BLOCKING))
    forbidden: Mapped[list[Any]] = mapped_column(default=list)
    gives_out: Mapped[bool] = mapped_column(default=False)
    members: Mapped[list[User]] = relationship(
        secondary="team_members", back_populates="teams", order_by="User.name"
    )

    def name_in(self, language: str) -> str:
        """Name the team in the reader's language."""
        return self.name_id if language == "id" else self.name_en


def user_by_email(session: Session, email: str) -> User | None:
    """Find a person by e-mail address, whatever its case."""
    return session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def list_teams(session: Session) -> list[Team]:
    """List all teams by key."""
    return list(session.scalars(select(Team).order_by(Team.key)))


def team_ids_by_key(session: Session) -> dict[str, int]:
    """Map team keys, as rules write them, to ids."""
    return dict(session.execute(select(Team.key, Team.id)).all())


def list_users(session: Session) -> list[User]:
    """List the people who may sign in, by name."""
    return list(session.scalars(select(User).where(User.active).order_by(User.name)))


def list_everybody(session: Session) -> list[User]:
    """List everybody with their teams, those who may not sign in any more last."""
    query = select(User).options(selectinload(User.teams))
    return list(session.scalars(query.order_by(User.active.desc(), User.name, User.id)))
