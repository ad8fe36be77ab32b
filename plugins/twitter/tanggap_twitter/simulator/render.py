"""Write posts, users and messages as the v2 API does, in the dialect that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tanggap.sdk.simulator import Person, SimulatedMedia, SimulatedPost, World

_METRICS = {
    "likes": "like_count",
    "replies": "reply_count",
    "reposts": "retweet_count",
    "quotes": "quote_count",
    "bookmarks": "bookmark_count",
    "views": "impression_count",
}
_REFERENCES = {"quote": "quoted", "repost": "retweeted"}
_HANDLE = re.compile(r"@(\w{1,15})", re.ASCII)
_ALWAYS = frozenset({"id", "text", "edit_history_tweet_ids"})
_NEWER_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "in_reply_to_tweet_id": "in_reply_to_post_id",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}


def post(world: World, one: SimulatedPost) -> dict[str, Any]:
    """Write a post with every field."""
    found: dict[str, Any] = {
        "id": one.id,
        "text": escaped(one.text),
        "author_id": one.author.id,
        "created_at": moment(one.edited_at or one.at),
        "conversation_id": one.thread_id,
        "edit_history_tweet_ids": [*one.history, one.id],
        "entities": {"mentions": _mentions(world, one.text)},
        "public_metrics": {key: one.metrics.get(name, 0) for name, key in _METRICS.items()},
        "lang": "id",
        "reply_settings": "everyone",
        "possibly_sensitive": False,
    }
    if one.media:
        found["attachments"] = {"media_keys": [f"3_{media.id}" for media in one.media]}
    if one.parent is not None:
        kind = _REFERENCES.get(one.kind, "replied_to")
        found["referenced_tweets"] = [{"type": kind, "id": one.parent.id}]
        if kind == "replied_to":
            found["in_reply_to_tweet_id"] = one.parent.id
            found["in_reply_to_user_id"] = one.parent.author.id
    return found


def media(one: SimulatedMedia) -> dict[str, Any]:
    """Write a picture as `includes.media` lists it."""
    facts = {"media_key": f"3_{one.id}", "type": "photo", "url": one.url}
    return {**facts, "alt_text": one.description} if one.description else facts


def user(person: Person) -> dict[str, Any]:
    """Write a user with every field."""
    return {
        "id": person.id,
        "name": person.name,
        "username": person.handle,
        "verified": person.verified,
        "verified_type": "blue" if person.verified else "none",
        "protected": False,
        "public_metrics": {
            "followers_count": person.followers,
            "following_count": 0,
            "tweet_count": 0,
            "listed_count": 0,
        },
    }


def legacy_message(one: SimulatedPost) -> dict[str, Any]:
    """Write a message as webhooks carry it."""
    recipient = one.recipient.id if one.recipient else one.account.id
    people = [person for person in (one.author, one.recipient) if person is not None]
    shown = [{"id_str": m.id, "media_url_https": m.url, "type": "photo"} for m in one.media]
    return {
        "direct_message_events": [
            {
                "type": "message_create",
                "id": one.id,
                "created_timestamp": str(int(one.at.timestamp() * 1000)),
                "message_create": {
                    "target": {"recipient_id": recipient},
                    "sender_id": one.author.id,
                    "message_data": {
                        "text": escaped(one.text),
                        "entities": {
                            "hashtags": [],
                            "symbols": [],
                            "user_mentions": [],
                            "urls": [],
                        },
                        **({"attachment": {"type": "media", "media": shown[0]}} if shown else {}),
                    },
                },
            }
        ],
        "users": {person.id: {"data": user(person)} for person in people},
    }


def message(one: SimulatedPost) -> dict[str, Any]:
    """Write a message as polls list it."""
    shown = {"attachments": {"media_keys": [f"3_{media.id}" for media in one.media]}}
    return {
        **(shown if one.media else {}),
        "id": one.id,
        "event_type": "MessageCreate",
        "text": escaped(one.text),
        "sender_id": one.author.id,
        "dm_conversation_id": one.thread_id,
        "created_at": moment(one.at),
    }


def chosen(found: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Keep what was asked for; without `fields` X gives only id, text and edit history."""
    wanted = _ALWAYS | set((fields or "").replace("_post", "_tweet").split(","))
    wanted |= {"in_reply_to_tweet_id"} if "referenced_tweets" in wanted else set()
    return {key: value for key, value in found.items() if key in wanted}


def newer(value: Any) -> Any:
    """Rename every field to the newer dialect, all the way down."""
    if isinstance(value, dict):
        return {_NEWER_NAMES.get(key, key): newer(one) for key, one in value.items()}
    return [newer(one) for one in value] if isinstance(value, list) else value


def moment(at: datetime) -> str:
    """Write a time with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def escaped(text: str) -> str:
    """Escape the three characters that X escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned(world: World, text: str) -> Iterable[Person]:
    """Find the people a text mentions."""
    found = (world.by_handle(handle) for handle in _HANDLE.findall(text))
    return [person for person in found if person is not None]


def _mentions(world: World, text: str) -> list[dict[str, Any]]:
    found = []
    for match in _HANDLE.finditer(text):
        person = world.by_handle(match[1])
        entry = {"start": match.start(), "end": match.end(), "username": match[1]}
        found.append({**entry, "id": person.id} if person else entry)
    return found
