"""Small readers that webhooks and polling share: ids, times, authors, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.sdk import Attachment, InvalidPayload, Payload

SITE = "https://www.facebook.com"
MAX_ID = 255
MAX_ATTACHMENTS = 50
Kind = Literal["image", "video", "audio", "file", "link", "location"]
_FIRST_MILLISECONDS = 10**11
_SIMPLE_ID = re.compile(r"\d+(_\d+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something; the name may be missing without Advanced Access."""

    id: str
    name: str = ""


def identifier(value: Payload, *keys: str) -> str:
    """Read an id; raises `InvalidPayload` also for one longer than any platform makes."""
    found = value.id(*keys)
    if len(found) > MAX_ID:
        raise InvalidPayload(value.at(*keys).path, f"an id of at most {MAX_ID} characters")
    return found


def identifier_or_none(value: Payload, *keys: str) -> str | None:
    """Read an id, or None where it is missing, null or empty."""
    return None if value.id_or_none(*keys) is None else identifier(value, *keys)


def instant(value: Payload, key: str) -> datetime:
    """Read a time: `feed` sends seconds, Messenger milliseconds, the Graph API ISO 8601."""
    found = value.at(key)
    if isinstance(found.value, str) and "-" in found.value[1:]:
        return found.moment()
    unit = 1000 if abs(found.integer()) >= _FIRST_MILLISECONDS else 1
    return found.epoch(unit=unit)


def first_instant(value: Payload, *keys: str, fallback: datetime | None) -> datetime:
    """Read the first of these times that is there, or fall back on when it was sent."""
    for key in keys:
        if value.has(key):
            return instant(value, key)
    if fallback is None:
        raise InvalidPayload(value.at(keys[0]).path, "a time")
    return fallback


def author_of(value: Payload, unknown: str, *, persons: Sequence[str] = ("sender",)) -> Author:
    """Find the author in `from` or in `sender_id` and `sender_name`, or as other `persons` go.

    Mentions often come without one. Such an author gets an id of their own made from `unknown`,
    the id of the post, so that strangers are never taken for one another.
    """
    names = (("from", "name"), *((f"{person}_name",) for person in persons))
    name = next((said for keys in names if (said := loose_text(value, *keys))), "")
    for keys in (("from", "id"), *((f"{person}_id",) for person in persons)):
        found = identifier_or_none(value, *keys)
        if found is not None:
            return Author(found, name)
    return Author(f"anonymous:{unknown}"[:MAX_ID], name)


def loose_text(value: Payload, *keys: str) -> str:
    """Read a text that is not worth losing a post over: anything else reads as empty."""
    try:
        return value.text_or("", *keys)
    except InvalidPayload:
        return ""


def loose_count(value: Payload, *keys: str) -> int | None:
    """Read a number that is not worth losing a post over."""
    try:
        return value.integer(*keys) if value.has(*keys) else None
    except InvalidPayload:
        return None


def web_address(text: str) -> str | None:
    """Let only web addresses through; Facebook also sends permalinks without their host."""
    if text.startswith("/"):
        return SITE + text
    return text if text.startswith(("https://", "http://")) else None


def link(kind: Kind, address: str, description: str = "") -> Iterator[Attachment]:
    """Make an attachment of an address, or none where it is no web address."""
    url = web_address(address)
    if url is not None:
        yield Attachment(kind, url, description)


def is_reply(page: str, comment: str, post: str | None, parent: str | None) -> bool:
    """Tell whether a comment answers a comment rather than a post.

    Posts are `{owner}_{post}` and comments `{post}_{comment}`; the `parent_id` of a top-level
    comment is its post.
    """
    if parent is None or parent in (post, comment):
        return False
    head, _, tail = parent.partition("_")
    root = comment.partition("_")[0]
    if root in (parent, tail):
        return False
    return head in (root, parent) or head != page


def thread_of(page: str, comment: str, post: str | None, parent: str | None) -> str:
    """Name the thread of a comment: its top-level comment, since Facebook has two levels."""
    return parent if parent is not None and is_reply(page, comment, post, parent) else comment


def address_of(post: str, permalink: str = "") -> str | None:
    """Give the address of a post, from its own id where Facebook sent no permalink."""
    given = web_address(permalink) if permalink else None
    return given or (f"{SITE}/{post}" if _SIMPLE_ID.fullmatch(post) else None)


def comment_address(comment: str, post: str | None) -> str | None:
    """Give the address of a comment, which is its post's with the comment named."""
    number = comment.rpartition("_")[2]
    base = address_of(post) if post else None
    if base is None or not _SIMPLE_ID.fullmatch(number):
        return address_of(comment)
    return f"{base}?comment_id={number}"


def is_story(post: str) -> bool:
    """Tell posts from reviews of stars alone, whose ids are made up here and name no post."""
    return ":" not in post
