"""Call a forum's API and turn its answers into the SDK's errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from tanggap.sdk import (
    Account,
    AuthExpired,
    Gone,
    Http,
    HttpResponse,
    InvalidPayload,
    Payload,
    RateLimited,
    Rejected,
    Text,
    Unavailable,
)

WHO_AM_I = "session/current.json"
# The newest posts, by the name that the list has in the answer; messages are apart.
STREAMS = ("latest_posts", "private_posts")
PATHS = {"latest_posts": "posts.json", "private_posts": "private-posts.json"}
_PAUSE = timedelta(minutes=1)
_MOST_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Client:
    """A forum's API for one key and the user it speaks for."""

    address: str
    username: str
    api_key: str
    http: Http

    @classmethod
    def of(cls, account: Account, http: Http) -> Client:
        """Speak as a connected account."""
        address = account.config.get("url", "")
        username = account.config.get("username") or account.handle
        return cls(address, username, account.token.access_token, http)

    def get(self, path: str, **params: str) -> Payload:
        """Read something."""
        return decoded(self.request("GET", path, params=params or None))

    def post(self, path: str, body: Mapping[str, object]) -> Payload:
        """Write something and read what came of it."""
        return decoded(self.request("POST", path, json=body))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> HttpResponse:
        """Send one call; raises for every answer that is not a success."""
        response = self.http.request(
            method,
            f"{self.address.rstrip('/')}/{path}",
            params=params,
            json=json,
            headers={"Api-Key": self.api_key, "Api-Username": self.username},
        )
        if not 200 <= response.status_code < 300:
            self._raise_for(response, path)
        return response

    def _raise_for(self, response: HttpResponse, path: str) -> NoReturn:
        """Raise what the core must do next, told by status; the forum's words are only shown."""
        status = response.status_code
        kind, words = _error_of(response)
        shown: Text = {
            "en": f"Discourse answered {status}",
            "id": f"Discourse menjawab {status}",
        }
        if words:
            shown = f"Discourse: {words}"
        if status == 401:
            raise AuthExpired(
                {
                    "en": "Discourse refuses the key: make a new one and connect again",
                    "id": "Discourse menolak kuncinya: buat yang baru dan sambungkan lagi",
                }
            )
        if status == 403:
            self._raise_forbidden(path, shown, kind)
        if status in {404, 410}:
            raise Gone(shown, kind or str(status))
        if status == 429:
            raise RateLimited(_pause_of(response))
        if status >= 500 or status == 408:
            raise Unavailable(shown)
        raise Rejected(shown, f"{status}/{kind}" if kind else str(status))

    def _raise_forbidden(self, path: str, shown: Text, kind: str) -> NoReturn:
        """Tell a key that is dead from one that is alive and may not do this.

        Discourse answers 403 `invalid_access` to both, so the key is tried where it may always go.
        """
        if path == WHO_AM_I:
            raise AuthExpired(
                {
                    "en": "Discourse refuses the key: it was revoked, or may not be used for this "
                    "user name",
                    "id": "Discourse menolak kuncinya: sudah dicabut, atau tidak boleh dipakai "
                    "untuk nama pengguna ini",
                },
                "revoked",
            )
        self.request("GET", WHO_AM_I)
        raise Rejected(shown, f"403/{kind}" if kind else "403")


def decoded(response: HttpResponse) -> Payload:
    """Read the JSON object of a good answer."""
    try:
        return Payload(response.json()).mapping()
    except (ValueError, InvalidPayload, RecursionError) as error:
        raise Unavailable("Discourse's answer is not the JSON it should be") from error


def _error_of(response: HttpResponse) -> tuple[str, str]:
    """Read the kind of an error and its words, as far as they are there."""
    try:
        body = Payload(response.json()).mapping()
        words = [entry.text() for entry in body.items("errors")]
        return body.text_or("", "error_type")[:60], " ".join(words)[:300]
    except (ValueError, InvalidPayload, RecursionError):
        return "", ""


def _pause_of(response: HttpResponse) -> timedelta:
    headers = {name.lower(): value for name, value in response.headers.items()}
    given = headers.get("retry-after", "")
    if not (given.isascii() and given.isdigit() and len(given) <= 6):
        given = _wait_seconds(response)
    seconds = int(given or 0)
    return timedelta(seconds=min(seconds, _MOST_SECONDS)) if seconds > 0 else _PAUSE


def _wait_seconds(response: HttpResponse) -> str:
    try:
        waits = Payload(response.json()).mapping().integer("extras", "wait_seconds")
    except (ValueError, InvalidPayload, RecursionError):
        return ""
    return str(waits) if 0 < waits <= _MOST_SECONDS else ""
