"""Call LinkedIn's REST API with one token, in its version and encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tanggap.sdk import (
    Account,
    AppCredentials,
    Http,
    HttpResponse,
    InvalidPayload,
    Payload,
    Unavailable,
)
from tanggap_linkedin.errors import raise_for

# Tokens are asked for where people sign in, everything else at the API.
HOSTS = ("api.linkedin.com", "www.linkedin.com")
DEFAULT_API_URL = "https://api.linkedin.com"
DEFAULT_OAUTH_URL = "https://www.linkedin.com"
DEFAULT_VERSION = "202609"
# Where an account keeps the member who connected it: subscriptions are keyed by member.
MEMBER = "member"
PAGE_SIZE = 50
_MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class Client:
    """LinkedIn's REST API for one token."""

    app: AppCredentials
    access_token: str = field(repr=False)
    http: Http

    @classmethod
    def of(cls, account: Account, http: Http) -> Client:
        """Speak as the member who connected this page."""
        return cls(account.app, account.token.access_token, http)

    def get(self, path: str, *, finder: bool = False) -> Payload:
        """Read one resource; `path` is encoded already."""
        headers = {"X-RestLi-Method": "FINDER"} if finder else {}
        return decoded(self.request("GET", path, headers=headers))

    def elements(self, path: str, *, size: int = PAGE_SIZE) -> Iterator[Payload]:
        """Walk a paged list to its end, or to the twentieth page."""
        joint = "&" if "?" in path else "?"
        for number in range(_MAX_PAGES):
            page = self.get(f"{path}{joint}start={number * size}&count={size}", finder="q=" in path)
            found = elements_of(page)
            yield from found
            if len(found) < size:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """Send one call below `/rest/`; raises for every answer that is not a success."""
        response = self.http.request(
            method,
            f"{base_url(self.app)}/rest/{path}",
            json=json,
            headers={
                "Authorization": f"Bearer {self.access_token}",
                "LinkedIn-Version": self.app.config.get("api_version") or DEFAULT_VERSION,
                "X-Restli-Protocol-Version": "2.0.0",
                **(headers or {}),
            },
        )
        if not 200 <= response.status_code < 300:
            raise_for(response)
        return response


def base_url(app: AppCredentials) -> str:
    """Give the API's address without a slash at its end."""
    return (app.config.get("api_url") or DEFAULT_API_URL).rstrip("/")


def elements_of(page: Payload) -> list[Payload]:
    """Give the entries of one page of a list."""
    try:
        return list(page.items("elements"))
    except InvalidPayload as error:
        raise Unavailable("LinkedIn's answer is not the list it should be") from error


def decoded(response: HttpResponse) -> Payload:
    """Read the JSON object of a good answer."""
    try:
        return Payload(response.json()).mapping()
    except (ValueError, RecursionError, InvalidPayload) as error:
        raise Unavailable("LinkedIn's answer is not the JSON it should be") from error
