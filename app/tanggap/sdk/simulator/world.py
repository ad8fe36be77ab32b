"""The people and posts of a simulated platform, safe to use from many threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tanggap.sdk.types import PostKind

Change = Literal["created", "edited", "deleted", "hidden", "metrics"]


@dataclass(slots=True)
class Person:
    """Somebody who can write on the platform; `ours` marks an account of the company."""

    id: str
    handle: str
    name: str
    followers: int = 0
    verified: bool = False
    ours: bool = False
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SimulatedMedia:
    """A picture on the platform; `used` says that something published shows it."""

    id: str
    content: bytes = field(repr=False)
    url: str
    media_type: str
    description: str = ""
    category: str = ""
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Draft:
    """What is about to be published, by a script or through the platform's own API.

    `reference` is what its writer brings along from a link into the private thread.
    """

    author: Person
    text: str
    kind: PostKind
    account: Person
    parent: SimulatedPost | None = None
    recipient: Person | None = None
    key: str | None = None
    at: datetime | None = None
    via_api: bool = False
    reference: str = ""
    media: list[SimulatedMedia] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SimulatedPost:
    """A post as the platform keeps it; `history` holds the older ids of an edited one."""

    id: str
    key: str | None
    author: Person
    text: str
    kind: PostKind
    account: Person
    at: datetime
    parent: SimulatedPost | None = None
    recipient: Person | None = None
    thread_id: str = ""
    private: bool = False
    deleted: bool = False
    hidden: bool = False
    via_api: bool = False
    reference: str = ""
    media: list[SimulatedMedia] = field(default_factory=list)
    edited_at: datetime | None = None
    history: list[str] = field(default_factory=list)
    metrics: dict[str, int] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """Tell whether the company wrote it."""
        return self.author.ours

    def as_json(self) -> dict[str, object]:
        """Describe the post as `GET /_control/posts` lists it."""
        return {
            "id": self.id,
            "key": self.key,
            "author": self.author.handle,
            "author_id": self.author.id,
            "author_name": self.author.name,
            "text": self.text,
            "kind": self.kind,
            "in_reply_to": self.parent.id if self.parent else None,
            "thread": self.thread_id,
            "account": self.account.id,
            "private": self.private,
            "ours": self.ours,
            "via_api": self.via_api,
            "deleted": self.deleted,
            "hidden": self.hidden,
            "metrics": dict(self.metrics),
            "media": [
                {
                    "id": one.id,
                    "type": one.media_type,
                    "bytes": len(one.content),
                    "description": one.description,
                }
                for one in self.media
            ],
            "at": self.at.isoformat(),
        }


class KeyTaken(Exception):
    """A post with this id or script key is there already."""


class World:
    """Everything that exists on the platform; take `lock` around a read of several facts."""

    def __init__(self, accounts: Iterable[Person], media_address: str = "") -> None:
        self._media_address = media_address
        self.lock = threading.RLock()
        self.accounts = list(accounts)
        self._people = {person.id: person for person in self.accounts}
        self._handles = {person.handle.lower(): person for person in self.accounts}
        self._posts: list[SimulatedPost] = []
        self._refs: dict[str, SimulatedPost] = {}
        self._media: dict[str, SimulatedMedia] = {}

    def person(self, person_id: str) -> Person | None:
        """Find somebody by id."""
        return self._people.get(person_id)

    def by_handle(self, handle: str) -> Person | None:
        """Find somebody by handle, with or without its at sign, in any case."""
        return self._handles.get(handle.removeprefix("@").lower())

    def add_person(self, person: Person) -> None:
        """Let somebody join."""
        with self.lock:
            self._people[person.id] = person
            self._handles[person.handle.lower()] = person

    def account(self, account_id: str | None = None) -> Person | None:
        """Find an account of the company, the first one where no id is given."""
        if account_id is None:
            return self.accounts[0]
        return next((a for a in self.accounts if account_id in (a.id, a.handle)), None)

    def post(self, ref: str) -> SimulatedPost | None:
        """Find a post by its id, by an older id of it, or by the key its script gave it."""
        return self._refs.get(ref)

    def posts(self) -> list[SimulatedPost]:
        """List all posts in the order they were published."""
        with self.lock:
            return list(self._posts)

    def add_media(
        self, content: bytes, media_type: str, description: str = "", category: str = ""
    ) -> SimulatedMedia:
        """Take a picture in; it is shown once a post names it."""
        with self.lock:
            number = str(9_000_000 + len(self._media))
            made = SimulatedMedia(
                id=number,
                content=content,
                url=f"{self._media_address}{number}",
                media_type=media_type,
                description=description,
                category=category,
            )
            self._media[made.id] = made
            return made

    def media(self, media_id: str) -> SimulatedMedia | None:
        """Find a picture."""
        return self._media.get(media_id)

    def add_post(self, post: SimulatedPost) -> None:
        """Publish a post; raises `KeyTaken` when its id or key is in use."""
        refs = {post.id} if post.key is None else {post.id, post.key}
        with self.lock:
            taken = sorted(refs & self._refs.keys())
            if taken:
                raise KeyTaken(taken[0])
            self._posts.append(post)
            self._refs |= dict.fromkeys(refs, post)

    def rename(self, post: SimulatedPost, new_id: str) -> None:
        """Give a post a new id, as platforms do on edit; the old one still finds it."""
        with self.lock:
            post.history.append(post.id)
            post.id = new_id
            self._refs[new_id] = post
