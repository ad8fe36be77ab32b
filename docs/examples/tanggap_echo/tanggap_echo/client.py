"""Call Echo's API and turn its answers into the SDK's errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    Gone,
    Http,
    HttpResponse,
    InvalidPayload,
    Payload,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap.sdk.errors import AuthCause

API_URL = "https://api.echo.example"
_PAUSE = timedelta(minutes=1)

# By Echo's code, never by the text of its message: texts change, and are translated.
_AUTH_CAUSES: Mapping[str, AuthCause] = {"token_expired": "expired", "token_revoked": "revoked"}


@dataclass(frozen=True, slots=True)
class Client:
    """Echo's API for one token."""

    app: AppCredentials
    token: str
    http: Http

    @classmethod
    def of(cls, account: Account, http: Http) -> Client:
        """Speak as a connected account."""
        return cls(account.app, account.token.access_token, http)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Payload:
        """Call the API and read its answer; raises for every answer that is not a success."""
        base = (self.app.config.get("api_url") or API_URL).rstrip("/")
        response = self.http.request(
            method,
            f"{base}/{path}",
            params=params,
            json=json,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        if not 200 <= response.status_code < 300:
            _raise_for(response)
        try:
            return Payload(response.json()).mapping()
        except (ValueError, InvalidPayload) as error:
            raise Unavailable("Echo's answer is not the JSON it should be") from error


def _raise_for(response: HttpResponse) -> NoReturn:
    status, code = response.status_code, _code_of(response)
    if status == 401:
        cause = _AUTH_CAUSES.get(code, "expired")
        raise AuthExpired("Echo refuses the token: connect the account again", cause)
    if status in {404, 410}:
        raise Gone("Echo does not have this entry any more", code or str(status))
    if status == 429:
        raise RateLimited(_pause_of(response))
    if status >= 500:
        raise Unavailable(f"Echo answered {status}")
    raise Rejected(f"Echo refuses this: {code or status}", code or str(status))


def _code_of(response: HttpResponse) -> str:
    try:
        return Payload(response.json()).text_or("", "error", "code")
    except (ValueError, InvalidPayload):
        return ""


def _pause_of(response: HttpResponse) -> timedelta:
    headers = {name.lower(): value for name, value in response.headers.items()}
    given = headers.get("retry-after", "")
    whole = given.isascii() and given.isdigit() and len(given) <= 6
    return timedelta(seconds=int(given)) if whole and int(given) else _PAUSE
