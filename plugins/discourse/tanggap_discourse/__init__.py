"""Discourse forums: posts and messages in, answers and messages out."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import (
    Channel,
    Connecting,
    Moderating,
    Polling,
    Rechecking,
    Replying,
    Webhook,
    hookimpl,
)
from tanggap_discourse import connect, health, moderate, parse, poll, recheck, reply, webhook
from tanggap_discourse.limits import MAX_LENGTH, measure
from tanggap_discourse.tone import TONE


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="discourse",
        name="Discourse",
        sdk_version=2,
        app_fields=connect.APP_FIELDS,
        connecting=Connecting(fields=connect.FIELDS, connect=connect.connect),
        webhook=Webhook(
            verify=webhook.verify,
            parse=parse.parse,
            events=parse.EVENTS,
            subscribe=webhook.subscribe,
            unsubscribe=webhook.unsubscribe,
            keeps=parse.KEEPS,
        ),
        # Unless a site says otherwise, Discourse delivers once and forgets what failed.
        polling=Polling(fetch=poll.fetch, every=poll.EVERY, even_with_webhook=True),
        replying=Replying(
            send=reply.send,
            find_sent=reply.find_sent,
            check=reply.check,
            max_length=MAX_LENGTH,
            private_max_length=MAX_LENGTH,
            measure=measure,
        ),
        moderating=Moderating(
            like=moderate.like,
            unlike=moderate.unlike,
            hide=moderate.hide,
            show=moderate.show,
            delete=moderate.delete,
            allows=moderate.allows,
        ),
        rechecking=Rechecking(look_up=recheck.look_up, batch=recheck.MOST_POSTS),
        tone=TONE,
        health=health.check,
    )
