"""Names of things on many forums: the forum before the number, so that two never clash."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tanggap.sdk import Rejected

SYSTEM_USER = "-1"


def forum_of(address: str) -> str:
    """Shorten a forum's address to host and folder; empty where it is none."""
    try:
        parts = urlsplit(address.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}"


def user_name(forum: str, number: int | str) -> str:
    """Name a user of a forum; accounts are named so too."""
    return f"{forum}:{number}"


def number_of(user: str) -> str:
    """Give a user's number on its forum."""
    return user.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class PostName:
    """A post by its topic and its number there, which is how Discourse links and answers."""

    topic: int
    number: int

    def __str__(self) -> str:
        """Write it as in the post's address."""
        return f"{self.topic}/{self.number}"

    @classmethod
    def read(cls, name: str) -> PostName:
        """Read a name; raises `Rejected` for one that we did not give."""
        topic, _, number = name.partition("/")
        if not all(part.isascii() and part.isdigit() for part in (topic, number)):
            raise Rejected(f"{name!r:.60} is no post of a Discourse forum", "name")
        return cls(int(topic), int(number))
