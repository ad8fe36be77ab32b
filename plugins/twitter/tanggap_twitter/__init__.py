"""X (Twitter): mentions, replies, quotes and direct messages in, replies and messages out."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import Channel, OAuth2, Polling, Replying, Webhook, hookimpl
from tanggap_twitter import oauth, parse, poll, reply, webhook
from tanggap_twitter.client import APP_FIELDS
from tanggap_twitter.limits import MAX_MESSAGE_LENGTH, MAX_POST_LENGTH, weighted_length
from tanggap_twitter.tone import TONE


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="twitter",
        name="X (Twitter)",
        app_fields=APP_FIELDS,
        oauth=OAuth2(
            authorize_url=oauth.authorize_url,
            exchange=oauth.exchange,
            list_accounts=oauth.list_accounts,
            refresh=oauth.refresh,
            pkce=True,
        ),
        webhook=Webhook(
            challenge=webhook.challenge,
            verify=webhook.verify,
            parse=parse.parse,
            events=parse.EVENTS,
            subscribe=webhook.subscribe,
        ),
        # X pushes only direct replies and explicit mentions, and tells nobody what it dropped
        polling=Polling(fetch=poll.fetch, every=poll.EVERY),
        replying=Replying(
            send=reply.send,
            find_sent=reply.find_sent,
            max_length=MAX_POST_LENGTH,
            private_max_length=MAX_MESSAGE_LENGTH,
            measure=weighted_length,
        ),
        tone=TONE,
        health=oauth.health,
    )
