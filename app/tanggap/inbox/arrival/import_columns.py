"""Find out which column is what, and make a post of a row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import cast, get_args

from tanggap.inbox.arrival.import_file import BadRow, ImportFileError, Row
from tanggap.inbox.clean import usable_id
from tanggap.sdk.types import IncomingPost, PostKind
from tanggap.store.base import utcnow
from tanggap.store.storable import storable

ALIASES: Mapping[str, Sequence[str]] = {
    "id": ("post_id", "id", "tweet_id", "comment_id", "message_id", "external_id", "status_id"),
    "created_at": (
        "created_at",
        "posted_at",
        "time",
        "timestamp",
        "date",
        "datetime",
        "created_time",
    ),
    "text": ("text", "full_text", "message", "content", "body", "comment", "tweet"),
    "author_id": ("author_id", "user_id", "from_id", "author.id", "user.id", "from.id"),
    "author_handle": (
        "author_handle",
        "handle",
        "username",
        "screen_name",
        "user_screen_name",
        "author.handle",
        "author.username",
        "user.screen_name",
    ),
    "author_name": ("author_name", "author", "user_name", "name", "user", "user.name", "from.name"),
    "followers": ("followers", "followers_count", "author_followers", "user.followers_count"),
    "in_reply_to": (
        "in_reply_to",
        "in_reply_to_id",
        "in_reply_to_status_id",
        "in_response_to_tweet_id",
        "parent_id",
        "reply_to",
    ),
    "thread_id": ("thread_id", "conversation_id"),
    "kind": ("kind", "type"),
    "url": ("url", "link", "permalink", "permalink_url"),
    "likes": ("likes", "like_count", "favorite_count", "reactions"),
    "reposts": ("reposts", "retweets", "retweet_count", "shares", "share_count"),
    "replies": ("replies", "reply_count", "comments", "comment_count"),
    "views": ("views", "impressions", "impression_count", "view_count"),
}
REQUIRED = ("text", "created_at")
METRICS = ("likes", "reposts", "replies", "views")
_KINDS = frozenset(get_args(PostKind))
# Spreadsheets round long ids for good: 1840000000000000123 becomes 1.84E+18.
_ROUNDED = re.compile(r"-?\d+([.,]\d+)?[eE]\+?\d+")
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)  # clocks and time zones that were told wrong


@dataclass(frozen=True, slots=True)
class Mapper:
    """Turns rows into posts of one account.

    `own` holds the company's own handles, lower case: what they wrote is an answer, not a case.
    `zone` is that of times that do not say theirs.
    """

    account_id: str
    columns: Mapping[str, str]
    zone: tzinfo = UTC
    own: frozenset[str] = field(default_factory=frozenset)

    def post(self, row: Row) -> IncomingPost | BadRow:
        """Make a post of a row, or say why it cannot be one."""
        try:
            return self._post(row)
        except ValueError as error:
            return BadRow(row.line, str(error))

    def _post(self, row: Row) -> IncomingPost:
        text = self._value(row, "text")
        if not text:
            raise ValueError("the text is empty")
        posted_at = read_time(self._value(row, "created_at"), self.zone)
        handle = self._value(row, "author_handle").removeprefix("@")
        author_id = self._author_id(row, handle)
        parent = self._id(row, "in_reply_to")
        return IncomingPost(
            account_id=self.account_id,
            external_id=self._id(row, "id") or fingerprint(author_id, posted_at, text),
            author_id=author_id,
            author_handle=handle,
            author_name=self._value(row, "author_name") or handle,
            author_followers=_number(self._value(row, "followers")),
            text=text,
            posted_at=posted_at,
            kind=self._kind(row, parent),
            in_reply_to=parent,
            thread_id=self._id(row, "thread_id"),
            url=_url(self._value(row, "url")),
            metrics={
                name: count
                for name in METRICS
                if (count := _number(self._value(row, name))) is not None
            },
        )

    def _value(self, row: Row, target: str) -> str:
        column = self.columns.get(target)
        return storable(row.values.get(column, "").strip()) if column else ""

    def _id(self, row: Row, target: str) -> str | None:
        value = self._value(row, target)
        if not value or value.lower() in ("none", "null", "nan"):
            return None
        if _ROUNDED.fullmatch(value):
            raise ValueError(
                f"{target} {value!r} was rounded by a spreadsheet; export the file again with "
                "that column as text"
            )
        # Tables of numbers with gaps are often written as decimals.
        value = re.sub(r"^(\d+)\.0$", r"\1", value)
        if not usable_id(value):
            raise ValueError(f"{target} is longer than an id can be")
        return value

    def _author_id(self, row: Row, handle: str) -> str:
        if handle.lower() in self.own:
            return self.account_id
        author = self._id(row, "author_id")
        return author or handle.lower()[:255] or self._value(row, "author_name")[:255] or "unknown"

    def _kind(self, row: Row, parent: str | None) -> PostKind:
        kind = self._value(row, "kind").lower()
        if kind in _KINDS:
            return cast("PostKind", kind)
        return "reply" if parent else "mention"


def map_columns(columns: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Say which column holds what: as told, else by its name.

    Raises `ImportFileError` when a column that was told is not there, or a needed one is missing.
    """
    for target, column in given.items():
        if target not in ALIASES:
            raise ImportFileError(f"{target!r} is not a field; there are {', '.join(ALIASES)}")
        if column not in columns:
            raise ImportFileError(f"no column {column!r}; the file has {', '.join(columns)}")
    by_name = {_plain(column): column for column in reversed(columns)}
    found = dict(given)
    for target, names in ALIASES.items():
        match = next((by_name[name] for name in names if name in by_name), None)
        if target not in found and match is not None and match not in found.values():
            found[target] = match
    missing = [target for target in REQUIRED if target not in found]
    if missing:
        raise ImportFileError(
            f"no column looks like {' or '.join(missing)}; the file has {', '.join(columns)}. "
            f"Say which one it is with --map {missing[0]}=COLUMN"
        )
    return found


def fingerprint(author_id: str, posted_at: datetime, text: str) -> str:
    """Name a post by its content, so that importing it again finds it."""
    content = f"{author_id}\n{posted_at.isoformat()}\n{text}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def read_time(value: str, zone: tzinfo = UTC) -> datetime:
    """Read ISO 8601, seconds or milliseconds since 1970, or X's own form; raises `ValueError`."""
    moment = _parsed_time(value)
    if moment is None:
        raise ValueError(f"the time {value[:40]!r} is not one like 2026-10-01T08:30:00+07:00")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"the time {value[:40]!r} is out of range") from error
    if moment < _EARLIEST:
        raise ValueError(f"the time {value[:40]!r} is before social media began")
    if moment > utcnow() + _AHEAD:
        raise ValueError(f"the time {value[:40]!r} is still to come")
    return moment


def _parsed_time(value: str) -> datetime | None:
    if re.fullmatch(r"\d{9,14}(\.\d+)?", value):
        number = float(value)
        return datetime.fromtimestamp(number / (1000 if number > 10**11 else 1), UTC)
    for read in (datetime.fromisoformat, _classic_time):
        try:
            return read(value)
        except ValueError:
            continue
    return None


def _classic_time(value: str) -> datetime:
    return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")


def _number(value: str) -> int | None:
    digits = re.sub(r"[,._ ](?=\d{3}\b)", "", value)
    match = re.fullmatch(r"(\d{1,15})(\.0)?", digits)
    return int(match[1]) if match else None


def _url(value: str) -> str | None:
    return value if value.startswith(("https://", "http://")) else None


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", column.lower()).strip("_")
