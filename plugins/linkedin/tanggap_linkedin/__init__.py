"""LinkedIn company pages: comments, mentions and reshares in, replies out."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import Channel, OAuth2, Polling, Replying, Webhook, hookimpl
from tanggap_linkedin import oauth, parse, poll, reply, webhook
from tanggap_linkedin.client import API_URL_FIELD, VERSION_FIELD
from tanggap_linkedin.limits import MAX_COMMENT, measure
from tanggap_linkedin.tone import TONE


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="linkedin",
        name="LinkedIn",
        app_fields=(*oauth.FIELDS, VERSION_FIELD, API_URL_FIELD),
        oauth=OAuth2(
            authorize_url=oauth.authorize_url,
            exchange=oauth.exchange,
            list_accounts=oauth.list_accounts,
            refresh=oauth.refresh,
        ),
        webhook=Webhook(
            challenge=webhook.challenge,
            verify=webhook.verify,
            parse=parse.parse,
            events=frozenset(parse.READERS),
            subscribe=oauth.subscribe,
        ),
        # LinkedIn drops a subscription without a word when the member's role ends, and sends
        # some mentions without their text, so polling goes on beside the webhook.
        polling=Polling(fetch=poll.fetch, every=poll.EVERY, even_with_webhook=True),
        replying=Replying(
            send=reply.send,
            find_sent=reply.find_sent,
            max_length=MAX_COMMENT,
            measure=measure,
        ),
        tone=TONE,
        health=oauth.health,
    )
