"""Invite people: a link that works once, for a week, and makes the account of its role."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from tanggap.errors import NotFoundError
from tanggap.inbox.people.people import OccupiedError, create_user, fit_email, fit_role
from tanggap.inbox.people.people_limits import facts, fit_limits
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.invitations import Invitation
from tanggap.store.sight import EVERYTHING, Sight
from tanggap.store.users import Team, User, user_by_email

LIFE: Final = timedelta(days=7)
_TOKEN_BYTES: Final = 24


def invite(
    session: Session,
    *,
    email: str,
    role: str,
    name: str = "",
    team_ids: Collection[int] = (),
    sight: Sight = EVERYTHING,
    language: str = "id",
    by_user_id: int | None = None,
) -> tuple[Invitation, str]:
    """Invite somebody and give the secret of the link, which nobody can read afterwards.

    The person will be limited to what `sight` covers. An earlier invitation to the same address
    ends. Raises `UnfitError`, and `ConflictError` when somebody has the address already or an
    administrator would be limited.
    """
    email = fit_email(email)
    if user_by_email(session, email) is not None:
        raise OccupiedError("email", f"somebody has the e-mail address {email} already")
    session.execute(
        update(Invitation)
        .where(Invitation.email == email, Invitation.ended_at.is_(None))
        .values(ended_at=utcnow())
    )
    sight = fit_limits(session, fit_role(role), sight.team_ids, sight.account_ids)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation = Invitation(
        token_hash=_hash(token),
        email=email,
        name=" ".join(name.split())[:255],
        role=role,
        team_ids=sorted(team_ids),
        only_teams=list(sight.team_ids),
        only_accounts=list(sight.account_ids),
        language=language,
        invited_by_id=by_user_id,
        expires_at=utcnow() + LIFE,
    )
    session.add(invitation)
    session.flush()
    detail = {"email": email, "role": role, **facts(session, sight)}
    audit.record(
        session, "user.invited", "invitation", invitation.id, user_id=by_user_id, detail=detail
    )
    return invitation, token


def find_invitation(session: Session, token: str) -> Invitation:
    """Find the invitation of a link; raises `NotFoundError` when it has ended."""
    found = session.scalar(select(Invitation).where(Invitation.token_hash == _hash(token)))
    if found is None or found.ended_at is not None or found.expires_at <= utcnow():
        raise NotFoundError("this invitation was used, withdrawn, or is older than a week")
    return found


def accept(session: Session, token: str, *, name: str, password: str, initials: str = "") -> User:
    """Make the account of whoever was invited; of two who use a link at once one succeeds."""
    invitation = find_invitation(session, token)
    ended = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.ended_at.is_(None))
        .values(ended_at=utcnow())
        .returning(Invitation.id)
    )
    if ended.first() is None:
        raise NotFoundError("this invitation was used a moment ago")
    user = create_user(
        session,
        email=invitation.email,
        name=name,
        password=password,
        role=invitation.role,
        initials=initials,
        language=invitation.language,
        by_user_id=invitation.invited_by_id,
    )
    user.teams = list(session.scalars(select(Team).where(Team.id.in_(invitation.team_ids))))
    user.only_teams, user.only_accounts = invitation.only_teams, invitation.only_accounts
    return user


def take_open_invitation(session: Session, email: str) -> Invitation | None:
    """End the open invitation to an address, for somebody who came in by another door."""
    query = select(Invitation).where(
        Invitation.email == email, Invitation.ended_at.is_(None), Invitation.expires_at > utcnow()
    )
    invitation = session.scalar(query.order_by(Invitation.id.desc()).limit(1))
    if invitation is not None:
        invitation.ended_at = utcnow()
    return invitation


def withdraw(session: Session, invitation_id: int, *, by_user_id: int | None = None) -> None:
    """End an invitation that nobody has used."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFoundError(f"invitation {invitation_id} does not exist")
    invitation.ended_at = invitation.ended_at or utcnow()
    audit.record(
        session,
        "user.invitation_withdrawn",
        "invitation",
        invitation_id,
        user_id=by_user_id,
        detail={"email": invitation.email},
    )


def open_invitations(session: Session) -> list[Invitation]:
    """List the invitations that can still be used, newest first."""
    query = (
        select(Invitation)
        .where(Invitation.ended_at.is_(None), Invitation.expires_at > utcnow())
        .options(joinedload(Invitation.invited_by))
        .order_by(Invitation.id.desc())
    )
    return list(session.scalars(query))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
