"""Tokens for programs: made by a person, shown once, never with more rights than that person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.people.permissions import Permission, may
from tanggap.store import audit
from tanggap.store.api_tokens import ApiToken
from tanggap.store.base import utcnow
from tanggap.store.invitations import SecondFactor
from tanggap.store.storable import storable
from tanggap.store.users import User

PREFIX: Final = "tgp_"
"""How every token begins, so that programs which look for leaked secrets know one."""

NAME_LONGEST: Final = 80
MOST: Final = 50
"""Tokens in force that one person may have."""

USED_AGAIN: Final = timedelta(minutes=1)
"""How long it is not noted again that a token was used."""

_HINT: Final = 8
_LONGEST: Final = 200


class TokenScope(StrEnum):
    """Something a token is made for; the person needs the permission of `NEEDS` as well."""

    READ_CASES = "read_cases"
    WORK_CASES = "work_cases"
    REPLY = "reply"
    LABEL_POSTS = "label_posts"
    READ_RULES = "read_rules"
    READ_REPORTS = "read_reports"
    READ_PEOPLE = "read_people"
    READ_AUDIT = "read_audit"
    APPROVE_REPLIES = "approve_replies"
    BULK_CASES = "bulk_cases"
    EDIT_RULES = "edit_rules"
    EDIT_TONE = "edit_tone"
    EDIT_FORMS = "edit_forms"
    READ_STAFF = "read_staff"
    PLAN_STAFF = "plan_staff"
    MANAGE_PEOPLE = "manage_people"
    READ_MODELS = "read_models"
    MANAGE_MODELS = "manage_models"
    REPLAY_DELIVERIES = "replay_deliveries"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_PRIVACY = "manage_privacy"
    EDIT_CLOCKS = "edit_clocks"
    MANAGE_COMPANY = "manage_company"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_PLUGINS = "manage_plugins"


NEEDS: Final[Mapping[TokenScope, Permission]] = {
    TokenScope.READ_CASES: Permission.READ_CASES,
    TokenScope.WORK_CASES: Permission.WORK_CASES,
    TokenScope.REPLY: Permission.WORK_CASES,
    TokenScope.LABEL_POSTS: Permission.LABEL_POSTS,
    TokenScope.READ_RULES: Permission.EDIT_RULES,
    TokenScope.READ_REPORTS: Permission.SEE_REPORTS,
    TokenScope.READ_PEOPLE: Permission.PLAN_STAFF,
    TokenScope.READ_AUDIT: Permission.SEE_AUDIT,
    TokenScope.APPROVE_REPLIES: Permission.APPROVE_REPLIES,
    TokenScope.BULK_CASES: Permission.BULK_CASES,
    TokenScope.EDIT_RULES: Permission.EDIT_RULES,
    TokenScope.EDIT_TONE: Permission.EDIT_TONE,
    TokenScope.EDIT_FORMS: Permission.EDIT_FORMS,
    TokenScope.READ_STAFF: Permission.SEE_STAFF,
    TokenScope.PLAN_STAFF: Permission.PLAN_STAFF,
    TokenScope.MANAGE_PEOPLE: Permission.MANAGE_PEOPLE,
    TokenScope.READ_MODELS: Permission.SEE_MODELS,
    TokenScope.MANAGE_MODELS: Permission.MANAGE_MODELS,
    TokenScope.REPLAY_DELIVERIES: Permission.REPLAY_DELIVERIES,
    TokenScope.MANAGE_WEBHOOKS: Permission.MANAGE_INTEGRATIONS,
    TokenScope.MANAGE_PRIVACY: Permission.MANAGE_PRIVACY,
    TokenScope.EDIT_CLOCKS: Permission.EDIT_CLOCKS,
    TokenScope.MANAGE_COMPANY: Permission.MANAGE_COMPANY,
    TokenScope.MANAGE_ACCOUNTS: Permission.MANAGE_ACCOUNTS,
    TokenScope.MANAGE_PLUGINS: Permission.MANAGE_PLUGINS,
}
"""Which permission each scope is a part of."""


class UnfitTokenError(TanggapError):
    """A token that cannot be made so; `field` names what stands against it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: a name to know the token by, its scopes, and how long it holds."""

    name: str
    scopes: Collection[str]
    days: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A token with the person in whose name it speaks."""

    token: ApiToken
    user: User
    has_second_factor: bool


def scopes_for(role: str, *, limited: bool = False) -> list[TokenScope]:
    """List the scopes that people of a role may give their tokens, `limited` ones fewer."""
    return [scope for scope in TokenScope if may(role, NEEDS[scope], limited=limited)]


def create_token(
    session: Session, user_id: int, wish: Wish, *, longest: int
) -> tuple[ApiToken, str]:
    """Make a token that holds for at most `longest` days; gives the secret, readable never again.

    Raises `UnfitTokenError`.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    name = " ".join(storable(wish.name).split())
    if not 0 < len(name) <= NAME_LONGEST:
        raise UnfitTokenError("name", f"a name has between 1 and {NAME_LONGEST} characters")
    allowed = scopes_for(user.role, limited=user.sight.limited)
    scopes = [scope for scope in allowed if scope.value in wish.scopes]
    if not scopes or len(scopes) != len(set(wish.scopes)):
        raise UnfitTokenError("scopes", "choose scopes that your role allows, at least one")
    if not 1 <= wish.days <= longest:
        raise UnfitTokenError("days", f"a token holds between 1 and {longest} days")
    if len(_in_force(session, user_id)) >= MOST:
        raise UnfitTokenError("name", f"a person has at most {MOST} tokens; revoke one first")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user_id,
        name=name,
        token_hash=hash_token(secret),
        hint=secret[: len(PREFIX) + _HINT],
        scopes=[scope.value for scope in scopes],
        expires_at=utcnow() + timedelta(days=wish.days),
    )
    session.add(token)
    session.flush()
    detail = {"name": name, "scopes": token.scopes, "days": wish.days}
    audit.record(session, "token.made", "token", token.id, user_id=user_id, detail=detail)
    return token, secret


def find_holder(session: Session, secret: str) -> Holder | None:
    """Find the token in force that this is the secret of, and its person, who may sign in."""
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST:
        return None
    found = session.execute(
        select(ApiToken, User, SecondFactor.confirmed_at)
        .join(User, User.id == ApiToken.user_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(ApiToken.token_hash == hash_token(secret), ApiToken.revoked_at.is_(None))
        .where(ApiToken.expires_at > utcnow(), User.active)
        .options(selectinload(User.teams))
    ).first()
    if found is None:
        return None
    return Holder(found.ApiToken, found.User, found.confirmed_at is not None)


def hash_token(secret: str) -> str:
    """Give what is stored of a token; it is long and random, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def note_used(session: Session, token_id: int, address: str) -> None:
    """Note when and from where a token was used."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(last_used_at=utcnow(), last_used_from=storable(address, 64))
    )


def is_stale(used_at: datetime | None) -> bool:
    """Tell whether it is to be noted again that a token is in use."""
    return used_at is None or used_at < utcnow() - USED_AGAIN


def revoke_token(
    session: Session, token_id: int, *, by_user_id: int, of_user_id: int | None = None
) -> None:
    """End a token at once; with `of_user_id` it must be that person's. Raises `NotFoundError`."""
    token = session.get(ApiToken, token_id)
    if token is None or of_user_id not in (None, token.user_id):
        raise NotFoundError(f"there is no token {token_id}")
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by_id = utcnow(), by_user_id
        detail = {"name": token.name, "of": token.user_id}
        audit.record(session, "token.revoked", "token", token_id, user_id=by_user_id, detail=detail)


def tokens_of(session: Session, user_id: int) -> Sequence[ApiToken]:
    """List a person's tokens that are in force, the newest first."""
    return _in_force(session, user_id)


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """List everybody's tokens that are in force, by person."""
    query = (
        select(ApiToken)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > utcnow())
        .options(joinedload(ApiToken.user, innerjoin=True))
        .order_by(func.lower(User.name), ApiToken.id.desc())
    )
    return session.scalars(query).all()


def _in_force(session: Session, user_id: int) -> Sequence[ApiToken]:
    query = (
        select(ApiToken)
        .where(ApiToken.user_id == user_id)
        .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > utcnow())
        .order_by(ApiToken.id.desc())
    )
    return session.scalars(query).all()
