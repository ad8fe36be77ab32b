"""People who sign in: their accounts, passwords and initials."""

from __future__ import annotations

import re
from functools import cache
from itertools import count
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, TanggapError
from tanggap.inbox.people.assigning import return_cases
from tanggap.inbox.people.staffing import DEACTIVATED
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.sign_on import ONLY, SignOnProvider
from tanggap.store.users import ADMIN, AGENT, ROLES, User, user_by_email

PASSWORD_SHORTEST: Final = 10
PASSWORD_LONGEST: Final = 1_000
"""Hashing time grows with the length, so that an endless password would be an attack."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}")
_INITIALS = re.compile(r"[A-Z][A-Z0-9]{1,3}")
_hasher = PasswordHasher()


class UnfitError(TanggapError):
    """A person's details cannot be used as they are; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class OccupiedError(ConflictError):
    """Somebody has what only one can have; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    role: str = AGENT,
    initials: str = "",
    language: str = "id",
    by_user_id: int | None = None,
) -> User:
    """Add a person; without initials the first free ones are made from the name.

    Raises `UnfitError` for details that cannot be used and `ConflictError` for an e-mail address
    or initials that somebody has.
    """
    email, name = fit_email(email), fit_name(name)
    fit_role(role)
    if user_by_email(session, email) is not None:
        raise OccupiedError("email", f"somebody has the e-mail address {email} already")
    user = User(
        email=email,
        name=name,
        initials=_free_initials(session, initials, name),
        password_hash=hash_password(password),
        role=role,
        language=language,
    )
    session.add(user)
    session.flush()
    audit.record(session, "user.created", "user", user.id, user_id=by_user_id)
    return user


def fit_email(written: str) -> str:
    """Give an e-mail address as it is kept; raises `UnfitError`."""
    email = written.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise UnfitError("email", f"{email!r} is not an e-mail address")
    return email


def fit_name(written: str) -> str:
    """Give a name as it is kept; raises `UnfitError`."""
    name = " ".join(written.split())
    if not 0 < len(name) <= 255:
        raise UnfitError("name", "a name has between 1 and 255 characters")
    return name


def fit_role(role: str) -> str:
    """Give a role that there is; raises `UnfitError`."""
    if role not in ROLES:
        raise UnfitError("role", f"there is no role {role!r}; choose one of {', '.join(ROLES)}")
    return role


def authenticate(session: Session, email: str, password: str) -> User | None:
    """Give the person whose password this is, or None.

    An unknown address costs as much time as a wrong password, so that nobody can find out by the
    clock who works here.
    """
    user = user_by_email(session, email[:255])
    stored = user.password_hash if user is not None else _nobodys_hash()
    if not _fits(stored, password) or user is None or not user.active:
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    user.last_login_at = utcnow()
    return user


def change_password(session: Session, user_id: int, *, old: str, new: str) -> User:
    """Give a person a new password and end all their sessions.

    Raises `UnfitError` when the old password is wrong or the new one is unfit.
    """
    user = user_by_id(session, user_id)
    if not _fits(user.password_hash, old):
        raise UnfitError("old", "the present password is different; nothing was changed")
    return set_password(session, user_id, new, by_user_id=user_id)


def set_password(
    session: Session, user_id: int, new: str, *, by_user_id: int | None = None
) -> User:
    """Give a person a new password without asking for the old one, and end their sessions."""
    user = user_by_id(session, user_id)
    user.password_hash = hash_password(new)
    user.session_epoch += 1
    audit.record(session, "user.password_changed", "user", user.id, user_id=by_user_id)
    return user


def end_sessions(session: Session, user_id: int, *, by_user_id: int | None = None) -> None:
    """Sign a person out everywhere."""
    user_by_id(session, user_id).session_epoch += 1
    audit.record(session, "user.sessions_ended", "user", user_id, user_id=by_user_id)


def deactivate(session: Session, user_id: int, *, by_user_id: int | None = None) -> int:
    """Let a person sign in no more, end their sessions and put their cases back into the queue.

    Returns how many cases went back. Raises `ConflictError` for the last administrator.
    """
    user = user_by_id(session, user_id)
    keep_an_admin(session, user)
    user.active = False
    user.session_epoch += 1
    audit.record(session, "user.deactivated", "user", user_id, user_id=by_user_id)
    return return_cases(session, user_id, by_user_id=by_user_id, reason=DEACTIVATED)


def reactivate(session: Session, user_id: int, *, by_user_id: int | None = None) -> None:
    """Let a person sign in again, with the password they had."""
    user_by_id(session, user_id).active = True
    audit.record(session, "user.reactivated", "user", user_id, user_id=by_user_id)


def user_by_id(session: Session, user_id: int) -> User:
    """Load a person; raises `NotFoundError`."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError(f"user {user_id} does not exist")
    return user


def hash_password(password: str) -> str:
    """Hash a password with Argon2; raises `UnfitError` when it is too short or too long."""
    if not PASSWORD_SHORTEST <= len(password) <= PASSWORD_LONGEST:
        raise UnfitError(
            "password",
            f"a password has between {PASSWORD_SHORTEST} and {PASSWORD_LONGEST} characters",
        )
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def suggest_initials(session: Session, name: str) -> str:
    """Make initials of a name that nobody has yet."""
    letters = [re.sub(r"[^A-Z]", "", word) for word in name.upper().split()]
    words = [word for word in letters if word] or ["XX"]
    first = words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2] or "X")
    taken = set(session.scalars(select(User.initials).where(User.initials.startswith(first[0]))))
    longer = (first[0] + other for other in (words[-1] + words[0])[1:])
    numbered = (f"{first}{number}" for number in count(2))
    return next(i for source in ((first,), longer, numbered) for i in source if i not in taken)


def keep_an_admin(session: Session, user: User) -> None:
    """Raise `ConflictError` when without this person nobody could administer, come what may."""
    provider = session.get(SignOnProvider, ONLY)
    if provider is not None and provider.passwords_off and provider.break_glass_id == user.id:
        raise OccupiedError(
            "break_glass", f"{user.name} keeps the only password: let another administrator first"
        )
    others = select(User.id).where(User.role == ADMIN, User.active, User.id != user.id)
    if user.role == ADMIN and session.scalar(others.limit(1)) is None:
        raise OccupiedError(
            "role", f"{user.name} is the only administrator: make somebody else one first"
        )


def _free_initials(session: Session, wanted: str, name: str) -> str:
    wanted = wanted.strip().upper()
    if not wanted:
        return suggest_initials(session, name)
    if not _INITIALS.fullmatch(wanted):
        raise UnfitError("initials", "initials are 2 to 4 letters or digits, a letter first")
    if session.scalar(select(func.count()).where(User.initials == wanted)):
        free = suggest_initials(session, name)
        raise OccupiedError("initials", f"somebody signs with {wanted} already; {free} is free")
    return wanted


def _fits(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_LONGEST:
        return False
    try:
        return _hasher.verify(stored, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody's password")
