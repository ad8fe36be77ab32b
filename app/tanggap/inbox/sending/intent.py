"""What an answer is for beyond answering; it goes along from the draft to the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from tanggap.store.base import utcnow
from tanggap.store.replies import PURPOSES


@dataclass(frozen=True, slots=True)
class Intent:
    """One of `PURPOSES` or none, and by when the customer is promised to hear from us, if so."""

    purpose: str = ""
    promised_until: datetime | None = None

    def values(self) -> dict[str, Any]:
        """Give the columns that drafts, approvals and replies keep it in."""
        return {"purpose": self.purpose, "promised_until": self.promised_until}


PLAIN: Final = Intent()


class Purposeful(Protocol):
    """A row that keeps an intent."""

    purpose: Any
    promised_until: Any


def intent_of(row: Purposeful) -> Intent:
    """Read the intent of a draft, an approval or a reply."""
    return Intent(row.purpose, row.promised_until)


def read_intent(purpose: str, promised: str) -> Intent:
    """Read an intent as a form writes it; what makes no sense, or is past, is left out."""
    try:
        until = datetime.fromisoformat(promised) if promised else None
    except ValueError:
        until = None
    if until is not None and (until.tzinfo is None or until <= utcnow()):
        until = None
    return Intent(purpose if purpose in PURPOSES else "", until)
