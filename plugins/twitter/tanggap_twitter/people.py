"""Read the users, posts and media that X puts beside its posts, in any of its shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tanggap.sdk import Payload
from tanggap_twitter import loose


@dataclass(frozen=True, slots=True)
class Person:
    """A user as far as X tells; every field but the id may be missing."""

    id: str
    name: str = ""
    handle: str = ""
    followers: int | None = None
    verified: bool = False
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class Includes:
    """What came along with a post, by id."""

    people: Mapping[str, Person] = field(default_factory=dict)
    media: Mapping[str, Payload] = field(default_factory=dict)
    posts: tuple[Payload, ...] = ()

    def person(self, person_id: str) -> Person:
        """Find somebody; an unknown one has an id and nothing else."""
        return self.people.get(person_id) or Person(person_id)

    def author_of(self, post_id: str) -> str | None:
        """Tell who wrote a post that came along."""
        found = (p for p in self.posts if loose.id_of(p, "id") == post_id)
        return next((loose.id_of(post, "author_id") for post in found), None)


def read_includes(holder: Payload) -> Includes:
    """Read `includes`: flat, wrapped in `data`, keyed by id, empty, or not there."""
    includes = loose.at(holder, "includes")
    media = {loose.id_of(entry, "media_key"): entry for entry in _entries(includes, "media")}
    return Includes(
        people=read_people(includes, "users"),
        media={key: entry for key, entry in media.items() if key is not None},
        posts=(*_entries(includes, "tweets"), *_entries(includes, "posts")),
    )


def read_people(holder: Payload, *keys: str) -> dict[str, Person]:
    """Read a map or list of users."""
    people = (read_person(entry) for entry in _entries(holder, *keys))
    return {person.id: person for person in people if person is not None}


def read_person(entry: Payload) -> Person | None:
    """Read a user of the v2 or the v1.1 API; None where not even an id can be read."""
    person_id = loose.id_of(entry, "id_str") or loose.id_of(entry, "id")
    if person_id is None:
        return None
    followers = loose.integer(entry, "public_metrics", "followers_count")
    if followers is None:
        followers = loose.integer(entry, "followers_count")
    avatar = loose.text(entry, "profile_image_url") or loose.text(entry, "profile_image_url_https")
    return Person(
        id=person_id,
        name=loose.text(entry, "name"),
        handle=loose.text(entry, "username") or loose.text(entry, "screen_name"),
        followers=followers,
        verified=loose.boolean(entry, "verified")
        or loose.text(entry, "verified_type") not in ("", "none"),
        avatar_url=avatar or None,
    )


def unwrap(entry: Payload) -> Payload:
    """Step into `data` where X wraps an object in it."""
    if isinstance(entry.value, dict) and "id" not in entry.value:
        inner = entry.at("data")
        if isinstance(inner.value, dict):
            return inner
    return entry


def _entries(holder: Payload, *keys: str) -> tuple[Payload, ...]:
    return tuple(unwrap(entry) for entry in _walk(loose.at(holder, *keys)))


def _walk(found: Payload) -> Iterator[Payload]:
    if isinstance(found.value, list):
        yield from found.items()
    elif isinstance(found.value, dict):
        if isinstance(found.value.get("data"), list):
            yield from found.items("data")
        else:
            yield from (found.at(key) for key in found.value)
