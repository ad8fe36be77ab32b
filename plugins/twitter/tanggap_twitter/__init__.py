"""X (Twitter): mentions, replies, quotes and messages in, replies and messages out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tanggap.sdk import (
    Channel,
    Moderating,
    OAuth2,
    Polling,
    Rechecking,
    Replying,
    Retention,
    Webhook,
    hookimpl,
)
from tanggap_twitter import (
    moderation,
    oauth,
    permission,
    poll,
    reads,
    recheck,
    reply,
    threads,
    webhook,
)
from tanggap_twitter.attaching import attaching
from tanggap_twitter.fields import ACCOUNT_FIELDS, API_HOST, APP_FIELDS
from tanggap_twitter.health import health
from tanggap_twitter.limits import MAX_MESSAGE_LENGTH, MAX_POST_LENGTH, limit, weighted_length
from tanggap_twitter.tone import TONE

OAUTH = OAuth2(
    authorize_url=oauth.authorize_url,
    exchange=oauth.exchange,
    list_accounts=oauth.list_accounts,
    refresh=oauth.refresh,
    revoke=oauth.revoke,
    pkce=True,
)
WEBHOOK = Webhook(
    challenge=webhook.challenge,
    verify=webhook.verify,
    parse=webhook.parse,
    events=webhook.EVENTS,
    # an answer to somebody's answer is a mention to polls, and no event
    brings=("reply", "quote", "message"),
    subscribe=webhook.subscribe,
    unsubscribe=webhook.unsubscribe,
)
REPLYING = Replying(
    send=reply.send,
    find_sent=reply.find_sent,
    check=permission.check,
    invite=permission.invite,
    split=threads.split,
    max_length=MAX_POST_LENGTH,
    private_max_length=MAX_MESSAGE_LENGTH,
    measure=weighted_length,
    limit=limit,
    attaching=attaching,
)
# X bounds no time (2026-08), but wants gone what its users delete
RETENTION = Retention(
    deleted=timedelta(hours=24),
    source="https://docs.x.com/developer-guidelines",
)
MODERATING = Moderating(
    hide=moderation.hide,
    show=moderation.show,
    like=moderation.like,
    unlike=moderation.unlike,
    delete=moderation.delete,
    allows=moderation.allows,
)


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="twitter",
        name="X (Twitter)",
        sdk_version=2,
        hosts=(API_HOST,),
        app_fields=APP_FIELDS,
        account_fields=ACCOUNT_FIELDS,
        oauth=OAUTH,
        webhook=WEBHOOK,
        # X pushes only direct replies and explicit mentions, and tells nobody what it dropped
        polling=Polling(fetch=poll.fetch, every=poll.EVERY, read_prices_usd=reads.PRICES_USD),
        replying=REPLYING,
        moderating=MODERATING,
        rechecking=Rechecking(
            look_up=recheck.look_up, batch=recheck.MOST_IDS, wanted=recheck.wanted
        ),
        tone=TONE,
        health=health,
        retention=RETENTION,
    )
