"""From LinkedIn's codes to what the core does next; the message text never decides which.

Source: LinkedIn's tables of API errors, as of version 202609.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from tanggap.sdk import (
    AuthExpired,
    Gone,
    HttpResponse,
    InvalidPayload,
    Payload,
    RateLimited,
    Rejected,
    Text,
    Unavailable,
)
from tanggap.sdk.errors import AuthCause
from tanggap_linkedin.limits import pause

_MAX_DETAIL = 300
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means; without a `text` LinkedIn's own words are shown."""

    error: type[AuthExpired | RateLimited | Rejected | Unavailable]
    text: Mapping[str, str] = field(default_factory=dict)
    cause: AuthCause = "expired"


_EXPIRED = Meaning(
    AuthExpired,
    {
        "en": "LinkedIn says the access has expired: connect the page again",
        "id": "Menurut LinkedIn aksesnya kedaluwarsa: sambungkan kembali halamannya",
    },
)
_REVOKED = Meaning(
    AuthExpired,
    {
        "en": "LinkedIn says the access was withdrawn: connect the page again",
        "id": "Menurut LinkedIn aksesnya dicabut: sambungkan kembali halamannya",
    },
    "revoked",
)
_NO_ROLE = Meaning(
    AuthExpired,
    {
        "en": "LinkedIn refuses this: connect the page again with all permissions, as a member who "
        "is its super admin",
        "id": "LinkedIn menolak ini: sambungkan kembali halamannya dengan semua izin, sebagai "
        "anggota yang menjadi super admin-nya",
    },
    "missing_scope",
)
# Nothing was done, and nothing will be until the operator acts: trying again helps nobody.
_OUTDATED = Meaning(
    Rejected,
    {
        "en": "LinkedIn has retired the API version in use: enter a newer one (year and month) in "
        "the developer app's API version",
        "id": "LinkedIn sudah menghentikan versi API yang dipakai: isi yang lebih baru (tahun dan "
        "bulan) di versi API aplikasi developer",
    },
)
_THROTTLED = Meaning(RateLimited)

BY_NAME: Mapping[str, Meaning] = {
    "ACCESS_DENIED": _NO_ROLE,
    "EMPTY_ACCESS_TOKEN": _REVOKED,
    "EXPIRED_ACCESS_TOKEN": _EXPIRED,
    "INVALID_ACCESS_TOKEN": _REVOKED,
    "NONEXISTENT_VERSION": _OUTDATED,
    "REVOKED_ACCESS_TOKEN": _REVOKED,
}
BY_SERVICE_CODE: Mapping[tuple[int, int], Meaning] = {
    (401, 65600): _REVOKED,
    (401, 65601): _REVOKED,
    (401, 65602): _EXPIRED,
    (403, 100): _NO_ROLE,
    (429, 101): _THROTTLED,
}
BY_STATUS: Mapping[int, Meaning] = {
    401: _EXPIRED,
    404: Meaning(Gone),
    408: Meaning(Unavailable),
    410: Meaning(Gone),
    426: _OUTDATED,
    429: _THROTTLED,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error answer says; code, name and message may each be left out."""

    status: int
    service_code: int = 0
    name: str = ""
    message: str = ""

    @property
    def code(self) -> str:
        """Name the error as the outbox shows it."""
        detail = self.service_code or self.name
        return f"{self.status}/{detail}" if detail else str(self.status)

    @property
    def meaning(self) -> Meaning:
        """Look the error up, the most exact table first."""
        found = BY_SERVICE_CODE.get((self.status, self.service_code)) or BY_NAME.get(self.name)
        unlisted = Meaning(Unavailable if self.status >= 500 else Rejected)
        return found or BY_STATUS.get(self.status, unlisted)


def raise_for(response: HttpResponse) -> NoReturn:
    """Raise what an answer that is no success stands for."""
    problem = read_problem(response)
    meaning = problem.meaning
    shown: Text = meaning.text or {
        "en": f"LinkedIn answered {problem.status}",
        "id": f"LinkedIn menjawab {problem.status}",
    }
    if problem.message and not meaning.text:
        shown = f"LinkedIn: {problem.message}"
    if issubclass(meaning.error, AuthExpired):
        raise AuthExpired(shown, meaning.cause)
    if issubclass(meaning.error, RateLimited):
        wait = pause(header(response, "retry-after"), problem.message, datetime.now(UTC))
        raise RateLimited(wait, shown)
    if issubclass(meaning.error, Rejected):
        raise meaning.error(shown, problem.code)
    raise Unavailable(shown)


def read_problem(response: HttpResponse) -> Problem:
    """Read an error body; one that is none leaves the status alone."""
    status = response.status_code
    try:
        body = Payload(response.json()).mapping()
    except (ValueError, RecursionError, InvalidPayload):
        return Problem(status)
    return Problem(
        status, _number(body), _text(body, "code")[:_MAX_NAME], _text(body, "message")[:_MAX_DETAIL]
    )


def header(response: HttpResponse, name: str) -> str:
    """Read a header whatever its case; empty where it is missing."""
    return next((v for key, v in response.headers.items() if key.lower() == name.lower()), "")


def _number(body: Payload) -> int:
    try:
        return body.integer_or(0, "serviceErrorCode")
    except InvalidPayload:
        return 0


def _text(body: Payload, name: str) -> str:
    found = body.at(name).value
    return found if isinstance(found, str) else ""
