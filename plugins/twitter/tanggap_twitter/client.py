"""Call the X API v2: addresses, the developer app's fields, bearer tokens, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tanggap.sdk import (
    Account,
    AppCredentials,
    ConfigField,
    Http,
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Unavailable,
)
from tanggap_twitter.problems import raise_for

API_URL = "https://api.x.com"
SITE_URL = "https://x.com"
DIALECTS = (("tweet", "tweet.fields (as documented)"), ("post", "post.fields (newer names)"))

APP_FIELDS = (
    ConfigField(
        "client_id",
        "OAuth 2.0 client ID",
        help="Developer console, your app, Keys and tokens.",
    ),
    ConfigField(
        "client_secret",
        "OAuth 2.0 client secret",
        kind="secret",
        help="Shown once, below the client ID. Empty for a public client.",
        required=False,
    ),
    ConfigField(
        "consumer_secret",
        "API key secret",
        kind="secret",
        help="Also called consumer secret. X signs its webhooks with it.",
    ),
    ConfigField(
        "bearer_token",
        "App bearer token",
        kind="secret",
        help="Registers the webhook. Without it posts are polled for.",
        required=False,
    ),
    ConfigField(
        "api_url",
        "API address",
        kind="url",
        help="Leave as it is, unless you test against a simulator.",
        required=False,
        default=API_URL,
    ),
    ConfigField(
        "site_url",
        "Address of the consent page",
        kind="url",
        help="Leave as it is, unless you test against a simulator.",
        required=False,
        default=SITE_URL,
    ),
    ConfigField(
        "field_names",
        "Field names in requests",
        kind="choice",
        help="X renames tweet to post bit by bit; change this if it refuses the parameters.",
        required=False,
        choices=DIALECTS,
        default="tweet",
    ),
)

_POST_FIELDS = {
    "tweet": (
        "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
        "in_reply_to_user_id,lang,note_tweet,public_metrics,referenced_tweets"
    ),
    "post": (
        "attachments,author_id,conversation_id,created_at,edit_history_post_ids,entities,"
        "in_reply_to_user_id,lang,note_post,public_metrics,referenced_posts"
    ),
}
USER_FIELDS = "name,profile_image_url,protected,public_metrics,username,verified,verified_type"


def base_url(app: AppCredentials) -> str:
    """Give the API's address without a slash at its end."""
    return (app.config.get("api_url") or API_URL).rstrip("/")


def site_url(app: AppCredentials) -> str:
    """Give the website's address without a slash at its end."""
    return (app.config.get("site_url") or SITE_URL).rstrip("/")


def post_url(post_id: str, handle: str = "") -> str:
    """Give a post's address; the website finds it whatever the handle says."""
    return f"{SITE_URL}/{handle or 'i'}/status/{post_id}"


def post_parameters(app: AppCredentials) -> dict[str, str]:
    """Ask for all that a post is read from, in the dialect the operator chose."""
    dialect = app.config.get("field_names") or "tweet"
    if dialect not in _POST_FIELDS:
        raise InvalidConfig("field_names", "Choose one of the two dialects.")
    return {
        f"{dialect}.fields": _POST_FIELDS[dialect],
        "expansions": f"author_id,referenced_{dialect}s.id,referenced_{dialect}s.id.author_id,"
        "attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": "alt_text,preview_image_url,type,url",
    }


@dataclass(frozen=True, slots=True)
class Client:
    """The API for one token, a user's or the app's own."""

    app: AppCredentials
    token: str
    http: Http

    @classmethod
    def of(cls, account: Account, http: Http) -> Client:
        """Speak as a connected account."""
        return cls(account.app, account.token.access_token, http)

    @classmethod
    def of_app(cls, app: AppCredentials, http: Http) -> Client:
        """Speak as the developer app itself, which webhooks are registered by."""
        token = app.secrets.get("bearer_token", "")
        if not token:
            raise InvalidConfig(
                "bearer_token",
                "Enter the app's bearer token: X registers webhooks with nothing else.",
            )
        return cls(app, token, http)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Payload:
        """Read a resource."""
        return self._call("GET", path, params=params)

    def post(self, path: str, json: object) -> Payload:
        """Create a resource, with the errors of something that must not be tried twice."""
        return self._call("POST", path, json=json, writing=True)

    def put(self, path: str) -> Payload:
        """Refresh a resource."""
        return self._call("PUT", path)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        writing: bool = False,
    ) -> Payload:
        response = self.http.request(
            method,
            base_url(self.app) + path,
            params=params,
            json=json,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        if not 200 <= response.status_code < 300:
            raise_for(response, writing=writing)
        return decoded(response)


def decoded(response: HttpResponse) -> Payload:
    """Read the JSON object of a good answer; raises `Unavailable` for anything else."""
    try:
        return Payload(response.json()).mapping()
    except (ValueError, RecursionError, InvalidPayload) as error:
        raise Unavailable(
            f"X answered {response.status_code} with something that is not a JSON object"
        ) from error
