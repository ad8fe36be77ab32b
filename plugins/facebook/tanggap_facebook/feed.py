"""One function for each kind of change a Page reports: `feed`, `mention` and `ratings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tanggap.sdk import (
    Attachment,
    Event,
    Ignored,
    IncomingPost,
    Payload,
    PostDeleted,
    PostEdited,
    PostHidden,
)
from tanggap.sdk.types import PostKind
from tanggap_facebook.reading import (
    MAX_ATTACHMENTS,
    MAX_ID,
    address_of,
    author_of,
    comment_address,
    first_instant,
    identifier,
    identifier_or_none,
    is_reply,
    link,
    loose_count,
    loose_text,
    thread_of,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of `changes`; `page` is the account, `sent_at` when Facebook sent it."""

    page: str
    name: str
    value: Payload
    sent_at: datetime | None


Parser = Callable[[Change], Iterable[Event]]


def comment_added(change: Change) -> Iterator[Event]:
    """Read a new comment on a post, or a reply to a comment."""
    value = change.value
    comment, post = identifier(value, "comment_id"), identifier_or_none(value, "post_id")
    nested = is_reply(change.page, comment, post, identifier_or_none(value, "parent_id"))
    yield _comment(change, "reply" if nested else "comment")
    yield from _hidden_from_the_start(change, comment)


def publication(change: Change) -> Iterator[Event]:
    """Read a post on the Page: a visitor's, or our own.

    A visitor's post is a mention: `post` is for what stands above the customers' words.
    """
    value = change.value
    post = identifier(value, "post_id")
    own = author_of(value, post).id == change.page
    if own and _is_unpublished(value):
        yield Ignored(event=change.name)
        return
    yield _post(change, "post" if own else "repost" if _is_bare_share(change, post) else "mention")
    yield from _hidden_from_the_start(change, post)


def mentioned(change: Change) -> Iterator[Event]:
    """Read a post or a comment elsewhere that names the Page."""
    yield (_comment if _is_about_comment(change) else _post)(change, "mention")


def edited(change: Change) -> Iterator[Event]:
    """Read a new text; an edit without one, as of a photo's album, changes nothing here."""
    value = change.value
    if not value.has("message"):
        yield Ignored(event=change.name)
        return
    yield PostEdited(
        account_id=change.page,
        external_id=_object_id(change),
        text=value.text("message"),
        edited_at=_edited_at(change),
    )


def removed(change: Change) -> Iterator[Event]:
    """Read that a post or a comment is gone."""
    yield PostDeleted(
        account_id=change.page, external_id=_object_id(change), deleted_at=_when(change)
    )


def hidden(change: Change) -> Iterator[Event]:
    """Read that a post or a comment was hidden."""
    yield PostHidden(account_id=change.page, external_id=_object_id(change), hidden=True)


def shown(change: Change) -> Iterator[Event]:
    """Read that a hidden post or comment can be seen again."""
    yield PostHidden(account_id=change.page, external_id=_object_id(change), hidden=False)


def review_added(change: Change) -> Iterator[Event]:
    """Read a review: stars in older ones, a recommendation or its opposite in newer ones."""
    value = change.value
    when = _when(change)
    review = _review_id(change, when)
    author = author_of(value, review, persons=("reviewer", "sender"))
    yield IncomingPost(
        account_id=change.page,
        external_id=review,
        author_id=author.id,
        author_name=author.name,
        text=value.text_or(loose_text(value, "message"), "review_text"),
        posted_at=when,
        kind="review",
        thread_id=review,
        url=address_of(review),
        metrics=review_metrics(value),
    )


def review_edited(change: Change) -> Iterator[Event]:
    """Read a review's new text; one without words brings nothing new."""
    if not change.value.has("review_text"):
        yield Ignored(event=change.name)
        return
    yield PostEdited(
        account_id=change.page,
        external_id=_review_id(change, _when(change)),
        text=change.value.text("review_text"),
        edited_at=_edited_at(change),
    )


def review_removed(change: Change) -> Iterator[Event]:
    """Read that a review is gone."""
    when = _when(change)
    yield PostDeleted(account_id=change.page, external_id=_review_id(change, when), deleted_at=when)


def review_metrics(value: Payload) -> Mapping[str, int]:
    """Read a review's stars, or 1 for a recommendation and 0 for its opposite."""
    stars = loose_count(value, "rating")
    if stars is not None:
        return {"rating": stars}
    said = loose_text(value, "recommendation_type").upper()
    return {"recommends": int(said == "POSITIVE")} if said in ("POSITIVE", "NEGATIVE") else {}


def attachments_of(value: Payload) -> tuple[Attachment, ...]:
    """Read the photos, videos and links that came with a post or a comment."""
    return tuple(dict.fromkeys(islice(_attachments(value), MAX_ATTACHMENTS)))


def _attachments(value: Payload) -> Iterator[Attachment]:
    photos = value.at("photos").value
    for photo in photos if isinstance(photos, list) else ():
        yield from link("image", photo if isinstance(photo, str) else "")
    yield from link("image", loose_text(value, "photo"))
    yield from link("video", loose_text(value, "video"))
    item = value.at("item").value
    yield from link(
        "image" if item == "photo" else "video" if item == "video" else "link",
        loose_text(value, "link"),
    )


def _comment(change: Change, kind: PostKind) -> IncomingPost:
    value = change.value
    comment = identifier(value, "comment_id")
    post = identifier_or_none(value, "post_id") or identifier_or_none(value, "open_graph_story_id")
    parent = identifier_or_none(value, "parent_id")
    # Comments on reviews were seen with the author in `reviewer_id`.
    author = author_of(value, comment, persons=("sender", "reviewer"))
    return IncomingPost(
        account_id=change.page,
        external_id=comment,
        author_id=author.id,
        author_name=author.name,
        text=value.text_or("", "message"),
        posted_at=_when(change),
        kind=kind,
        thread_id=thread_of(change.page, comment, post, parent),
        in_reply_to=next((above for above in (parent, post) if above not in (None, comment)), None),
        url=comment_address(comment, post),
        attachments=attachments_of(value),
    )


def _post(change: Change, kind: PostKind) -> IncomingPost:
    value = change.value
    post = identifier(value, "post_id")
    author = author_of(value, post)
    permalink = loose_text(value, "permalink_url") or loose_text(value, "post", "permalink_url")
    return IncomingPost(
        account_id=change.page,
        external_id=post,
        author_id=author.id,
        author_name=author.name,
        text=value.text_or("", "message"),
        posted_at=_when(change),
        kind=kind,
        thread_id=post,
        url=address_of(post, permalink),
        attachments=attachments_of(value),
    )


def _when(change: Change) -> datetime:
    return first_instant(change.value, "created_time", fallback=change.sent_at)


def _edited_at(change: Change) -> datetime:
    """Tell when a text was edited: `created_time` is when it was first written."""
    sent_at = change.sent_at or _when(change)
    return first_instant(change.value, "edited_time", fallback=sent_at)


def _object_id(change: Change) -> str:
    return identifier(change.value, "comment_id" if _is_about_comment(change) else "post_id")


def _is_about_comment(change: Change) -> bool:
    """Tell what an event is about; one of item `mention` tells by its ids alone."""
    item = change.name.split(".")[1]
    return item == "comment" or (item == "mention" and change.value.has("comment_id"))


def _hidden_from_the_start(change: Change, name: str) -> Iterator[Event]:
    """Tell of a post that Facebook's own filter or the Page's word list hid as it came."""
    if change.value.at("is_hidden").value is True:
        yield PostHidden(account_id=change.page, external_id=name, hidden=True)


def _is_bare_share(change: Change, post: str) -> bool:
    """Tell a wordless share of the Page's own post from a link that a visitor left on the Page."""
    value = change.value
    if value.at("item").value != "share" or value.text_or("", "message").strip():
        return False
    address = loose_text(value, "link")
    ours = (f"/{change.page}_", f"/{change.page}/", f"id={change.page}")
    return not post.startswith(f"{change.page}_") or any(part in address for part in ours)


def _review_id(change: Change, when: datetime) -> str:
    value = change.value
    for key in ("open_graph_story_id", "post_id"):
        found = identifier_or_none(value, key)
        if found is not None:
            return found
    reviewer = identifier(value, "reviewer_id")
    return f"review:{reviewer}:{int(when.timestamp())}"[:MAX_ID]


def _is_unpublished(value: Payload) -> bool:
    return any(value.at(key).value in (0, False, "0") for key in ("published", "is_published"))


def _parsers(name: str, add: Parser, edit: Parser, remove: Parser) -> Mapping[str, Parser]:
    verbs = {"add": add, "hide": hidden, "unhide": shown}
    verbs |= dict.fromkeys(("edit", "edited", "update"), edit)
    verbs |= dict.fromkeys(("remove", "delete"), remove)
    return {f"{name}.{verb}": parser for verb, parser in verbs.items()}


POST_ITEMS = ("post", "status", "photo", "video", "share", "link", "note", "reel")
PARSERS: Mapping[str, Parser] = {
    **_parsers("feed.comment", comment_added, edited, removed),
    **{
        name: parser
        for item in POST_ITEMS
        for name, parser in _parsers(f"feed.{item}", publication, edited, removed).items()
    },
    **{
        name: parser
        for item in ("comment", *POST_ITEMS, "album", "event", "mention")
        for name, parser in _parsers(f"mention.{item}", mentioned, edited, removed).items()
    },
    **_parsers("feed.mention", mentioned, edited, removed),
    **_parsers("ratings.rating", review_added, review_edited, review_removed),
    **_parsers("ratings.comment", comment_added, edited, removed),
}
