"""Answer: replies in public, direct messages in private, and a look whether one did arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import quote

from tanggap.sdk import (
    Account,
    Http,
    InvalidPayload,
    Payload,
    Rejected,
    Reply,
    SentReply,
    Unavailable,
)
from tanggap_twitter import loose
from tanggap_twitter.attaching import upload
from tanggap_twitter.client import Client, post_parameters, post_url
from tanggap_twitter.fields import is_enterprise
from tanggap_twitter.limits import forbidden_character
from tanggap_twitter.links import find_links
from tanggap_twitter.messages import THREAD_PREFIX
from tanggap_twitter.posts import read_text, references, unescape

# our clock and X's may differ by this much
SLACK = timedelta(minutes=2)
PAGE_SIZE = "100"
MAX_CASHTAGS = 1
# a 403 of no named kind
UNEXPLAINED = "403"
_MAX_PAGES = 5
_POST_HINT = {
    "en": "On self-serve plans X lets an account reply only to posts that mention it or quote it; "
    "it also refuses a text sent before, and replies the author has closed.",
    "id": "Pada paket mandiri X mengizinkan akun membalas hanya posting yang menyebut atau "
    "mengutipnya; X juga menolak teks yang sudah pernah dikirim dan balasan yang ditutup "
    "penulisnya.",
}
_MESSAGE_HINT = {
    "en": "People can close their direct messages to accounts they do not follow.",
    "id": "Orang bisa menutup pesan langsung dari akun yang tidak mereka ikuti.",
}
# twitter-text 3.1
_CASHTAG = re.compile(r"(?:^|(?<=\s))\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?=$|\s|[^\w$])", re.IGNORECASE)
_HANDLES = re.compile(r"^(?:\s*[@\uff20]\w{1,15}\b)+", re.ASCII)


def send(account: Account, reply: Reply, http: Http) -> SentReply:
    """Send an answer once; X has no idempotency key, so nothing here tries again.

    Raises `Rejected` for a 403 with X's words and the likely reason: X does not tell apart a
    reply nobody summoned, a text sent before, and one the author has closed.
    """
    bad = forbidden_character(reply.text)
    if bad is not None:
        raise Rejected(
            {
                "en": f"X refuses the invisible character {bad}: remove it from the text.",
                "id": f"X menolak karakter tak terlihat {bad}: hapus dari teksnya.",
            },
            "text",
        )
    client = Client.of(account, http)
    try:
        if reply.visibility == "private":
            return _send_message(client, account, reply)
        return _send_post(client, account, reply)
    except Rejected as error:
        if error.code != UNEXPLAINED:
            raise
        hint = _MESSAGE_HINT if reply.visibility == "private" else _POST_HINT
        words = error.message if isinstance(error.message, Mapping) else {"en": error.message}
        said = {language: f"{told} {hint[language]}" for language, told in words.items()}
        raise Rejected(said, error.code) from error


def find_sent(account: Account, reply: Reply, http: Http) -> SentReply | None:
    """Look among our own latest posts or messages for a reply whose outcome is unknown."""
    client = Client.of(account, http)
    found = (
        _sent_messages(client, account, reply)
        if reply.visibility == "private"
        else _sent_posts(client, account, reply)
    )
    wanted = _core_of(reply.text)
    for entry in found:
        if _core_of(_text_of(entry)) == wanted and (found_id := loose.id_of(entry, "id")):
            private = reply.visibility == "private"
            return SentReply(found_id, None if private else post_url(found_id, account.handle))
    return None


def _send_post(client: Client, account: Account, reply: Reply) -> SentReply:
    if not is_enterprise(account.app) and len(_CASHTAG.findall(reply.text)) > MAX_CASHTAGS:
        raise Rejected(
            {
                "en": "X takes one cashtag a post on self-serve plans: leave one.",
                "id": "Pada paket mandiri X menerima satu cashtag tiap posting: sisakan satu.",
            },
            "cashtags",
        )
    body: dict[str, object] = {
        "text": reply.text,
        "reply": {"in_reply_to_tweet_id": reply.to},
    }
    if reply.attachments:
        ids = [upload(client, file, "public") for file in reply.attachments]
        body["media"] = {"media_ids": ids}
    post_id = _created_id(client.post("/2/tweets", body), "id")
    return SentReply(post_id, post_url(post_id, account.handle))


def _send_message(client: Client, account: Account, reply: Reply) -> SentReply:
    body: dict[str, object] = {"text": reply.text}
    if reply.attachments:
        ids = [upload(client, file, "private") for file in reply.attachments]
        body["attachments"] = [{"media_id": media_id} for media_id in ids]
    answer = client.post(f"{_conversation(account, reply)}/messages", body)
    return SentReply(_created_id(answer, "dm_event_id"))


def _conversation(account: Account, reply: Reply) -> str:
    """Give the route of the messages with a person, or of a group that is answered."""
    thread = reply.thread_id or ""
    in_messages = thread.startswith(THREAD_PREFIX)
    name = thread.removeprefix(THREAD_PREFIX)
    if in_messages and "-" not in name:
        return f"/2/dm_conversations/{quote(name, safe='')}"
    person = reply.author_id
    if in_messages and person == account.external_id:
        person = next((side for side in name.split("-") if side != person), person)
    return f"/2/dm_conversations/with/{quote(person, safe='')}"


def _created_id(answer: Payload, name: str) -> str:
    try:
        return answer.id("data", name)
    except InvalidPayload as error:
        raise Unavailable(f"X accepted the text without telling its id ({error})") from error


def _sent_posts(client: Client, account: Account, reply: Reply) -> Iterator[Payload]:
    params = {**post_parameters(account.app), "max_results": PAGE_SIZE}
    if reply.first_tried_at is not None:
        start = reply.first_tried_at - SLACK
        params["start_time"] = start.strftime("%Y-%m-%dT%H:%M:%SZ")
    for page in _pages(client, f"/2/users/{account.external_id}/tweets", params):
        for entry in loose.items(page, "data"):
            if _answers(entry, reply.to):
                yield entry


def _answers(entry: Payload, post_id: str) -> bool:
    try:
        return references(entry).get("replied_to") == post_id
    except InvalidPayload:
        return False


def _sent_messages(client: Client, account: Account, reply: Reply) -> Iterator[Payload]:
    params = {
        "max_results": PAGE_SIZE,
        "event_types": "MessageCreate",
        "dm_event.fields": "created_at,event_type,id,sender_id,text",
    }
    for page in _pages(client, f"{_conversation(account, reply)}/dm_events", params):
        for entry in loose.items(page, "data"):
            if _is_before(entry, reply):
                return
            if loose.id_of(entry, "sender_id") == account.external_id:
                yield entry


def _is_before(entry: Payload, reply: Reply) -> bool:
    if reply.first_tried_at is None:
        return False
    try:
        return entry.moment("created_at") < reply.first_tried_at - SLACK
    except InvalidPayload:
        return False


def _pages(client: Client, path: str, params: Mapping[str, str]) -> Iterator[Payload]:
    token = ""
    for _ in range(_MAX_PAGES):
        page = client.get(path, {**params, **({"pagination_token": token} if token else {})})
        yield page
        token = loose.text(page, "meta", "next_token")
        if not token:
            return


def _text_of(entry: Payload) -> str:
    try:
        return read_text(entry)
    except InvalidPayload:
        return ""


def _core_of(text: str) -> str:
    """Leave out what X changes on the way: links, which it shortens, handles it puts in front."""
    for start, end in sorted(find_links(text), reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return " ".join(_HANDLES.sub("", unescape(text)).split())
