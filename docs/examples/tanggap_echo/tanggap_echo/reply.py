"""Answer entries, and look whether an answer arrived."""

from __future__ import annotations

from tanggap.sdk import Account, Http, InvalidPayload, Rejected, Reply, SentReply, Unavailable

from tanggap_echo.client import Client


def send(account: Account, reply: Reply, http: Http) -> SentReply:
    """Write an entry below the one that is answered."""
    if reply.visibility == "private":
        raise Rejected("Echo has no private entries: answer in public", "private")
    body = {"text": reply.text, "in_reply_to": reply.to, "key": reply.idempotency_key}
    answer = Client.of(account, http).call("POST", "entries", json=body)
    try:
        return SentReply(answer.id("id"))
    except InvalidPayload as error:
        # It was accepted, only its id is unknown: reading back finds it.
        raise Unavailable("Echo took the answer and named no id") from error


def find_sent(account: Account, reply: Reply, http: Http) -> SentReply | None:
    """Look for the entry that carries the reply's key."""
    answer = Client.of(account, http).call("GET", "entries", params={"key": reply.idempotency_key})
    try:
        return next((SentReply(entry.id("id")) for entry in answer.items("entries")), None)
    except InvalidPayload as error:
        raise Unavailable(f"Echo's answer cannot be read: {error}") from error
