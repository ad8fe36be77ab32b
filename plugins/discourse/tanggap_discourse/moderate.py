"""Like, hide and delete posts, by the rights of the connected user."""

from __future__ import annotations

from tanggap.sdk import (
    Account,
    Action,
    Gone,
    Http,
    InvalidPayload,
    Payload,
    Target,
    Unavailable,
)
from tanggap_discourse.client import Client
from tanggap_discourse.names import PostName

# Discourse's numbers of what can be done to a post.
_LIKE, _INAPPROPRIATE = 2, 4


def like(account: Account, target: Target, http: Http) -> None:
    """Like a post, once."""
    client, post = _looked_up(account, target, http)
    if not _liked(post):
        client.request(
            "POST",
            "post_actions.json",
            json={"id": _number(post), "post_action_type_id": _LIKE},
        )


def unlike(account: Account, target: Target, http: Http) -> None:
    """Take a like back."""
    client, post = _looked_up(account, target, http)
    if _liked(post):
        client.request(
            "DELETE",
            f"post_actions/{_number(post)}.json",
            params={"post_action_type_id": str(_LIKE)},
        )


def hide(account: Account, target: Target, http: Http) -> None:
    """Hide a post by flagging it as staff, which Discourse acts upon at once."""
    client, post = _looked_up(account, target, http)
    if not _hidden(post):
        flag = {"id": _number(post), "post_action_type_id": _INAPPROPRIATE, "take_action": "true"}
        client.request("POST", "post_actions.json", json=flag)


def show(account: Account, target: Target, http: Http) -> None:
    """Show a hidden post again."""
    client, post = _looked_up(account, target, http)
    if _hidden(post):
        client.request("PUT", f"posts/{_number(post)}/unhide.json")


def delete(account: Account, target: Target, http: Http) -> None:
    """Delete a post; the first one takes its topic along."""
    client, post = _looked_up(account, target, http)
    client.request("DELETE", f"posts/{_number(post)}.json")


def allows(_account: Account, action: Action, target: Target) -> bool:
    """Tell what Discourse lets a moderator do: nobody likes or flags themselves."""
    if action in {"hide", "show"}:
        return not target.by_us and target.visibility == "public"
    return action == "delete" or not target.by_us


def _looked_up(account: Account, target: Target, http: Http) -> tuple[Client, Payload]:
    """Read the post as it stands; raises `Gone` for one that only staff still sees."""
    client = Client.of(account, http)
    post = client.get(f"posts/by_number/{PostName.read(target.external_id)}.json")
    if post.has("deleted_at"):
        raise Gone("this post has been deleted on the forum", "deleted")
    return client, post


def _number(post: Payload) -> int:
    try:
        return post.integer("id")
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}", reached=False) from error


def _liked(post: Payload) -> bool:
    try:
        return any(
            action.integer_or(0, "id") == _LIKE and action.boolean_or(False, "acted")
            for action in post.items("actions_summary")
        )
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}", reached=False) from error


def _hidden(post: Payload) -> bool:
    try:
        return post.boolean_or(False, "hidden")
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}", reached=False) from error
