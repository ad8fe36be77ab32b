"""Call the X API v2: what is asked for, bearer tokens, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tanggap.sdk import (
    Account,
    AppCredentials,
    Http,
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Unavailable,
)
from tanggap_twitter.errors import raise_for
from tanggap_twitter.fields import SITE_URL, base_url, dialect

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

MEDIA_FIELDS = "alt_text,preview_image_url,type,url,variants"


def post_url(post_id: str, handle: str = "") -> str:
    """Give a post's address; the website finds it whatever the handle says."""
    return f"{SITE_URL}/{handle or 'i'}/status/{post_id}"


def post_parameters(app: AppCredentials) -> dict[str, str]:
    """Ask for all that a post is read from, in the dialect the operator chose."""
    name = dialect(app)
    return {
        f"{name}.fields": _POST_FIELDS[name],
        "expansions": f"author_id,referenced_{name}s.id,referenced_{name}s.id.author_id,"
        "attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
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
                {
                    "en": "Enter the app's bearer token: X registers webhooks with nothing else.",
                    "id": "Isi bearer token aplikasi: X mendaftarkan webhook hanya dengan itu.",
                },
            )
        return cls(app, token, http)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Payload:
        """Read a resource."""
        return self._call("GET", path, params=params)

    def post(self, path: str, json: object) -> Payload:
        """Create a resource, with the errors of something that must not be tried twice."""
        return self._call("POST", path, json=json, writing=True)

    def put(self, path: str, json: object = None, *, writing: bool = False) -> Payload:
        """Change a resource; `writing` where a person asked for it and is told what X says."""
        return self._call("PUT", path, json=json, writing=writing)

    def delete(self, path: str, *, writing: bool = False) -> Payload:
        """Take a resource away."""
        return self._call("DELETE", path, writing=writing)

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
