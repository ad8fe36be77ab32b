"""Echo, a guest book: entries in, answers out."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import Channel, Connecting, Polling, Replying, Webhook, hookimpl

from tanggap_echo import connect, health, parse, poll, reply, webhook
from tanggap_echo.limits import MAX_LENGTH, measure
from tanggap_echo.observers import tanggap_post_triaged, tanggap_reply_sent
from tanggap_echo.tone import TONE

__all__ = ["tanggap_channels", "tanggap_post_triaged", "tanggap_reply_sent"]


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="echo",
        name="Echo",
        sdk_version=2,
        hosts=("api.echo.example",),
        app_fields=connect.APP_FIELDS,
        connecting=Connecting(fields=connect.FIELDS, connect=connect.connect),
        webhook=Webhook(
            verify=webhook.verify,
            parse=parse.parse,
            events=frozenset(parse.READERS),
            subscribe=webhook.subscribe,
            unsubscribe=webhook.unsubscribe,
        ),
        polling=Polling(fetch=poll.fetch, every=poll.EVERY),
        replying=Replying(
            send=reply.send, find_sent=reply.find_sent, max_length=MAX_LENGTH, measure=measure
        ),
        tone=TONE,
        health=health.check,
    )
