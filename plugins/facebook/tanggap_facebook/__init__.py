"""Facebook Pages and Messenger for Tanggap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tanggap.sdk import (
    Channel,
    OAuth2,
    Polling,
    Profiles,
    Rechecking,
    Replying,
    Webhook,
    hookimpl,
)
from tanggap_facebook import (
    attaching,
    health,
    limits,
    moderation,
    oauth,
    permission,
    poll,
    profiles,
    recheck,
    reply,
    webhook,
)
from tanggap_facebook.badge import BADGE
from tanggap_facebook.client import HOSTS
from tanggap_facebook.fields import APP_FIELDS
from tanggap_facebook.tone import TONE

REPLYING = Replying(
    send=reply.send,
    find_sent=reply.find_sent,
    check=permission.check,
    closes=permission.closes,
    invite=permission.invite,
    attaching=attaching.attaching,
    max_length=limits.MAX_COMMENT,
    private_max_length=limits.MAX_MESSAGE,
    measure=limits.measure,
)


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="facebook",
        name="Facebook",
        sdk_version=2,
        hosts=HOSTS,
        app_fields=APP_FIELDS,
        oauth=OAuth2(
            authorize_url=oauth.authorize_url,
            exchange=oauth.exchange,
            list_accounts=oauth.list_accounts,
        ),
        webhook=Webhook(
            challenge=webhook.challenge,
            verify=webhook.verify,
            parse=webhook.parse,
            subscribe=webhook.subscribe,
            unsubscribe=webhook.unsubscribe,
            events=webhook.EVENTS,
            brings=("comment", "reply", "message"),
        ),
        polling=Polling(fetch=poll.fetch, every=timedelta(minutes=5)),
        replying=REPLYING,
        moderating=moderation.MODERATING,
        rechecking=Rechecking(look_up=recheck.look_up, batch=recheck.MOST_IDS),
        profiles=Profiles(
            look_up=profiles.look_up, visibility="private", batch=profiles.MOST_PEOPLE
        ),
        responsiveness=BADGE,
        tone=TONE,
        health=health.check,
    )
