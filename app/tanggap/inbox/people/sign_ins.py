"""Sign-ins of a person: each browser has one of its own, which the person can end from another."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.sign_ins import SignIn
from tanggap.store.storable import storable
from tanggap.store.users import User

SEEN_AGAIN: Final = timedelta(minutes=5)
"""How long it is not noted again that somebody is there."""

_BROWSERS: Final = (
    (r"Edg\w*/", "Edge"),
    (r"OPR/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS: Final = (
    (r"iPhone|iPad", "iOS"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux", "Linux"),
)


def begin(session: Session, user_id: int, *, device: str, address: str, lasts: timedelta) -> str:
    """Note that somebody signed in, forget what is over, and return the key for the cookie."""
    key, now = secrets.token_urlsafe(24), utcnow()
    epoch = session.get_one(User, user_id).session_epoch
    over = or_(SignIn.expires_at < now, SignIn.epoch != epoch)
    session.execute(delete(SignIn).where(SignIn.user_id == user_id, over))
    session.add(
        SignIn(
            user_id=user_id,
            key_hash=hash_key(key),
            epoch=epoch,
            device=storable(device, 255),
            address=storable(address, 64),
            expires_at=now + lasts,
        )
    )
    return key


def hash_key(key: str) -> str:
    """Give what is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def is_of(key_hash: ColumnElement[str], now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Tell whether a row is the sign-in of a key and of the person it is joined to."""
    same = (SignIn.user_id == User.id) & (SignIn.epoch == User.session_epoch)
    return same & (SignIn.key_hash == key_hash) & (SignIn.expires_at > now)


def note_seen(session: Session, sign_in_id: int, *, device: str, address: str) -> None:
    """Note that somebody is there, and where."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id)
        .values(seen_at=utcnow(), device=storable(device, 255), address=storable(address, 64))
    )


def is_stale(seen_at: datetime) -> bool:
    """Tell whether it is to be noted again that somebody is there."""
    return seen_at < utcnow() - SEEN_AGAIN


def list_sign_ins(session: Session, user_id: int) -> Sequence[SignIn]:
    """List where a person is signed in, the latest seen first."""
    query = (
        select(SignIn)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.user_id == user_id, SignIn.epoch == User.session_epoch)
        .where(SignIn.expires_at > utcnow())
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return session.scalars(query).all()


def end(session: Session, user_id: int, sign_in_id: int) -> None:
    """End one of a person's own sign-ins; raises `NotFoundError` where it is over already."""
    ended = session.execute(
        delete(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.user_id == user_id)
        .returning(SignIn.id)
    ).first()
    if ended is None:
        raise NotFoundError(f"sign-in {sign_in_id} is over already")
    audit.record(session, "user.sign_in_ended", "user", user_id, user_id=user_id)


def end_others(session: Session, user_id: int, sign_in_id: int) -> None:
    """End all of a person's sign-ins but one."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.id != sign_in_id))
    audit.record(session, "user.sessions_ended", "user", user_id, user_id=user_id)


def describe(device: str) -> tuple[str, str]:
    """Name browser and system of what a browser says of itself; empty where that is not known."""
    return _first(_BROWSERS, device), _first(_SYSTEMS, device)


def _first(names: Sequence[tuple[str, str]], device: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, device)), "")
