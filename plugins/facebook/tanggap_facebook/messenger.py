"""One function for each kind of Messenger event that the inbox shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tanggap.sdk import (
    Attachment,
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    InvitationFollowed,
    Payload,
    PostDeleted,
    PostEdited,
    reference_in,
)
from tanggap_facebook.reading import (
    MAX_ATTACHMENTS,
    Kind,
    first_instant,
    identifier,
    identifier_or_none,
    link,
    loose_text,
)

_KINDS: Mapping[str, Kind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "location": "location",
    "ig_reel": "video",
    "reel": "video",
}


@dataclass(frozen=True, slots=True)
class Talk:
    """One entry of `messaging` or `standby`; standby is what another app's thread brings."""

    page: str
    event: Payload
    sent_at: datetime | None

    @property
    def at(self) -> datetime:
        """When it happened; raises `InvalidPayload` where nobody says."""
        return first_instant(self.event, "timestamp", fallback=self.sent_at)


Parser = Callable[[Talk], Iterable[Event]]


def thread_of_person(person: str) -> str:
    """Name the thread of a person's messages; their id is theirs with this Page alone."""
    return f"m:{person}"


def message(talk: Talk) -> Iterator[Event]:
    """Read a message: the customer's, our own seen as an echo, or one that was unsent."""
    body = talk.event.mapping("message")
    mid = identifier(body, "mid")
    if body.boolean_or(False, "is_deleted"):
        yield PostDeleted(account_id=talk.page, external_id=mid, deleted_at=talk.at)
        return
    text = body.text_or("", "text")
    yield _written(talk, mid, text, body, attachments_of(body))


def edited(talk: Talk) -> Iterator[Event]:
    """Read a message's new text."""
    body = talk.event.mapping("message_edit")
    yield PostEdited(
        account_id=talk.page,
        external_id=identifier(body, "mid"),
        text=body.text("text"),
        edited_at=talk.at,
    )


def postback(talk: Talk) -> Iterator[Event]:
    """Read a pressed button as the words on it; older events carry no id of their own."""
    body = talk.event.mapping("postback")
    payload = body.at("payload").value
    words = body.text_or(payload if isinstance(payload, str) else "", "title")
    mid = identifier_or_none(body, "mid")
    if mid is None:
        sender = identifier(talk.event, "sender", "id")
        pressed = f"{sender}:{int(talk.at.timestamp() * 1000)}:{payload!r}"
        mid = "postback:" + hashlib.sha256(pressed.encode("utf-8", "replace")).hexdigest()[:32]
    yield _written(talk, mid, words, body, ())


def referral(talk: Talk) -> Iterator[Event]:
    """Read that somebody came into a thread that was there already by a link of ours."""
    reference = reference_in(loose_text(talk.event, "referral", "ref"))
    sender = identifier(talk.event, "sender", "id")
    if reference is None:
        yield Ignored(event="messaging.referral")
        return
    yield InvitationFollowed(
        account_id=talk.page,
        author_id=sender,
        thread_id=thread_of_person(sender),
        reference=reference,
    )


def attachments_of(body: Payload) -> tuple[Attachment, ...]:
    """Read what came with a message; an attachment that cannot be read is left out."""
    found = body.at("attachments").value
    entries = found if isinstance(found, list) else ()
    return tuple(islice(_attachments(entries), MAX_ATTACHMENTS))


def _attachments(entries: Iterable[object]) -> Iterator[Attachment]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        one = Payload(entry)
        title = loose_text(one, "title")
        kind = _KINDS.get(loose_text(one, "type"), "link")
        address = loose_text(one, "payload", "url") or loose_text(one, "url")
        found = tuple(link(kind, address, title))
        yield from found or _place(one, title)


def _place(one: Payload, title: str) -> Iterator[Attachment]:
    try:
        place = one.at("payload", "coordinates").mapping()
    except InvalidPayload:
        return
    lat, long = place.at("lat").value, place.at("long").value
    if isinstance(lat, int | float) and isinstance(long, int | float):
        yield Attachment("location", f"geo:{lat},{long}", title)


def _written(
    talk: Talk, mid: str, text: str, body: Payload, attachments: tuple[Attachment, ...]
) -> IncomingPost:
    sender = identifier(talk.event, "sender", "id")
    recipient = identifier_or_none(talk.event, "recipient", "id")
    own = sender == talk.page or body.boolean_or(False, "is_echo")
    customer = recipient if own else sender
    answered = identifier_or_none(body.at("reply_to"), "mid")
    return IncomingPost(
        account_id=talk.page,
        external_id=mid,
        author_id=talk.page if own else sender,
        text=text,
        posted_at=talk.at,
        kind="message",
        visibility="private",
        recipient_id=recipient if own else None,
        thread_id=thread_of_person(customer) if customer else None,
        in_reply_to=None if answered == mid else answered,
        attachments=attachments,
        reference=None if own else reference_in(loose_text(body, "referral", "ref")),
    )


PARSERS: Mapping[str, Parser] = {
    "message": message,
    "message_edit": edited,
    "postback": postback,
    "referral": referral,
}

IGNORED = frozenset(
    {
        *("account_linking", "app_roles", "appointment", "business_integrity", "checkout_update"),
        *("customer_information", "delivery", "game_play", "in_thread_lead_form_submit"),
        *("lead", "message_context", "message_mention", "message_reads", "message_template_status"),
        *("messaging_customer_information", "messaging_feedback", "messaging_integrity", "optin"),
        *("optout", "order", "pass_thread_control", "payment", "policy-enforcement"),
        *("policy_enforcement", "pre_checkout", "reaction", "read"),
        *("request_thread_control", "response_feedback", "send_cart", "take_thread_control"),
    }
)


def events_of(talk: Talk, lane: str) -> Iterable[Event]:
    """Read one Messenger event by the field it carries."""
    keys = talk.event.mapping().keys()
    for key, parser in PARSERS.items():
        if talk.event.has(key):
            return parser(talk)
    known = sorted(keys & IGNORED)
    if known:
        return (Ignored(event=f"{lane}.{known[0]}"),)
    strange = sorted(keys - {"sender", "recipient", "timestamp"})
    name = f"{lane}.{strange[0]}" if strange else f"{lane}.nothing"
    return (Ignored(event=name[:80].encode("ascii", "replace").decode(), known=False),)
