"""How the Graph API writes things down: times, chosen fields, pages of an edge, objects."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from tanggap.sdk.simulator import Person, SimulatedMedia, SimulatedPost
from tanggap_facebook.simulator.gate import Refused, token_of
from tanggap_facebook.simulator.places import is_comment, psid, root_of, top_of

SITE = "https://www.facebook.com"
DEFAULT_FIELDS = "id,message,created_time"
_MOST = 100


def stamp(when: datetime) -> str:
    """Write a time, without a colon in its offset."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def number_argument(request: Request, name: str, default: int) -> int:
    """Read a whole number from the address."""
    try:
        return int(request.args.get(name, default))
    except ValueError as error:
        raise Refused(f"(#100) Param {name} must be a number", 100) from error


def fields_of(text: str) -> dict[str, str]:
    """Split `a,b.limit(2){c,d}` into the names wanted and what is wanted within each."""
    found: dict[str, str] = {}
    depth, start = 0, 0
    for place, sign in enumerate(f"{text},"):
        depth += sign in "({"
        depth -= sign in ")}"
        if sign == "," and depth == 0:
            head, _, inner = text[start:place].partition("{")
            found[head.partition(".")[0].strip()] = inner.removesuffix("}")
            start = place + 1
    return found


def pick(request: Request, value: dict[str, Any]) -> dict[str, Any]:
    """Keep the fields that were asked for, and the id in any case."""
    return pick_fields(request.args.get("fields") or DEFAULT_FIELDS, value)


def pick_fields(wanted: str, value: dict[str, Any]) -> dict[str, Any]:
    """Keep these fields, and the id in any case."""
    names = {"id", *fields_of(wanted)}
    return {name: found for name, found in value.items() if name in names and found is not None}


def cursor_page(request: Request, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Cut an edge into the page after the cursor `after`; `next` is there while more follows."""
    size = min(max(number_argument(request, "limit", 25), 1), _MOST)
    start = _place(request.args.get("after", ""), entries)
    part = entries[start : start + size]
    body: dict[str, Any] = {"data": list(part)}
    if part:
        cursors = {"before": _cursor(part[0]["id"]), "after": _cursor(part[-1]["id"])}
        body["paging"] = {"cursors": cursors}
    if start + size < len(entries):
        body["paging"]["next"] = next_address(request, after=cursors["after"])
    return body


def next_address(request: Request, **more: str) -> str:
    """Write the address of the next page, which holds the token as Facebook's does."""
    kept = {k: v for k, v in request.args.items() if k not in ("after", "until", "access_token")}
    return f"{request.base_url}?{urlencode({**kept, **more, 'access_token': token_of(request)})}"


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _place(cursor: str, entries: Sequence[dict[str, Any]]) -> int:
    """Find where to go on; an entry that was taken away meanwhile still holds its place."""
    if not cursor:
        return 0
    try:
        name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise Refused("(#100) Invalid cursors values", 100) from error
    for place, entry in enumerate(entries):
        if entry["id"] == name:
            return place + 1
    return len(entries)


def author(person: Person) -> dict[str, str]:
    """Write who wrote something in public."""
    return {"name": person.name, "id": person.id}


def post_object(post: SimulatedPost, comments: Sequence[SimulatedPost]) -> dict[str, Any]:
    """Write a post; a new comment counts as its update."""
    updated = max([post.edited_at or post.at, *(comment.at for comment in comments)])
    likes, shares = post.metrics.get("likes", 0), post.metrics.get("shares", 0)
    return {
        "id": post.id,
        "message": post.text,
        "created_time": stamp(post.at),
        "updated_time": stamp(updated),
        "from": author(post.author),
        "permalink_url": f"{SITE}/{post.id}",
        "is_hidden": post.hidden,
        "status_type": "mobile_status_update" if post.ours else "wall_post",
        "reactions": {"data": [], "summary": {"total_count": likes}},
        "comments": {"data": [], "summary": {"order": "ranked", "total_count": len(comments)}},
        "attachments": {"data": [_shown(one) for one in post.media]} if post.media else None,
        "shares": {"count": shares} if shares else None,
    }


def comment_object(
    comment: SimulatedPost, below: int, private: SimulatedPost | None, conversation: str
) -> dict[str, Any]:
    """Write a comment; `private` is its private reply, in `conversation`."""
    root, top = root_of(comment), top_of(comment)
    return {
        "id": comment.id,
        "message": comment.text,
        "created_time": stamp(comment.at),
        "from": author(comment.author),
        "parent": None if top is comment else {"id": top.id, "message": top.text},
        "attachment": _shown(comment.media[0]) if comment.media else None,
        "comment_count": below,
        "like_count": comment.metrics.get("likes", 0),
        "is_hidden": comment.hidden,
        "can_comment": True,
        "can_hide": not comment.ours,
        "can_reply_privately": not comment.ours and private is None,
        "permalink_url": f"{SITE}/{root.id}?comment_id={comment.id.rpartition('_')[2]}",
        "private_reply_conversation": {"id": conversation} if private else None,
    }


def message_object(message: SimulatedPost, customer: Person) -> dict[str, Any]:
    """Write a message; in a conversation everybody has an id of their own with this Page."""
    page = message.account
    person = {
        "name": customer.name,
        "email": f"{psid(page, customer)}@facebook.com",
        "id": psid(page, customer),
    }
    ours = {"name": page.name, "email": f"{page.id}@facebook.com", "id": page.id}
    sender, receiver = (ours, person) if message.ours else (person, ours)
    return {
        "id": message.id,
        "created_time": stamp(message.at),
        "from": sender,
        "to": {"data": [receiver]},
        "message": message.text,
        "attachments": {"data": [_file(one) for one in message.media]} if message.media else None,
    }


def _shown(media: SimulatedMedia) -> dict[str, Any]:
    """Write the picture of a post or a comment."""
    return {"type": "photo", "media": {"image": {"src": media.url}}, "title": media.description}


def _file(media: SimulatedMedia) -> dict[str, Any]:
    """Write the picture of a message."""
    facts = {"id": media.id, "mime_type": media.media_type, "name": f"image-{media.id}"}
    return {**facts, "image_data": {"url": media.url}}


def review_object(review: SimulatedPost) -> dict[str, Any]:
    """Write a review; its id is its story's, which comments on it go to."""
    return {
        "id": review.id,
        "created_time": stamp(review.at),
        "recommendation_type": recommendation(review),
        "review_text": review.text,
        "reviewer": author(review.author),
        "open_graph_story": {"id": review.id},
    }


def recommendation(review: SimulatedPost) -> str:
    """Say whether a review recommends the Page; a script says so by the figure `rating`."""
    return "POSITIVE" if review.metrics.get("rating", 5) >= 3 else "NEGATIVE"


def below(posts: Iterable[SimulatedPost], above: SimulatedPost) -> list[SimulatedPost]:
    """List the comments below a post or a comment, on every level, deleted ones left out."""
    return [
        post
        for post in posts
        if is_comment(post)
        and not post.deleted
        and post is not above
        and (top_of(post) is above if is_comment(above) else root_of(post) is above)
    ]
