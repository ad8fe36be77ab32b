"""From X's problem types, codes and statuses to what the core does next; words never decide.

Sources: X's API v2 documentation of August 2026 for problem types and statuses, and the list of
codes of the older API, which some answers of v2 still carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NoReturn

from tanggap.sdk import AuthExpired, Gone, HttpResponse, RateLimited, Rejected, Unavailable
from tanggap_twitter.problems import Problem, pause, read_problem

Cause = Literal["expired", "revoked", "missing_scope", "app_not_approved"]
Kind = type[AuthExpired | Gone | RateLimited | Rejected | Unavailable]

# out of credits or over the monthly cap: a person must act, so asking often helps nobody
CAP_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means; `cause` counts for `AuthExpired` alone, `pause` for `RateLimited`."""

    error: Kind
    hint: Mapping[str, str] = field(default_factory=dict)
    cause: Cause = "expired"
    pause: timedelta | None = None


def _say(en: str, indonesian: str) -> Mapping[str, str]:
    return {"en": en, "id": indonesian}


_AGAIN = Meaning(AuthExpired, _say("Connect the account again.", "Sambungkan kembali akunnya."))
_UNSUITED = Meaning(
    Rejected,
    _say(
        "The developer app may not use this part of the API: check its plan.",
        "Aplikasi developer tidak boleh memakai bagian API ini: periksa paketnya.",
    ),
)
_PROTECTED = Meaning(
    Rejected,
    _say(
        "The author's account is protected or has blocked this one.",
        "Akun penulis dikunci, atau memblokir akun ini.",
    ),
)
_GONE = Meaning(Gone, _say("The post is not on X any more.", "Posting ini sudah tidak ada di X."))
_NOBODY = Meaning(
    Rejected, _say("This person is not on X any more.", "Orang ini sudah tidak ada di X.")
)
_BROKEN = Meaning(Unavailable)
_SLOWER = Meaning(RateLimited)
_NO = Meaning(Rejected)
_CAPPED_HINT = _say(
    "X has stopped this app: its monthly cap or its credits are used up. Raise the cap or buy "
    "credits in the X developer console.",
    "X menghentikan aplikasi ini: batas bulanan atau kreditnya habis. Naikkan batas atau beli "
    "kredit di konsol developer X.",
)
_CAPPED = Meaning(RateLimited, _CAPPED_HINT, pause=CAP_PAUSE)
_CAPPED_WRITING = Meaning(Rejected, _CAPPED_HINT)
_NO_PLAN = Meaning(
    AuthExpired,
    _say(
        "The developer app may not do this: check its project and plan in the developer console.",
        "Aplikasi developer tidak boleh melakukan ini: periksa proyek dan paketnya di konsol "
        "developer.",
    ),
    "app_not_approved",
)
_NO_SCOPE = Meaning(
    AuthExpired,
    _say(
        "Set the app's permissions to read, write and direct messages, then connect the account "
        "again.",
        "Atur izin aplikasi ke baca, tulis, dan pesan langsung, lalu sambungkan kembali akunnya.",
    ),
    "missing_scope",
)
_SUSPENDED = Meaning(
    AuthExpired,
    _say(
        "Log in to X as this account, settle what it asks, and connect it again.",
        "Masuk ke X dengan akun ini, selesaikan yang diminta, lalu sambungkan kembali.",
    ),
    "revoked",
)
_NO_MESSAGES = Meaning(
    Rejected,
    _say(
        "This person takes no direct messages from the account.",
        "Orang ini tidak menerima pesan langsung dari akun ini.",
    ),
)
_CLOSED = Meaning(
    Rejected,
    _say("The author has limited who may reply.", "Penulis membatasi siapa yang boleh membalas."),
)
_TWICE = Meaning(
    Rejected,
    _say("X refuses the same text twice: change it.", "X menolak teks yang sama dua kali: ubah."),
)
_LONG = Meaning(
    Rejected,
    _say("The text is too long for X: shorten it.", "Teksnya terlalu panjang untuk X: pendekkan."),
)
_MACHINE = Meaning(
    Rejected,
    _say(
        "X took the text for a machine's: write it in other words, later.",
        "X mengira teks ini ditulis mesin: tulis dengan kata lain, nanti.",
    ),
)
_NOT_SUCH = Meaning(
    Rejected,
    _say(
        "X does not allow this for such a post.",
        "X tidak mengizinkan ini untuk posting seperti itu.",
    ),
)

WITHDRAWN = _say(
    "The permission was withdrawn on X: connect the account again.",
    "Izin dicabut di X: sambungkan kembali akunnya.",
)

BY_TYPE: Mapping[str, Meaning] = {
    "client-forbidden": _NO_PLAN,
    "credits": _CAPPED,
    "disallowed-resource": _NOT_SUCH,
    "duplicate-rules": _NO,
    "field-unauthorized": _NO_PLAN,
    "internal-error": _BROKEN,
    "invalid-request": _NO,
    "invalid-rules": _NO,
    "not-authorized-for-field": _NO_PLAN,
    "not-authorized-for-resource": _PROTECTED,
    "oauth1-permissions": _NO_SCOPE,
    "operational-disconnect": _BROKEN,
    "rate-limit-exceeded": _SLOWER,
    "resource-not-found": _GONE,
    "resource-unavailable": _GONE,
    "rule-cap": _NO,
    "streaming-connection": _SLOWER,
    "unsupported-authentication": _NO,
    "usage-capped": _CAPPED,
}
"""By the end of a problem's type."""

BY_CODE: Mapping[int, Meaning] = {
    32: _AGAIN,
    34: _GONE,
    50: _NOBODY,
    63: _NOBODY,
    64: _SUSPENDED,
    87: _NO_PLAN,
    88: _SLOWER,
    89: _AGAIN,
    99: _NO_PLAN,
    108: _NOBODY,
    130: _BROKEN,
    131: _BROKEN,
    136: _PROTECTED,
    144: _GONE,
    150: _NO_MESSAGES,
    151: _NO_MESSAGES,
    179: _PROTECTED,
    185: _SLOWER,
    186: _LONG,
    187: _TWICE,
    215: _AGAIN,
    220: _NO_SCOPE,
    226: _MACHINE,
    261: _NO_SCOPE,
    326: _SUSPENDED,
    349: _NO_MESSAGES,
    354: _LONG,
    385: _GONE,
    421: _GONE,
    422: _GONE,
    433: _CLOSED,
    453: _NO_PLAN,
}
"""By the code of the older API."""

BY_STATUS: Mapping[int, Meaning] = {
    400: _NO,
    401: _AGAIN,
    402: _CAPPED,
    403: _NO_SCOPE,
    404: _GONE,
    408: _BROKEN,
    410: _GONE,
    429: _SLOWER,
}
"""By status, for answers that have neither; 5xx is a fault of X, the rest is a refusal."""

WRITING_BY_TYPE: Mapping[str, Meaning] = {
    "client-forbidden": _UNSUITED,
    "credits": _CAPPED_WRITING,
    "field-unauthorized": _UNSUITED,
    "not-authorized-for-field": _UNSUITED,
    "usage-capped": _CAPPED_WRITING,
}
WRITING_BY_STATUS: Mapping[int, Meaning] = {402: _CAPPED_WRITING, 403: _NO}
"""What means something else when writing: it says no to one text and not to the account."""


def raise_for(response: HttpResponse, *, writing: bool) -> NoReturn:
    """Raise the SDK's error for an answer that is no success."""
    problem = read_problem(response)
    meaning = meaning_of(problem, writing=writing)
    words = {
        language: f"{shown} {meaning.hint.get(language, '')}".strip()
        for language, shown in problem.shown.items()
    }
    if meaning.error is AuthExpired:
        raise AuthExpired(words, meaning.cause)
    if meaning.error is RateLimited:
        raise RateLimited(meaning.pause or pause(response, datetime.now(UTC)), words)
    if meaning.error is Unavailable:
        raise Unavailable(words)
    raise (Gone if meaning.error is Gone else Rejected)(words, problem.code)


def meaning_of(problem: Problem, *, writing: bool) -> Meaning:
    """Look an answer up: a fault of X by its status, else type before code before status."""
    if problem.status >= 500:
        return _BROKEN
    kind, number, status = problem.kind, problem.number, problem.status
    return (
        (WRITING_BY_TYPE.get(kind) if writing else None)
        or BY_TYPE.get(kind)
        or BY_CODE.get(number)
        or (WRITING_BY_STATUS.get(status) if writing else None)
        or BY_STATUS.get(status, _NO)
    )
