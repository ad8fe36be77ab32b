"""LinkedIn company pages: comments, mentions and reshares in, replies out."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import Channel, Moderating, OAuth2, Polling, Replying, Webhook, hookimpl
from tanggap_linkedin import health, limits, moderation, oauth, permission, poll, reply, webhook
from tanggap_linkedin.client import HOSTS
from tanggap_linkedin.fields import ACCOUNT_FIELDS, APP_FIELDS
from tanggap_linkedin.tone import TONE

REPLYING = Replying(
    send=reply.send,
    find_sent=reply.find_sent,
    check=permission.check,
    invite=permission.invite,
    attaching=permission.attaching,
    max_length=limits.MAX_COMMENT,
    measure=limits.measure,
)


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="linkedin",
        name="LinkedIn",
        sdk_version=2,
        hosts=HOSTS,
        app_fields=APP_FIELDS,
        account_fields=ACCOUNT_FIELDS,
        oauth=OAuth2(
            authorize_url=oauth.authorize_url,
            exchange=oauth.exchange,
            list_accounts=oauth.list_accounts,
            refresh=oauth.refresh,
        ),
        webhook=Webhook(
            challenge=webhook.challenge,
            verify=webhook.verify,
            parse=webhook.parse,
            subscribe=webhook.subscribe,
            unsubscribe=webhook.unsubscribe,
            events=webhook.EVENTS,
        ),
        # LinkedIn drops a subscription without a word when the member's role ends, and sends
        # some mentions without their text, so polling goes on beside the webhook.
        polling=Polling(fetch=poll.fetch, every=poll.EVERY, even_with_webhook=True),
        replying=REPLYING,
        moderating=Moderating(
            like=moderation.like,
            unlike=moderation.unlike,
            delete=moderation.delete,
            allows=moderation.allows,
        ),
        retention=limits.RETENTION,
        tone=TONE,
        health=health.check,
    )
