"""Facebook Pages and Messenger for Tanggap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tanggap.sdk import Channel, ConfigField, OAuth2, Polling, Replying, Webhook, hookimpl
from tanggap_facebook import health, limits, oauth, poll, reply, webhook
from tanggap_facebook.client import API_URL, API_VERSION, OAUTH_URL
from tanggap_facebook.tone import TONE

APP_FIELDS = (
    ConfigField(
        "app_id", "App ID", help="App settings > Basic, in your app on developers.facebook.com."
    ),
    ConfigField("app_secret", "App secret", "secret", help="On the same page, behind Show."),
    ConfigField(
        "verify_token",
        "Verify token",
        "secret",
        help="Leave empty, unless you register the callback address in the dashboard yourself.",
        required=False,
    ),
    ConfigField(
        "config_id",
        "Login configuration ID",
        help="Only for an app with Facebook Login for Business, which asks by configuration.",
        required=False,
    ),
    ConfigField(
        "extra_scopes",
        "Further permissions",
        help="For example business_management, if your Pages belong to a business portfolio.",
        required=False,
    ),
    ConfigField(
        "human_agent",
        "The app has the Human Agent feature",
        "bool",
        help="Lets you answer in Messenger for 7 days instead of 24 hours.",
        required=False,
    ),
    ConfigField("api_version", "Graph API version", required=False, default=API_VERSION),
    ConfigField("api_url", "Graph API address", "url", required=False, default=API_URL),
    ConfigField("oauth_url", "Login dialog address", "url", required=False, default=OAUTH_URL),
)


@hookimpl
def tanggap_channels() -> Iterable[Channel]:
    """Declare the channel."""
    yield Channel(
        key="facebook",
        name="Facebook",
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
            events=webhook.EVENTS,
        ),
        polling=Polling(fetch=poll.fetch, every=timedelta(minutes=5)),
        replying=Replying(
            send=reply.send,
            find_sent=reply.find_sent,
            max_length=limits.MAX_COMMENT,
            private_max_length=limits.MAX_MESSAGE,
            measure=limits.measure,
        ),
        tone=TONE,
        health=health.check,
    )
