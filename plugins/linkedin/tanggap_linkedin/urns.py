"""Read and write LinkedIn's URNs, the only ids of this platform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from tanggap.sdk import InvalidPayload, Payload

_PLAIN = re.compile(r"urn:li:[A-Za-z]+:[A-Za-z0-9_-]{1,64}")
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?([A-Za-z]+):([0-9]{1,20}),([0-9]{1,20})\)")
_FEED = "https://www.linkedin.com/feed/update/"
# Ids of posts and comments begin with the time they were written: 41 bits of milliseconds.
_TIME_SHIFT = 22
_MAX_DIGITS = 20
_EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CommentUrn:
    """A comment's URN, whichever of the two forms LinkedIn sent it in."""

    post: str
    id: str

    @classmethod
    def read(cls, text: str) -> CommentUrn | None:
        """Read `urn:li:comment:(activity:A,C)` or `(urn:li:activity:A,C)`; None for others."""
        found = _COMMENT.fullmatch(text)
        return cls(f"urn:li:{found[1]}:{found[2]}", found[3]) if found else None

    def __str__(self) -> str:
        return f"urn:li:comment:({self.post},{self.id})"


def read_urn(payload: Payload, *keys: str) -> str:
    """Read the URN of a person, an organisation or a post; comments come back in long form."""
    text = payload.text(*keys)
    if _PLAIN.fullmatch(text):
        return text
    comment = CommentUrn.read(text)
    if comment is None:
        raise InvalidPayload(payload.at(*keys).path, "a LinkedIn URN")
    return str(comment)


def read_comment(payload: Payload, *keys: str) -> CommentUrn:
    """Read the URN of a comment."""
    comment = CommentUrn.read(payload.text(*keys))
    if comment is None:
        raise InvalidPayload(payload.at(*keys).path, "the URN of a comment")
    return comment


def encode(urn: str) -> str:
    """Encode a URN for a Rest.li path or query: its own punctuation too."""
    return quote(urn, safe="")


def local_id(urn: str) -> str:
    """Give the last part of a plain URN, such as the number of an organisation."""
    return urn.rsplit(":", 1)[-1]


def dated_by(number: str) -> datetime | None:
    """Tell when the post or comment with this id was written; None where the id does not say."""
    if not (number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS):
        return None
    seconds = (int(number) >> _TIME_SHIFT) / 1000
    if not _EARLIEST.timestamp() <= seconds <= _LATEST.timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


def link(urn: str) -> str:
    """Give the address of a post or comment on linkedin.com."""
    comment = CommentUrn.read(urn)
    if comment is None:
        return _FEED + urn
    return f"{_FEED}{comment.post}?commentUrn={encode(str(comment))}"
