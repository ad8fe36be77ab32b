"""Read what the Graph API lists: posts, comments, messages and reviews, as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from tanggap.sdk import Attachment, Event, IncomingPost, Payload, PostEdited, PostHidden
from tanggap_facebook.feed import review_metrics
from tanggap_facebook.messenger import thread_of_person
from tanggap_facebook.reading import (
    MAX_ATTACHMENTS,
    Kind,
    address_of,
    author_of,
    comment_address,
    identifier,
    identifier_or_none,
    instant,
    link,
    loose_count,
    loose_text,
    thread_of,
)

POST_FIELDS = (
    "id,message,created_time,updated_time,from,permalink_url,attachments,shares,is_hidden,"
    "status_type,reactions.summary(total_count).limit(0),comments.summary(true).limit(0)"
)
COMMENT_FIELDS = (
    "id,message,created_time,from{id,name},parent{id},attachment,comment_count,like_count,"
    "is_hidden,permalink_url"
)
MESSAGE_FIELDS = "id,created_time,from,to,message,attachments"
REVIEW_FIELDS = (
    "created_time,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
)


def seen_again(events: Iterable[Event], at: datetime) -> Iterator[Event]:
    """Turn what was read into what may have changed since it was first read.

    Comments and messages carry no mark of an edit, so their text goes in as one; where it is the
    known text nothing changes. Our own answers are left alone: Facebook may have trimmed them.
    """
    for event in events:
        if isinstance(event, PostHidden):
            yield event
        elif isinstance(event, IncomingPost) and not _is_own_answer(event):
            yield PostEdited(
                account_id=event.account_id,
                external_id=event.external_id,
                text=event.text,
                edited_at=max(at, event.posted_at),
            )


def post(page: str, entry: Payload) -> Iterator[Event]:
    """Read a post of a Page's feed: our own, a visitor's, or one elsewhere that tags the Page."""
    found = identifier(entry, "id")
    author = author_of(entry, found)
    yield IncomingPost(
        account_id=page,
        external_id=found,
        author_id=author.id,
        author_name=author.name,
        text=entry.text_or("", "message"),
        posted_at=instant(entry, "created_time"),
        kind="post" if author.id == page else "mention",
        thread_id=found,
        url=address_of(found, loose_text(entry, "permalink_url")),
        metrics=_counts(
            entry,
            likes=("reactions", "summary", "total_count"),
            replies=("comments", "summary", "total_count"),
            shares=("shares", "count"),
        ),
        attachments=_attachments(entry.at("attachments")),
    )
    yield from _hidden(page, found, entry)


def comment(page: str, on: str, entry: Payload) -> Iterator[Event]:
    """Read a comment on the post `on`."""
    found = identifier(entry, "id")
    parent = identifier_or_none(entry.at("parent"), "id")
    if parent == found:
        parent = None
    author = author_of(entry, found)
    yield IncomingPost(
        account_id=page,
        external_id=found,
        author_id=author.id,
        author_name=author.name,
        text=entry.text_or("", "message"),
        posted_at=instant(entry, "created_time"),
        kind="comment" if parent is None else "reply",
        thread_id=thread_of(page, found, on, parent),
        in_reply_to=parent or on,
        url=address_of(found, loose_text(entry, "permalink_url")) or comment_address(found, on),
        metrics=_counts(entry, likes=("like_count",), replies=("comment_count",)),
        attachments=tuple(_media(entry.at("attachment"))),
    )
    yield from _hidden(page, found, entry)


def message(page: str, entry: Payload) -> Iterator[Event]:
    """Read a Messenger message, the customer's or our own."""
    sender = identifier(entry, "from", "id")
    others = [identifier(person, "id") for person in entry.at("to").items("data")]
    own = sender == page
    customer = next((other for other in others if other != page), None) if own else sender
    yield IncomingPost(
        account_id=page,
        external_id=identifier(entry, "id"),
        author_id=sender,
        author_name=loose_text(entry, "from", "name"),
        text=entry.text_or("", "message"),
        posted_at=instant(entry, "created_time"),
        kind="message",
        visibility="private",
        recipient_id=customer if own else None,
        thread_id=thread_of_person(customer) if customer else None,
        attachments=tuple(_files(entry.at("attachments"))),
    )


def review(page: str, entry: Payload) -> Iterator[Event]:
    """Read a review; its story is the post that comments on it go to."""
    when = instant(entry, "created_time")
    story = identifier_or_none(entry.at("open_graph_story"), "id")
    reviewer = entry.at("reviewer")
    author = identifier_or_none(reviewer, "id")
    found = story or f"review:{author or loose_text(reviewer, 'name')}:{int(when.timestamp())}"
    yield IncomingPost(
        account_id=page,
        external_id=found,
        author_id=author or f"anonymous:{found}",
        author_name=loose_text(reviewer, "name"),
        text=entry.text_or("", "review_text"),
        posted_at=when,
        kind="review",
        thread_id=found,
        url=address_of(found),
        metrics=review_metrics(entry),
    )


def _is_own_answer(post: IncomingPost) -> bool:
    return post.author_id == post.account_id and post.kind != "post"


def _hidden(page: str, found: str, entry: Payload) -> Iterator[Event]:
    hidden = entry.at("is_hidden").value
    if isinstance(hidden, bool):
        yield PostHidden(account_id=page, external_id=found, hidden=hidden)


def _counts(entry: Payload, **places: tuple[str, ...]) -> Mapping[str, int]:
    found = {name: loose_count(entry, *keys) for name, keys in places.items()}
    return {name: count for name, count in found.items() if count is not None}


def _attachments(edge: Payload) -> tuple[Attachment, ...]:
    return tuple(a for one in _list(edge) for a in _media(one))


def _media(one: Payload) -> Iterator[Attachment]:
    """Read an attachment of a post or a comment, whose picture stands in `media.image.src`."""
    if not isinstance(one.value, dict):
        return
    title = loose_text(one, "title")
    picture = tuple(link("image", loose_text(one, "media", "image", "src"), title))
    yield from picture or link("link", loose_text(one, "url"), title)


def _files(edge: Payload) -> Iterator[Attachment]:
    """Read the attachments of a message."""
    places: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("image", ("image_data", "url")),
        ("video", ("video_data", "url")),
        ("file", ("file_url",)),
    )
    for one in _list(edge):
        for kind, keys in places:
            yield from link(kind, loose_text(one, *keys), loose_text(one, "name"))


def _list(edge: Payload) -> Iterator[Payload]:
    data = edge.value.get("data") if isinstance(edge.value, dict) else None
    entries = data[:MAX_ATTACHMENTS] if isinstance(data, list) else []
    return (Payload(entry) for entry in entries if isinstance(entry, dict))
