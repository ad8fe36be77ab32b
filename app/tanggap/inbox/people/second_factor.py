"""A second factor at sign-in: one-time passwords (RFC 6238) and recovery codes, each taken once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.people.people import UnfitError, user_by_id
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.invitations import SecondFactor
from tanggap.store.secrets import Vault

ISSUER: Final = "Tanggap"
STEP_SECONDS: Final = 30
RECOVERY_CODES: Final = 10
_DRIFT: Final = 1
"""Steps before and after now: clocks of phones are not exact, and people type slowly."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an authenticator app takes: as text, and as the address in the picture."""

    secret: str
    uri: str


def begin(session: Session, vault: Vault, user_id: int) -> Enrolment:
    """Give the secret to enrol with, the same until it is confirmed.

    Raises `ConflictError` when the person has a second factor already.
    """
    user = user_by_id(session, user_id)
    factor = _locked(session, user_id)
    if factor is not None and factor.confirmed_at is not None:
        raise ConflictError("there is a second factor already; remove it first")
    if factor is None:
        sealed = vault.seal({"secret": pyotp.random_base32()})
        factor = SecondFactor(user_id=user_id, sealed_secret=sealed)
        session.add(factor)
    secret = _secret(vault, factor)
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return Enrolment(secret, uri)


def confirm(session: Session, vault: Vault, user_id: int, code: str) -> list[str]:
    """Switch the second factor on with a first code and give the recovery codes, shown once.

    Raises `UnfitError` for a wrong code.
    """
    factor = _locked(session, user_id)
    if factor is None or factor.confirmed_at is not None:
        raise NotFoundError("there is no second factor to confirm; begin again")
    if not _take_step(factor, _secret(vault, factor), code):
        raise UnfitError("code", "the code is wrong, or was used already")
    factor.confirmed_at = utcnow()
    audit.record(session, "user.second_factor_added", "user", user_id, user_id=user_id)
    return _renew(factor)


def check(session: Session, vault: Vault, user_id: int, code: str) -> bool:
    """Take a one-time password or a recovery code; each of them works once."""
    factor = _locked(session, user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    if _take_step(factor, _secret(vault, factor), code):
        return True
    digest = _digest(code)
    left = [known for known in factor.recovery_hashes if not hmac.compare_digest(known, digest)]
    if len(left) == len(factor.recovery_hashes):
        return False
    factor.recovery_hashes = left
    detail = {"left": len(left)}
    audit.record(
        session, "user.recovery_code_used", "user", user_id, user_id=user_id, detail=detail
    )
    return True


def renew_recovery(session: Session, vault: Vault, user_id: int, code: str) -> list[str]:
    """Give new recovery codes for a valid code; the old ones end. Raises `UnfitError`."""
    if not check(session, vault, user_id, code):
        raise UnfitError("code", "the code is wrong, or was used already")
    factor = _locked(session, user_id)
    if factor is None:
        raise NotFoundError("there is no second factor")
    audit.record(session, "user.recovery_codes_renewed", "user", user_id, user_id=user_id)
    return _renew(factor)


def remove(session: Session, user_id: int, *, by_user_id: int | None = None) -> bool:
    """Switch a person's second factor off; tells whether there was one."""
    factor = _locked(session, user_id)
    if factor is None:
        return False
    session.delete(factor)
    audit.record(session, "user.second_factor_removed", "user", user_id, user_id=by_user_id)
    return True


def recovery_left(session: Session, user_id: int) -> int | None:
    """Count the recovery codes that are left; None without a second factor."""
    factor = session.get(SecondFactor, user_id)
    if factor is None or factor.confirmed_at is None:
        return None
    return len(factor.recovery_hashes)


def _locked(session: Session, user_id: int) -> SecondFactor | None:
    """Hold the row, so that of two who send the same code one is refused."""
    query = select(SecondFactor).where(SecondFactor.user_id == user_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _secret(vault: Vault, factor: SecondFactor) -> str:
    secret: str = vault.open(factor.sealed_secret)["secret"]
    return secret


def _take_step(factor: SecondFactor, secret: str, code: str) -> bool:
    code = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(code):
        return False
    now = int(utcnow().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        fits = hmac.compare_digest(totp.generate_otp(step), code)
        if fits and step > factor.last_step:
            factor.last_step = step
            return True
    return False


def _renew(factor: SecondFactor) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]
    factor.recovery_hashes = [_digest(code) for code in codes]
    return codes


def _digest(code: str) -> str:
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
