"""Tell what X bills for reading, so that the core stops before the operator's cap.

Prices of April 2026: 0.001 USD for what mentions the own account, 0.005 for another post, 0.010
for a message; each once in a UTC day. The SDK knows one price, so a dearer read counts as several
of the cheapest: its id, and the id with a number behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tanggap.sdk import Payload
from tanggap_twitter import loose

PRICE_USD = Decimal("0.001")
OWNED, POST, MESSAGE = 1, 5, 10


def read_ids(
    listed: Iterable[Payload], units: int, included: Iterable[Payload] = ()
) -> Sequence[str]:
    """List a page's billed reads; posts that came along count as other posts do."""
    return tuple(dict.fromkeys((*_ids(listed, units), *_ids(included, POST))))


def _ids(entries: Iterable[Payload], units: int) -> Iterator[str]:
    for entry in entries:
        read_id = loose.id_of(entry, "id")
        if read_id is not None:
            yield read_id
            yield from (f"{read_id}#{number}" for number in range(2, units + 1))
