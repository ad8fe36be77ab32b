"""The bodies of Facebook's webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tanggap.sdk.simulator import Change, SimulatedPost
from tanggap_facebook.simulator.places import customer_of, is_comment, psid, root_of
from tanggap_facebook.simulator.shapes import SITE, recommendation, stamp

_VERBS: Mapping[Change, str] = {"created": "add", "edited": "edited", "deleted": "remove"}
Notice = tuple[str, dict[str, Any]]
OPENED = "opened"
"""Marks a message whose link opened a thread that was there before."""


def notice(post: SimulatedPost, change: Change, now: datetime, app: int) -> Notice | None:
    """Make the entry that tells of a change, and name the field it is subscribed by."""
    if post.private:
        return _messaging(post, change, now, app)
    verb = _VERBS.get(change)
    if change == "hidden":
        verb = "hide" if post.hidden else "unhide"
    if verb is None:
        return None
    if post.kind == "review":
        return _changes(post, "ratings", _review(post, verb), now)
    if post.kind == "mention":
        return _changes(post, "mention", _feed_value(post, verb, now), now)
    return _changes(post, "feed", _feed_value(post, verb, now), now)


def opening(post: SimulatedPost, now: datetime) -> Notice | None:
    """Tell that somebody opened a thread that was there already by a link, before they wrote."""
    if OPENED not in post.extra:
        return None
    page = post.account.id
    event = {
        "sender": {"id": psid(post.account, customer_of(post))},
        "recipient": {"id": page},
        "timestamp": _milliseconds(post.at),
        "referral": _referral(post),
    }
    return "messaging_referrals", {"id": page, "time": _milliseconds(now), "messaging": [event]}


def _referral(post: SimulatedPost) -> dict[str, str]:
    return {"ref": post.reference, "source": "SHORTLINK", "type": "OPEN_THREAD"}


def _changes(post: SimulatedPost, field: str, value: dict[str, Any], now: datetime) -> Notice:
    entry = {"id": post.account.id, "time": _seconds(now)}
    return field, {**entry, "changes": [{"field": field, "value": value}]}


def _feed_value(post: SimulatedPost, verb: str, now: datetime) -> dict[str, Any]:
    root = root_of(post)
    item = "comment" if is_comment(post) else "status" if post.ours else "post"
    value: dict[str, Any] = {"item": item, "verb": verb, "post_id": root.id}
    value["created_time"] = _seconds(now if verb == "remove" else post.at)
    if verb == "edited":
        # Facebook names the author in either of two ways; edits use the older one here.
        value |= {"sender_id": int(post.author.id), "sender_name": post.author.name}
        value["edited_time"] = _seconds(post.edited_at or now)
    else:
        value["from"] = {"id": post.author.id, "name": post.author.name}
    if is_comment(post) and post.parent is not None:
        value |= {"comment_id": post.id, "parent_id": post.parent.id}
        value["post"] = {
            "id": root.id,
            "permalink_url": f"{SITE}/{root.id}",
            "is_published": True,
            "updated_time": stamp(now),
            "promotion_status": "inactive",
        }
    if item == "status":
        value["published"] = 1
    if verb in ("hide", "unhide"):
        value["is_hidden"] = verb == "hide"
    if verb != "remove":
        value["message"] = post.text
        if post.media and item == "comment":
            value["photo"] = post.media[0].url
        elif post.media:
            value["photos"] = [one.url for one in post.media]
    return value


def _review(post: SimulatedPost, verb: str) -> dict[str, Any]:
    return {
        "item": "rating",
        "verb": verb,
        "reviewer_id": post.author.id,
        "reviewer_name": post.author.name,
        "recommendation_type": recommendation(post),
        "review_text": post.text,
        "open_graph_story_id": post.id,
        "created_time": _seconds(post.at),
    }


def _messaging(post: SimulatedPost, change: Change, now: datetime, app: int) -> Notice | None:
    customer, page = psid(post.account, customer_of(post)), post.account.id
    sender, recipient = (page, customer) if post.ours else (customer, page)
    at = {"created": post.at, "edited": post.edited_at or now}.get(change, now)
    event: dict[str, Any] = {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": _milliseconds(at),
    }
    field = "message_echoes" if post.ours else "messages"
    if change == "created":
        event["message"] = _message(post, app)
    elif change == "edited":
        field = "message_edits"
        event["message_edit"] = {"mid": post.id, "text": post.text, "num_edit": 1}
    elif change == "deleted" and not post.ours:
        event["message"] = {"mid": post.id, "is_deleted": True}
    else:
        return None
    return field, {"id": page, "time": _milliseconds(now), "messaging": [event]}


def _message(post: SimulatedPost, app: int) -> dict[str, Any]:
    message: dict[str, Any] = {"mid": post.id}
    if post.text or not post.media:
        message["text"] = post.text
    if post.media:
        shown = [{"type": "image", "payload": {"url": one.url}} for one in post.media]
        message["attachments"] = shown
    if post.ours:
        message["is_echo"] = True
        if post.via_api:
            message["app_id"] = app
    if post.reference and OPENED not in post.extra:
        message["referral"] = _referral(post)
    if post.parent is not None and post.parent.private:
        message["reply_to"] = {"mid": post.parent.id}
    return message


def _seconds(when: datetime) -> int:
    return int(when.timestamp())


def _milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)
