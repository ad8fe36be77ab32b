"""Read X's error answers: what kind of problem they tell, and how long to wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tanggap.sdk import HttpResponse, InvalidPayload, Payload

# the windows of the API are 15 minutes; used where no header tells the end of one
WINDOW = timedelta(minutes=15)
MAX_PAUSE = timedelta(hours=24)
MAX_DETAIL = 300
MAX_KIND = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error body says.

    `kind` is the end of its problem type, empty where generic; `number` a code of the older API, 0
    where there is none.
    """

    status: int
    kind: str = ""
    number: int = 0
    detail: str = ""

    @property
    def code(self) -> str:
        """Name the error as the outbox shows it."""
        name = self.kind or (str(self.number) if self.number else "")
        return f"{self.status}/{name}" if name else str(self.status)

    @property
    def shown(self) -> Mapping[str, str]:
        """Say what happened, with X's own words where there are any."""
        if self.detail:
            return {
                "en": f"X answered {self.status}: {self.detail}",
                "id": f"X menjawab {self.status}: {self.detail}",
            }
        return {
            "en": f"X answered {self.status} without an explanation.",
            "id": f"X menjawab {self.status} tanpa penjelasan.",
        }


def read_problem(response: HttpResponse) -> Problem:
    """Read any of X's four error forms; a body that is none of them leaves the status alone."""
    try:
        told = list(_problems(Payload(response.json()).mapping()))
    except (ValueError, InvalidPayload, RecursionError):
        told = []
    named = (problem for problem in told if problem[0] or problem[1])
    found = next(named, None) or next(iter(told), ("", 0, ""))
    return Problem(response.status_code, *found)


def pause(response: HttpResponse, now: datetime) -> timedelta:
    """Tell how long to wait: until the window that is used up ends, the day's before the quarter's.

    X documents no Retry-After (2026-08), so `x-rate-limit-reset` in Unix seconds comes first.
    """
    for limit in ("x-user-limit-24hour", "x-app-limit-24hour"):
        if header(response, f"{limit}-remaining") == "0":
            return _until(header(response, f"{limit}-reset"), now) or WINDOW
    reset = _until(header(response, "x-rate-limit-reset"), now)
    return reset or _retry_after(header(response, "retry-after"), now) or WINDOW


def header(response: HttpResponse, name: str) -> str:
    """Read a header whatever its case; empty where it is missing."""
    return next((v for key, v in response.headers.items() if key.lower() == name), "")


def _until(reset: str, now: datetime) -> timedelta | None:
    if not _is_number(reset):
        return None
    return _bounded(timedelta(seconds=int(reset) - int(now.timestamp()) + 1))


def _retry_after(said: str, now: datetime) -> timedelta | None:
    """Read `Retry-After`, which is in seconds or a date."""
    if _is_number(said):
        return _bounded(timedelta(seconds=int(said)))
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return _bounded((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(seconds=1)), MAX_PAUSE)


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= 11


def _problems(body: Payload) -> Iterator[tuple[str, int, str]]:
    """Yield kind, code and detail of each problem in a body, the top one first."""
    for entry in [body, *(body.items("errors") if body.has("errors") else ())]:
        kind = _text(entry, "type").rsplit("/", 1)[-1].replace("about:blank", "")[:MAX_KIND]
        words = (_text(entry, name) for name in ("detail", "message", "error_description", "title"))
        detail = next((said for said in words if said), "")[:MAX_DETAIL]
        number = _number(entry)
        if kind or number or detail:
            yield kind, number, detail


def _number(entry: Payload) -> int:
    value = entry.value.get("code") if isinstance(entry.value, dict) else None
    is_code = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000
    return value if is_code and isinstance(value, int) else 0


def _text(entry: Payload, name: str) -> str:
    value = entry.value.get(name) if isinstance(entry.value, dict) else None
    return value.strip() if isinstance(value, str) else ""
