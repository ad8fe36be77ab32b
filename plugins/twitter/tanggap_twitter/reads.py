"""Tell what X bills for reading, so that the core stops before the operator's cap.

Prices of April 2026, each once in a UTC day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from tanggap.sdk import Payload
from tanggap_twitter import loose

OWNED: Final = "owned"
"""What mentions the own account, asked for by its own timeline."""
POST: Final = "post"
MESSAGE: Final = "message"
PRICES_USD: Final[Mapping[str, Decimal]] = {
    OWNED: Decimal("0.001"),
    POST: Decimal("0.005"),
    MESSAGE: Decimal("0.010"),
}


def read_ids(
    listed: Iterable[Payload], kind: str, included: Iterable[Payload] = ()
) -> Mapping[str, Sequence[str]]:
    """List a page's billed reads; posts that came along count as other posts do."""
    found = {kind: _ids(listed)}
    along = tuple(one for one in _ids(included) if one not in found[kind])
    return {**found, POST: (*found.get(POST, ()), *along)} if along else found


def _ids(entries: Iterable[Payload]) -> Sequence[str]:
    found = (loose.id_of(entry, "id") for entry in entries)
    return tuple(dict.fromkeys(one for one in found if one is not None))
