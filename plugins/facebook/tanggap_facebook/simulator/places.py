"""Where a post stands: on a Page, below a post, or in a private conversation; and its ids."""

from __future__ import annotations

from tanggap.sdk.simulator import Draft, Person, SimulatedPost


def is_comment(post: SimulatedPost) -> bool:
    """Tell comments, also those that mention a Page, from posts, reviews and messages."""
    commented = post.kind in ("comment", "reply", "mention", "quote")
    return commented and post.parent is not None and not post.private


def root_of(post: SimulatedPost) -> SimulatedPost:
    """Find the post that a comment stands below; anything else is its own root."""
    while is_comment(post) and post.parent is not None:
        post = post.parent
    return post


def top_of(post: SimulatedPost) -> SimulatedPost:
    """Find the top-level comment that a comment belongs to; anything else is its own."""
    while is_comment(post) and post.parent is not None and is_comment(post.parent):
        post = post.parent
    return post


def is_private(draft: Draft) -> bool:
    """Tell whether a draft is a message: by its kind, or since it answers one."""
    return draft.kind == "message" or (draft.parent is not None and draft.parent.private)


def id_of(draft: Draft, number: int) -> str:
    """Make an id: `{owner}_{post}`, `{post}_{comment}`, or a message's."""
    if is_private(draft):
        return f"m_sim{number:010d}"
    if draft.parent is not None and draft.kind in ("comment", "reply", "mention"):
        return f"{root_of(draft.parent).id.partition('_')[2]}_{number}"
    owner = draft.author if draft.kind == "mention" else draft.account
    return f"{owner.id}_{number}"


def psid(page: Person, person: Person) -> str:
    """Give a person's id in Messenger, which is theirs with one Page and not their comments'."""
    return f"24{page.id[-3:]}{person.id}"


def person_id(page: Person, in_messenger: str) -> str | None:
    """Turn a Messenger id back; None for one that is not of this Page."""
    head = f"24{page.id[-3:]}"
    return in_messenger[len(head) :] if in_messenger.startswith(head) else None


def customer_of(message: SimulatedPost) -> Person:
    """Find the person a private conversation is with."""
    if not message.ours:
        return message.author
    return message.recipient or message.account


def conversation_id(page: Person, person: Person) -> str:
    """Make the id of a private conversation."""
    return f"t_{page.id}_{person.id}"


def settle(post: SimulatedPost) -> None:
    """Give a new post its place; a reply to a nested comment goes below the top-level one."""
    if post.kind == "message" or (post.parent is not None and post.parent.private):
        post.kind, post.private = "message", True
        if post.ours and post.recipient is None and post.parent is not None:
            post.recipient = customer_of(post.parent)
        post.thread_id = f"m:{psid(post.account, customer_of(post))}"
        return
    if is_comment(post):
        if post.parent is not None:
            post.parent = top_of(post.parent)
        post.account = root_of(post).account
    post.thread_id = top_of(post).id
