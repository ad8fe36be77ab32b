"""Answer: a comment in public, a Messenger message, or a private reply to a comment."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from tanggap.sdk import (
    Account,
    AuthExpired,
    Gone,
    Http,
    InvalidPayload,
    Payload,
    Rejected,
    Reply,
    SentReply,
    Unavailable,
)
from tanggap_facebook.attaching import upload_for_message, upload_photo
from tanggap_facebook.client import Graph, entries_of, path_of
from tanggap_facebook.errors import OUTSIDE_WINDOW
from tanggap_facebook.indonesian import after
from tanggap_facebook.permission import NO_STORY, is_on_page, may_be_human
from tanggap_facebook.reading import (
    comment_address,
    identifier,
    instant,
    is_story,
    loose_text,
    web_address,
)

_NO_COMMENTING = {
    "en": "Facebook does not let the Page comment there.",
    "id": "Facebook tidak mengizinkan Halaman berkomentar di sana.",
}
_SKEW = timedelta(minutes=5)
_MAX_PAGES = 10
# The answer to the call that creates a comment shows what became of it.
_READ_BACK = "id,message,parent{id},permalink_url"
_MESSAGES = "messages.limit(50){id,created_time,from,message,attachments}"


def send(account: Account, reply: Reply, http: Http) -> SentReply:
    """Send one answer where its visibility and its thread say it belongs."""
    graph = Graph.as_page(account, http)
    person = _person(reply)
    if person is not None:
        return _send_message(graph, account, {"id": person}, _message_of(graph, account, reply))
    if not is_story(reply.to):
        raise Rejected(NO_STORY.message, "no-post")
    if reply.visibility == "private":
        target = _private_target(account, reply)
        return _send_message(graph, account, target, {"text": reply.text})
    form = {"message": reply.text, "fields": _READ_BACK}
    if reply.attachments:
        form["attachment_id"] = upload_photo(graph, account, reply.attachments[0])
    # `POST /{comment-id}` would edit the comment; only its `comments` edge answers it.
    try:
        body = graph.post(path_of(reply.to, "comments"), form=form)
    except AuthExpired as error:
        # On somebody else's post it is that post which the Page may not comment on.
        if error.cause != "missing_scope" or is_on_page(
            account.external_id, reply.to, reply.to_kind
        ):
            raise
        raise Rejected(after(_NO_COMMENTING, error.message), "permission") from error
    comment = _receipt(body, "id")
    permalink = web_address(loose_text(body, "permalink_url"))
    return SentReply(comment, permalink or comment_address(comment, None))


def find_sent(account: Account, reply: Reply, http: Http) -> SentReply | None:
    """Look whether a reply of unknown outcome is there: our text, written since the first try."""
    graph = Graph.as_page(account, http)
    person = _person(reply)
    if person is not None:
        return _find_message(graph, account, reply, person)
    if reply.visibility == "private":
        return _find_private_reply(graph, account, reply)
    for place in dict.fromkeys((reply.to, reply.thread_id or reply.to)):
        for comment in _comments(graph, place, reply):
            if _is_ours(comment, account, reply):
                found = identifier(comment, "id")
                return SentReply(found, comment_address(found, None))
    return None


def _person(reply: Reply) -> str | None:
    """Give the person of a Messenger thread; the post itself may be one of ours."""
    prefix, _, person = (reply.thread_id or "").partition(":")
    return person if prefix == "m" and person else None


def _private_target(account: Account, reply: Reply) -> dict[str, str]:
    """Tell comments, `{post}_{comment}`, from posts on the Page, `{page}_{post}`."""
    on_comment = reply.to_kind in ("comment", "reply")
    on_page = reply.to.partition("_")[0] == account.external_id
    return {"post_id": reply.to} if on_page and not on_comment else {"comment_id": reply.to}


def _message_of(graph: Graph, account: Account, reply: Reply) -> dict[str, object]:
    """Write the message; one that shows a picture has no text beside it."""
    if reply.attachments:
        return upload_for_message(graph, account, reply.attachments[0])
    return {"text": reply.text}


def _send_message(
    graph: Graph, account: Account, recipient: dict[str, str], content: dict[str, object]
) -> SentReply:
    """Send as a response; past its 24 hours, as a human agent where the app may.

    The refusal says for certain that nothing was sent, so the second try doubles nothing.
    """
    message = {"recipient": recipient, "message": content}
    path = f"{account.external_id}/messages"
    if "id" not in recipient:
        return SentReply(_receipt(graph.post(path, json=message), "message_id"))
    try:
        body = graph.post(path, json={**message, "messaging_type": "RESPONSE"})
    except Rejected as error:
        if error.code not in OUTSIDE_WINDOW or not may_be_human(account):
            raise
        tag = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        try:
            body = graph.post(path, json={**message, **tag})
        except AuthExpired:
            # The token was good a moment ago: it is the feature that the app lacks.
            raise error from None
    return SentReply(_receipt(body, "message_id"))


def _receipt(body: Payload, key: str) -> str:
    """Read the new id; without one the outcome is unknown."""
    try:
        return identifier(body, key)
    except InvalidPayload as error:
        raise Unavailable(f"Facebook took the reply but gave no {key}.") from error


def _comments(graph: Graph, place: str, reply: Reply) -> Iterator[Payload]:
    params = {
        "fields": "id,message,created_time,from",
        "filter": "stream",
        "order": "reverse_chronological",
        "limit": "100",
    }
    try:
        yield from _walk(graph, path_of(place, "comments"), params, reply.first_tried_at)
    except Gone:
        return


def _walk(
    graph: Graph, path: str, params: dict[str, str], since: datetime | None
) -> Iterator[Payload]:
    """Walk an edge from its newest entry back to `since`; one page of it where that is unknown."""
    for entries in graph.pages(path, params, _MAX_PAGES if since else 1):
        yield from entries
        if any(_is_older(entry, since) for entry in entries):
            return


def _find_message(graph: Graph, account: Account, reply: Reply, person: str) -> SentReply | None:
    params = {"platform": "messenger", "user_id": person, "fields": _MESSAGES}
    body = graph.get(f"{account.external_id}/conversations", params)
    conversations = entries_of(body)
    return _first_message(
        (m for talk in conversations for m in entries_of(talk.at("messages"))), account, reply
    )


def _find_private_reply(graph: Graph, account: Account, reply: Reply) -> SentReply | None:
    """Follow a comment to its private conversation.

    A post does not name its one; Facebook takes one private reply to each, so a second try
    is refused rather than doubled.
    """
    if "post_id" in _private_target(account, reply):
        return None
    try:
        comment = graph.get(path_of(reply.to), {"fields": "id,private_reply_conversation"})
    except Gone:
        return None
    talk = comment.at("private_reply_conversation")
    if not talk.has("id"):
        return None
    body = graph.get(path_of(identifier(talk, "id")), {"fields": _MESSAGES})
    return _first_message(entries_of(body.at("messages")), account, reply)


def _first_message(messages: Iterable[Payload], account: Account, reply: Reply) -> SentReply | None:
    # A later part stands above the one before it, which may look the same.
    later = takewhile(lambda m: reply.part == 1 or loose_text(m, "id") != reply.to, messages)
    ours = (m for m in later if _is_ours(m, account, reply))
    found = next(ours, None)
    return None if found is None else SentReply(identifier(found, "id"))


def _is_ours(entry: Payload, account: Account, reply: Reply) -> bool:
    return (
        loose_text(entry, "from", "id") == account.external_id
        and _plain(loose_text(entry, "message")) == _plain(reply.text)
        and (bool(reply.text) or entry.at("attachments").has("data"))
        and not _is_older(entry, reply.first_tried_at)
    )


def _is_older(entry: Payload, since: datetime | None) -> bool:
    try:
        return since is not None and instant(entry, "created_time") < since - _SKEW
    except InvalidPayload:
        return False


def _plain(text: str) -> str:
    """Compare texts as Facebook may give them back: composed, with other white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())
