"""Call LinkedIn's REST API and turn its answers into the SDK's errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    ConfigField,
    Gone,
    Http,
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    RateLimited,
    Rejected,
    Unavailable,
)
from tanggap.sdk.errors import AuthCause
from tanggap_linkedin.limits import pause

DEFAULT_API_URL = "https://api.linkedin.com"
DEFAULT_VERSION = "202609"
PAGE_SIZE = 50
_MAX_PAGES = 20

VERSION_FIELD = ConfigField(
    "api_version",
    "API version",
    help="Year and month, such as 202609. LinkedIn retires each version after about 12 months.",
    required=False,
    default=DEFAULT_VERSION,
)
API_URL_FIELD = ConfigField(
    "api_url",
    "API address",
    kind="url",
    help="Leave as it is, unless you test against a simulator.",
    required=False,
    default=DEFAULT_API_URL,
)

# serviceErrorCode of a 401; everything unlisted counts as expired.
_AUTH_CAUSES: Mapping[int, AuthCause] = {65600: "revoked", 65601: "revoked", 65602: "expired"}
_AUTH_TEXT: Mapping[AuthCause, str] = {
    "expired": "LinkedIn says the access has expired: connect the page again",
    "revoked": "LinkedIn says the access was withdrawn: connect the page again",
}
_MISSING_ROLE = 100


@dataclass(frozen=True, slots=True)
class Client:
    """LinkedIn's REST API for one token."""

    app: AppCredentials
    access_token: str
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
            found = list(page.items("elements"))
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


def header(response: HttpResponse, name: str) -> str:
    """Read a header whatever its case; empty where it is missing."""
    return next((v for key, v in response.headers.items() if key.lower() == name.lower()), "")


def decoded(response: HttpResponse) -> Payload:
    """Read the JSON object of a good answer."""
    try:
        return Payload(response.json()).mapping()
    except (ValueError, InvalidPayload) as error:
        raise Unavailable("LinkedIn's answer is not the JSON it should be") from error


def raise_for(response: HttpResponse) -> NoReturn:
    """Raise what the core must do next, told by status and serviceErrorCode."""
    status, code, message = response.status_code, *_error_of(response)
    shown = f"LinkedIn: {message}" if message else f"LinkedIn answered {status}"
    if status == 401:
        cause = _AUTH_CAUSES.get(code, "expired")
        raise AuthExpired(_AUTH_TEXT[cause], cause)
    if status == 403 and code == _MISSING_ROLE:
        raise AuthExpired(
            "LinkedIn refuses this: connect the page again with all permissions, as a member "
            "who is its super admin",
            "missing_scope",
        )
    if status in {404, 410}:
        raise Gone(shown, str(status))
    if status == 426:
        raise InvalidConfig(
            "api_version",
            "LinkedIn has retired the API version in use: enter a newer one (year and month)",
        )
    if status == 429:
        now = datetime.now(UTC)
        raise RateLimited(pause(header(response, "retry-after"), message, now), shown)
    if status >= 500 or status == 408:
        raise Unavailable(shown)
    raise Rejected(shown, f"{status}/{code}" if code else str(status))


def _error_of(response: HttpResponse) -> tuple[int, str]:
    try:
        body = Payload(response.json()).mapping()
        return body.integer_or(0, "serviceErrorCode"), body.text_or("", "message")[:300]
    except (ValueError, InvalidPayload):
        return 0, ""
