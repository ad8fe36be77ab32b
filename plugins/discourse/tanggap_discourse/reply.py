"""Answer posts in their topic or by message, and look whether an answer arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tanggap.sdk import (
    Account,
    Http,
    InvalidPayload,
    Payload,
    Refusal,
    Reply,
    SentReply,
    Target,
    Unavailable,
    Visibility,
)
from tanggap_discourse.client import PATHS, STREAMS, Client
from tanggap_discourse.names import SYSTEM_USER, PostName, number_of

# Clocks differ, and a reply of unknown outcome was sent before the first try was noted.
_LOOK_BACK = timedelta(minutes=5)
_MOST_PAGES = 4
_LONGEST_TITLE = 250


def send(account: Account, reply: Reply, http: Http) -> SentReply:
    """Write a post below the one answered, or a message to its author.

    Discourse answers the same call within two minutes with the same post, so a repetition does no
    harm; after that it refuses the same text in the same topic.
    """
    client = Client.of(account, http)
    answered = PostName.read(reply.to)
    body: dict[str, object] = {"raw": reply.text}
    if _is_new_message(reply):
        body |= _address_of(client, answered)
    else:
        body |= {"topic_id": answered.topic, "reply_to_post_number": answered.number}
    return _receipt(account, client.post("posts.json", body))


def find_sent(account: Account, reply: Reply, http: Http) -> SentReply | None:
    """Look for our own post with this text among the newest ones."""
    client = Client.of(account, http)
    since = reply.first_tried_at - _LOOK_BACK if reply.first_tried_at else None
    topic = None if _is_new_message(reply) else PostName.read(reply.to).topic
    private = reply.visibility == "private"
    try:
        for post in _newest(client, private=private):
            if since is not None and post.moment("created_at") < since:
                return None
            if _is_ours(account, post, topic) and post.text("raw").strip() == reply.text.strip():
                return _receipt(account, post)
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}") from error
    return None


def check(account: Account, target: Target, visibility: Visibility) -> Refusal | None:
    """Say why a post cannot be answered this way."""
    del account
    if visibility == "public" and target.visibility == "private":
        return Refusal(
            code="message",
            message={
                "en": "A message can only be answered by message.",
                "id": "Pesan hanya dapat dijawab dengan pesan.",
            },
            instead="private",
        )
    alone = target.by_us or number_of(target.author_id) == SYSTEM_USER
    if visibility == "private" and target.visibility == "public" and alone:
        return Refusal(
            code="nobody",
            message={
                "en": "No customer wrote this post, so there is nobody to send a message to.",
                "id": "Kiriman ini bukan dari pelanggan, jadi tidak ada yang dapat dikirimi pesan.",
            },
            instead="public",
        )
    return None


def _is_new_message(reply: Reply) -> bool:
    return reply.visibility == "private" and reply.to_visibility == "public"


def _address_of(client: Client, answered: PostName) -> dict[str, object]:
    """Say to whom and about what a message goes; the post itself tells both."""
    post = client.get(f"posts/by_number/{answered}.json")
    try:
        username = post.text("username")
        about = post.text_or("", "topic_title") or post.text_or("", "topic_slug").replace("-", " ")
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}", reached=False) from error
    return {
        "archetype": "private_message",
        "target_recipients": username,
        "title": f"Re: {about or answered}"[:_LONGEST_TITLE],
    }


def _newest(client: Client, *, private: bool) -> Iterator[Payload]:
    root = STREAMS[1] if private else STREAMS[0]
    before: int | None = None
    for _ in range(_MOST_PAGES):
        params = {} if before is None else {"before": str(before)}
        page = list(client.get(PATHS[root], **params).items(root))
        yield from page
        lowest = min((post.integer("id") for post in page), default=None)
        if lowest is None or lowest == before:
            return
        before = lowest


def _is_ours(account: Account, post: Payload, topic: int | None) -> bool:
    mine = str(post.integer("user_id")) == number_of(account.external_id)
    return mine and topic in (None, post.integer("topic_id"))


def _receipt(account: Account, post: Payload) -> SentReply:
    try:
        if post.has("pending_post"):
            # A moderator has to let it through; its number comes with its webhook.
            return SentReply(f"pending:{post.integer('pending_post', 'id')}")
        name = PostName(post.integer("topic_id"), post.integer("post_number"))
        slug = post.text_or("", "topic_slug") or "-"
    except InvalidPayload as error:
        # It was accepted, only its name is unknown: reading back finds it.
        raise Unavailable("Discourse took the answer and did not name it") from error
    return SentReply(str(name), f"{account.config.get('url', '')}/t/{slug}/{name}")
