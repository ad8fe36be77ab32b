"""Posts as Discourse serialises them, for webhooks, lists and single looks."""

from __future__ import annotations

from html import escape

from tanggap.sdk.simulator import SimulatedPost

CATEGORY = 4
LIKE = 2


def number_of(post: SimulatedPost) -> int:
    """Give a post's number in its topic."""
    return int(post.id.partition("/")[2])


def topic_of(post: SimulatedPost) -> int:
    """Give the number of a post's topic."""
    return int(post.id.partition("/")[0])


def post_id(post: SimulatedPost) -> int:
    """Give the number a post has on the whole forum."""
    return int(post.extra["post_id"])


def topic_title(post: SimulatedPost) -> str:
    """Give the title of a post's topic: its first words, unless it was given one."""
    first = post
    while first.parent is not None:
        first = first.parent
    return first.extra.get("title") or " ".join(first.text.split())[:60]


def serialized(post: SimulatedPost) -> dict[str, object]:
    """Describe a post as lists and webhooks do."""
    edited = post.edited_at or post.at
    return {
        "id": post_id(post),
        "name": post.author.name,
        "username": post.author.handle,
        "avatar_template": f"/letter_avatar_proxy/v4/letter/{post.author.handle[0]}/{{size}}.png",
        "created_at": _written(post.at),
        "cooked": f"<p>{escape(post.text)}</p>",
        "raw": post.text,
        "post_number": number_of(post),
        "post_type": 1,
        "updated_at": _written(edited),
        "reply_count": post.metrics.get("replies", 0),
        "reply_to_post_number": number_of(post.parent) if post.parent else None,
        "quote_count": 0,
        "reads": post.metrics.get("views", 1),
        "score": 0.4,
        "topic_id": topic_of(post),
        "topic_slug": "topic",
        "topic_title": topic_title(post),
        "category_id": None if post.private else CATEGORY,
        "display_username": post.author.name,
        "version": 2 if post.edited_at else 1,
        "user_id": int(post.author.id),
        "hidden": post.hidden,
        "user_deleted": False,
        "deleted_at": post.extra.get("deleted_at"),
        "moderator": post.ours,
        "admin": False,
        "staff": post.ours,
        "trust_level": 1,
    }


def for_webhook(post: SimulatedPost) -> dict[str, object]:
    """Describe a post as webhooks do, which also tell whether it is a message."""
    archetype = "private_message" if post.private else "regular"
    return {**serialized(post), "topic_archetype": archetype, "topic_posts_count": 1}


def looked_at(post: SimulatedPost) -> dict[str, object]:
    """Describe a post as a single look does, with what the looker did to it."""
    liked = post.extra.get("liked") == "yes"
    like = {"id": LIKE, "count": int(liked), "acted": liked, "can_undo": liked}
    return {**serialized(post), "actions_summary": [like]}


def _written(moment: object) -> str:
    return str(moment).replace("+00:00", "Z").replace(" ", "T")
