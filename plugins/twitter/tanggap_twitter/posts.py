"""Read a post of the v2 API, as webhooks and polls both send it, in either dialect."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import takewhile
from typing import Literal

from tanggap.sdk import Attachment, Event, IncomingPost, Payload, PostKind, Unreadable
from tanggap.sdk.errors import InvalidPayload
from tanggap_twitter import loose
from tanggap_twitter.client import post_url
from tanggap_twitter.people import Includes

# ids of posts hold their time: milliseconds since this moment, above 22 bits
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
SNOWFLAKE_BITS = 22

_REPLIED, _QUOTED, _REPOSTED = "replied_to", "quoted", ("retweeted", "reposted")
_METRICS = {
    "like_count": "likes",
    "reply_count": "replies",
    "retweet_count": "reposts",
    "repost_count": "reposts",
    "quote_count": "quotes",
    "bookmark_count": "bookmarks",
    "impression_count": "views",
}
_MEDIA_KINDS: Mapping[str, Literal["image", "video", "file"]] = {
    "photo": "image",
    "video": "video",
    "animated_gif": "video",
}
# X escapes these three in texts, and nothing else
_ESCAPED = re.compile("&(?:amp|lt|gt);")


def read_post(
    post: Payload, account_id: str, includes: Includes, kind: PostKind | None = None
) -> IncomingPost:
    """Read one post; `kind` is what the event says it is, told from the post where None."""
    post_id = post.id("id")
    author = includes.person(post.id("author_id"))
    refs = references(post)
    own = author.id == account_id
    posted_at = _posted_at(post, post_id)
    previous = previous_ids(post)
    return IncomingPost(
        account_id=account_id,
        external_id=post_id,
        author_id=author.id,
        text=read_text(post),
        posted_at=posted_at,
        edited_at=posted_at if previous else None,
        previous_ids=previous,
        kind=_own_kind(refs) if own else kind or _kind(post, account_id, includes, refs),
        author_name=author.name,
        author_handle=author.handle,
        author_followers=author.followers,
        author_verified=author.verified,
        author_avatar_url=author.avatar_url,
        thread_id=loose.id_of(post, "conversation_id"),
        in_reply_to=refs.get(_REPLIED),
        quoted_id=refs.get(_QUOTED) or refs.get(_REPOSTED[0]),
        url=post_url(post_id, author.handle),
        mentions=_mentions(post),
        metrics=_metrics(post),
        attachments=media_of(post, includes),
    )


def read_context(includes: Includes, account_id: str) -> Iterator[Event]:
    """Yield the posts that came along, so that the one that needs them finds them there."""
    for entry in includes.posts:
        try:
            if entry.has("author_id"):
                yield read_post(entry, account_id, includes, "post")
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def previous_ids(post: Payload) -> tuple[str, ...]:
    """List the ids of earlier versions, oldest first: every edit makes a post with a new id."""
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        history = dict.fromkeys(filter(None, (loose.id_of(e) for e in loose.items(post, name))))
        if history:
            return earlier(history, post.id("id"))
    return ()


def earlier(history: Iterable[str], post_id: str) -> tuple[str, ...]:
    """Give the ids of versions that come before this one."""
    return tuple(takewhile(lambda version: version != post_id, history))


def read_text(post: Payload) -> str:
    """Read the text, of a long post in full, as its author typed it."""
    for note in ("note_tweet", "note_post"):
        if post.has(note, "text"):
            return unescape(post.text(note, "text"))
    return unescape(post.text("text"))


def unescape(text: str) -> str:
    """Undo X's escaping of &, < and >."""
    return _ESCAPED.sub(lambda found: html.unescape(found[0]), text)


def references(post: Payload) -> Mapping[str, str]:
    """Tell which posts this one replies to, quotes or reposts; odd entries tell nothing."""
    found: dict[str, str] = {}
    for name in ("referenced_tweets", "referenced_posts"):
        for entry in loose.items(post, name):
            kind, post_id = loose.text(entry, "type"), loose.id_of(entry, "id")
            if kind and post_id:
                found[_REPOSTED[0] if kind in _REPOSTED else kind] = post_id
    for name in ("in_reply_to_tweet_id", "in_reply_to_post_id"):
        post_id = loose.id_of(post, name)
        if _REPLIED not in found and post_id:
            found[_REPLIED] = post_id
    return found


def moment_of_id(post_id: str) -> datetime:
    """Tell when a post was made from its id; the epoch of ids for one that holds no time."""
    number = int(post_id) if post_id.isascii() and post_id.isdigit() and len(post_id) < 20 else 0
    milliseconds = (number >> SNOWFLAKE_BITS) + SNOWFLAKE_EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _posted_at(post: Payload, post_id: str) -> datetime:
    return post.moment("created_at") if post.has("created_at") else moment_of_id(post_id)


def _own_kind(refs: Mapping[str, str]) -> PostKind:
    if _REPOSTED[0] in refs:
        return "repost"
    if _REPLIED in refs:
        return "reply"
    return "quote" if _QUOTED in refs else "post"


def _kind(post: Payload, account_id: str, includes: Includes, refs: Mapping[str, str]) -> PostKind:
    if _REPOSTED[0] in refs:
        return "repost"
    if _REPLIED in refs and loose.id_of(post, "in_reply_to_user_id") == account_id:
        return "reply"
    quotes_us = _QUOTED in refs and includes.author_of(refs[_QUOTED]) == account_id
    return "quote" if quotes_us else "mention"


def _mentions(post: Payload) -> tuple[str, ...]:
    """List the handles that are named, those beyond the cut of a long post as well."""
    holders = (post, loose.at(post, "note_tweet"), loose.at(post, "note_post"))
    entries = (one for holder in holders for one in loose.items(holder, "entities", "mentions"))
    return tuple(dict.fromkeys(filter(None, (loose.text(one, "username") for one in entries))))


def _metrics(post: Payload) -> dict[str, int]:
    counts = ((name, loose.integer(post, "public_metrics", key)) for key, name in _METRICS.items())
    return {name: count for name, count in counts if count is not None}


def read_media(entries: Iterable[Payload]) -> tuple[Attachment, ...]:
    """Read pictures and videos of either API, those with an address to show."""
    return tuple(found for entry in entries if (found := _medium(entry)) is not None)


def media_of(entry: Payload, includes: Includes) -> tuple[Attachment, ...]:
    """Read the media whose keys a post or message names."""
    keys = (loose.id_of(key) or "" for key in loose.items(entry, "attachments", "media_keys"))
    return read_media(includes.media[key] for key in keys if key in includes.media)


def _medium(entry: Payload) -> Attachment | None:
    kind = _MEDIA_KINDS.get(loose.text(entry, "type"), "file")
    names = ("url", "media_url_https", "preview_image_url")
    addresses = (_film(entry), *(loose.text(entry, name) for name in names))
    url = next((address for address in addresses if address), None)
    return Attachment(kind, url, loose.text(entry, "alt_text")) if url else None


def _film(entry: Payload) -> str:
    """Give the address of a film at its best, empty for a picture."""
    variants = (*loose.items(entry, "variants"), *loose.items(entry, "video_info", "variants"))
    films = [one for one in variants if loose.text(one, "content_type") == "video/mp4"]
    return max(((_bit_rate(one), loose.text(one, "url")) for one in films), default=(0, ""))[1]


def _bit_rate(variant: Payload) -> int:
    return loose.integer(variant, "bit_rate") or loose.integer(variant, "bitrate") or 0
