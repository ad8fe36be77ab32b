"""Who somebody is whom the provider vouches for, and what they may do here."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.people.invitations import take_open_invitation
from tanggap.inbox.people.people import UnfitError, create_user, fit_email
from tanggap.inbox.people.people_limits import set_limits
from tanggap.inbox.people.sign_on_protocol import SignOnError
from tanggap.inbox.people.staff_admin import set_role, set_teams
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.sign_on import ONLY, PROVIDER, Identity, SignOnProvider
from tanggap.store.storable import storable
from tanggap.store.users import User, user_by_email

STRONG_METHODS: Final = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris", "vbm"})
"""Values of `amr` (RFC 8176) that a password alone does not give."""

STRONG_CLASSES: Final = frozenset(
    {
        "phr",
        "phrh",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
    }
)
"""Values of `acr` that stand for more than a password."""


def load_provider(session: Session) -> SignOnProvider | None:
    """Give the provider, if the company signs in with one now."""
    found = session.get(SignOnProvider, ONLY)
    return found if found is not None and found.enabled else None


def takes_passwords(session: Session, user_id: int) -> bool:
    """Tell whether a person may sign in with a password."""
    provider = load_provider(session)
    return provider is None or not provider.passwords_off or provider.break_glass_id == user_id


def has_second_step(provider: SignOnProvider, claims: Mapping[str, Any]) -> bool:
    """Tell whether the provider's second step counts and was taken; raises where it was not."""
    if provider.second_factor != PROVIDER:
        return False
    methods = claims.get("amr") or []
    if STRONG_METHODS.intersection(map(str, methods)) or claims.get("acr") in STRONG_CLASSES:
        return True
    raise SignOnError("second_step", "the provider asked for a password alone")


def sign_on(session: Session, provider: SignOnProvider, claims: Mapping[str, Any]) -> User:
    """Give the person of these claims, linked or made now, with what their groups give them.

    Raises `SignOnError`.
    """
    user = _known(session, provider, claims) or _linked(session, provider, claims)
    if user is not None and not user.active:
        raise SignOnError("inactive", f"{user.email} may not sign in any more")
    grant = _grant(provider, claims)
    if user is None:
        user = _new(session, provider, claims, grant)
    elif grant is not None and user.id != provider.break_glass_id:
        _give(session, user, grant)
    user.last_login_at = utcnow()
    return user


def _known(session: Session, provider: SignOnProvider, claims: Mapping[str, Any]) -> User | None:
    identity = session.scalar(
        select(Identity).where(
            Identity.issuer == provider.issuer, Identity.subject == claims["sub"]
        )
    )
    if identity is None:
        return None
    identity.last_used_at = utcnow()
    return session.get_one(User, identity.user_id)


def _linked(session: Session, provider: SignOnProvider, claims: Mapping[str, Any]) -> User | None:
    """Link somebody whom we know by an address that the provider has verified."""
    user = user_by_email(session, verified_email(claims))
    if user is None:
        return None
    other = select(Identity.id).where(
        Identity.user_id == user.id, Identity.issuer == provider.issuer
    )
    if session.scalar(other) is not None:
        # An address that went to a new colleague must not open the old one's account.
        raise SignOnError("taken", f"{user.email} is linked to somebody else at the provider")
    if user.active:
        _link(session, provider, user, claims)
    return user


def verified_email(claims: Mapping[str, Any]) -> str:
    """Give the address that the provider has verified; raises `SignOnError`."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise SignOnError("unverified", "the provider vouches for no e-mail address")
    try:
        return fit_email(email)
    except UnfitError as error:
        raise SignOnError("unverified", str(error)) from error


def _grant(provider: SignOnProvider, claims: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find what the person's groups give; raises where groups count and none of theirs does."""
    if not provider.groups:
        return None
    told = claims.get(provider.groups_claim)
    mine = {told} if isinstance(told, str) else set(map(str, told or []))
    found = next((one for one in provider.groups if one["group"] in mine), None)
    if found is None and not provider.role:
        raise SignOnError("group", "none of the person's groups may sign in here")
    return found


def _new(
    session: Session,
    provider: SignOnProvider,
    claims: Mapping[str, Any],
    grant: Mapping[str, Any] | None,
) -> User:
    email = verified_email(claims)
    invitation = take_open_invitation(session, email)
    if invitation is None and email.rpartition("@")[2] not in provider.domains:
        raise SignOnError("domain", f"nobody new is let in with the address {email}")
    role = invitation.role if invitation is not None else grant["role"] if grant else provider.role
    if not role:
        raise SignOnError("group", "no role is meant for somebody who comes for the first time")
    user = create_user(
        session,
        email=email,
        name=_name(claims, email),
        password=secrets.token_urlsafe(48),
        role=role,
    )
    _link(session, provider, user, claims)
    if invitation is not None:
        set_teams(session, user.id, invitation.team_ids, by_user_id=invitation.invited_by_id)
        user.only_teams, user.only_accounts = invitation.only_teams, invitation.only_accounts
    elif grant is not None:
        _give(session, user, grant)
    return user


def _give(session: Session, user: User, grant: Mapping[str, Any]) -> None:
    """Let a person be what their group makes of them; the last administrator stays one."""
    teams: Collection[int] = grant["teams"]
    try:
        set_limits(session, user.id, teams if grant["limited"] else (), (), by_user_id=None)
        set_role(session, user.id, grant["role"], by_user_id=None)
    except ConflictError as error:
        raise SignOnError("conflict", str(error)) from error
    set_teams(session, user.id, teams, by_user_id=None)


def _link(
    session: Session, provider: SignOnProvider, user: User, claims: Mapping[str, Any]
) -> None:
    session.add(Identity(user_id=user.id, issuer=provider.issuer, subject=claims["sub"]))
    detail = {"issuer": provider.issuer, "subject": claims["sub"]}
    audit.record(session, "user.linked", "user", user.id, user_id=user.id, detail=detail)


def _name(claims: Mapping[str, Any], email: str) -> str:
    told = claims.get("name")
    name = storable(told, 255).strip() if isinstance(told, str) else ""
    return name or email.partition("@")[0]
