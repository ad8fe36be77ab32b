"""The first start: a code that proves who owns the server, the first person, the company."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, TanggapError
from tanggap.inbox.clocks.calendars import read_hours, save_hours
from tanggap.inbox.operation.company import read_company, save_company
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.company import ONLY, Company
from tanggap.store.secrets import Keys
from tanggap.store.staff import Staff
from tanggap.store.users import ADMIN, User

_LETTERS: Final = 12
_PURPOSE: Final = b"tanggap first run"


class WrongCodeError(TanggapError):
    """Not the code that the server printed."""


def nobody_yet(session: Session) -> bool:
    """Tell whether there is no person at all, so that the first one is to be made."""
    return session.scalar(select(User.id).limit(1)) is None


def setup_code(keys: Keys) -> str:
    """Give the code of this installation; it opens nothing once there is a person.

    It follows from the secret key, so that every process prints the same one and none is stored.
    """
    digest = hmac.new(keys.secret_key.encode(), _PURPOSE, hashlib.sha256).digest()
    code = base64.b32encode(digest).decode()[:_LETTERS]
    return "-".join(code[at : at + 4] for at in range(0, _LETTERS, 4))


def check_code(keys: Keys, written: str) -> None:
    """Raise `WrongCodeError` unless this is the code, however it is typed."""
    typed = "".join(character for character in written.upper() if character.isalnum())
    if not hmac.compare_digest(typed.encode(), setup_code(keys).replace("-", "").encode()):
        raise WrongCodeError("this is not the code that the server printed")


def set_up(
    services: Services,
    *,
    code: str,
    email: str,
    name: str,
    password: str,
    company: str,
    zone: str,
    language: str,
) -> User:
    """Make the first person, an administrator, and name the company.

    Raises `WrongCodeError`, `people.UnfitError`, `UnfitCompanyError`, and `ConflictError` when
    there is a person already.
    """
    check_code(services.keys, code)
    try:
        with services.database.write() as session:
            if not nobody_yet(session):
                raise ConflictError("there is a person already; sign in, or ask for an invitation")
            # Whoever names the company first is the first: there is one row alone.
            if session.get(Company, ONLY) is None:
                save_company(session, replace(read_company(session), name=company, zone=zone))
            user = people.create_user(
                session, email=email, name=name, password=password, role=ADMIN, language=language
            )
            session.add(Staff(user_id=user.id, zone=zone))
            audit.record(session, "installation.set_up", "user", user.id, user_id=user.id)
            hours = read_hours(session, None)
    except IntegrityError as error:
        raise ConflictError("somebody was faster; sign in, or ask for an invitation") from error
    if hours.calendar.zone != zone:
        wanted = replace(hours.calendar, zone=zone)
        save_hours(services, None, wanted, version=hours.version, user_id=user.id)
    return user
