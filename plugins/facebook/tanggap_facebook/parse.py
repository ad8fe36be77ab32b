"""Read a webhook body: the envelope, then one function for each event by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tanggap.sdk import (
    Event,
    Ignored,
    InvalidPayload,
    Payload,
    Unreadable,
    WebhookRequest,
    read_json,
)
from tanggap_facebook import feed, messenger
from tanggap_facebook.reading import identifier, instant

_ITEMS = frozenset(
    {
        *("address", "album", "comment", "connection", "coupon", "event", "experience", "follow"),
        *("group", "group_message", "interest", "like", "link", "live_video", "mention"),
        *("milestone", "note", "offer", "page", "photo", "photo-album", "picture"),
        *("platform-story", "post", "profile", "question", "rating", "reaction", "reel"),
        *("relationship-status", "share", "status", "story", "tag", "timeline cover", "video"),
    }
)
_VERBS = frozenset(
    {
        *("add", "block", "delete", "edit", "edited", "follow", "hide", "mute", "remove"),
        *("unblock", "unhide", "update"),
    }
)
_FIELDS = frozenset({"feed", "mention", "ratings"})
_OTHER_FIELDS = frozenset(
    {
        *("about", "affiliation", "attire", "awards", "bio", "birthday", "calls", "category"),
        *("checkins", "company_overview", "conversations", "cover", "culinary_team"),
        *("current_location", "description", "email", "feature_access_list", "follow", "founded"),
        *("general_info", "general_manager", "group_feed", "hometown", "hours", "inbox_labels"),
        *("invoice_access_bank_slip_events", "invoice_access_invoice_change", "leadgen"),
        *("leadgen_fat", "leadgen_update", "live_videos", "local_delivery", "location"),
        *("mcom_invoice_change", "members", "mission", "name", "page_about_story"),
        *("page_change_proposal", "page_upcoming_change", "parking", "payment_options"),
        *("payment_request_update", "personal_info", "personal_interests", "phone", "picture"),
        *("price_range", "product_review", "products", "public_transit"),
        *("publisher_subscriptions", "registration", "restaurant_services"),
        *("restaurant_specialties", "send_cart", "story_poll", "story_reactions", "story_share"),
        *("user_action", "video_text_question_responses", "videos", "website"),
    }
)
# The dashboard's "Test" button sends Messenger events as `changes` named after the subscription.
_MESSENGER_FIELDS = frozenset(
    {
        *("in_thread_lead_form_submit", "marketing_message_delivery_failed", "message_context"),
        *("message_deliveries", "message_echoes", "message_edits", "message_mention"),
        *("message_reactions", "message_reads", "message_template_status_update", "messages"),
        *("messaging_account_linking", "messaging_appointments", "messaging_checkout_updates"),
        *("messaging_customer_information", "messaging_direct_sends", "messaging_feedback"),
        *("messaging_game_plays", "messaging_handovers", "messaging_in_thread_lead_form_submit"),
        *("messaging_integrity", "messaging_optins", "messaging_optouts", "messaging_payments"),
        *("messaging_policy_enforcement", "messaging_postbacks", "messaging_pre_checkouts"),
        *("messaging_referrals", "response_feedback", "standby"),
    }
)
_LANES = ("messaging", "standby")
_OBJECTS = frozenset(
    {"application", "instagram", "permissions", "user", "whatsapp_business_account"}
)
_LONGEST_NAME = 80

EVENTS = frozenset(
    {
        *feed.PARSERS,
        *(f"{field}.{item}" for field in _FIELDS for item in _ITEMS),
        *(f"{lane}.{key}" for lane in _LANES for key in {*messenger.PARSERS, *messenger.IGNORED}),
        *(f"object.{name}" for name in _OBJECTS),
        *_OTHER_FIELDS,
        "changed_fields",
    }
)


@dataclass(frozen=True, slots=True)
class _Entry:
    page: str
    sent_at: datetime | None


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read every event of a body; a bad one is `Unreadable` and the good ones go on.

    Raises `InvalidPayload` where nothing of it can be read.
    """
    body = read_json(request.body)
    body.mapping()
    kind = body.text("object")
    if kind != "page":
        return (Ignored(event=_name("object", kind), known=kind in _OBJECTS),)
    if not body.has("entry"):
        raise InvalidPayload("entry", "a list")
    events = [event for entry in body.items("entry") for event in _read_entry(entry)]
    if events and all(isinstance(event, Unreadable) for event in events):
        first = events[0]
        if isinstance(first, Unreadable):
            raise InvalidPayload(first.path, first.reason)
    return events


def _read_entry(value: Payload) -> Iterator[Event]:
    try:
        entry = _Entry(identifier(value.mapping(), "id"), _sent_at(value))
        parts = tuple(_parts(value, entry))
    except InvalidPayload as error:
        yield Unreadable(path=error.path, reason=error.expected)
        return
    for part in parts:
        try:
            yield from tuple(part())
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def _parts(value: Payload, entry: _Entry) -> Iterator[Callable[[], Iterable[Event]]]:
    found = False
    for lane in _LANES:
        for item in value.items(lane):
            found = True
            yield _messenger_part(item, entry, lane)
    for item in value.items("changes"):
        found = True
        yield _change_part(item, entry)
    if not found and value.has("changed_fields"):
        yield lambda: (Ignored(event="changed_fields"),)


def _messenger_part(item: Payload, entry: _Entry, lane: str) -> Callable[[], Iterable[Event]]:
    return lambda: messenger.events_of(messenger.Talk(entry.page, item, entry.sent_at), lane)


def _change_part(item: Payload, entry: _Entry) -> Callable[[], Iterable[Event]]:
    return lambda: _read_change(item.mapping(), entry)


def _read_change(change: Payload, entry: _Entry) -> Iterable[Event]:
    field = change.text("field")
    if field in _MESSENGER_FIELDS:
        talk = messenger.Talk(entry.page, change.mapping("value"), entry.sent_at)
        return messenger.events_of(talk, "standby" if field == "standby" else "messaging")
    if field not in _FIELDS:
        return (Ignored(event=_name(field), known=field in _OTHER_FIELDS),)
    if not change.has("value"):
        return (Ignored(event="changed_fields"),)
    value = change.mapping("value")
    item = value.text("item") if field == "feed" else value.text_or(_item(field, value), "item")
    verb = value.text("verb") if field == "feed" else value.text_or("add", "verb")
    parser = feed.PARSERS.get(f"{field}.{item}.{verb}")
    if parser is not None:
        return parser(feed.Change(entry.page, f"{field}.{item}.{verb}", value, entry.sent_at))
    if item in _ITEMS and verb in _VERBS:
        return (Ignored(event=f"{field}.{item}"),)
    strange = (field, item) if item not in _ITEMS else (field, item, verb)
    return (Ignored(event=_name(*strange), known=False),)


def _item(field: str, value: Payload) -> str:
    """Guess what a mention or a rating is of, where Facebook does not say."""
    if field == "ratings":
        return "rating"
    return "comment" if value.has("comment_id") else "post"


def _name(*parts: str) -> str:
    """Name an event for the counters: short and plain, whatever was sent."""
    return ".".join(parts)[:_LONGEST_NAME].encode("ascii", "replace").decode()


def _sent_at(value: Payload) -> datetime | None:
    """Read when Facebook sent the entry; only a fallback, so an unreadable one counts as none."""
    try:
        return instant(value, "time") if value.has("time") else None
    except InvalidPayload:
        return None
