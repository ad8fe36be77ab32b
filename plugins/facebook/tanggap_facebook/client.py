"""Speak to the Graph API through the injected client, with one app and one token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

from tanggap.sdk import (
    Account,
    AppCredentials,
    AttachedFile,
    Http,
    InvalidPayload,
    Payload,
    Rejected,
    Unavailable,
)
from tanggap.sdk.signing import hmac_sha256
from tanggap_facebook.errors import error_of
from tanggap_facebook.indonesian import both
from tanggap_facebook.limits import used_percent

API_URL = "https://graph.facebook.com"
OAUTH_URL = "https://www.facebook.com"
API_VERSION = "v26.0"
# The browser goes to the login dialog by itself; the client calls the Graph API alone.
HOSTS = ("graph.facebook.com",)
MOST_PAGES = 20
_PAGING = frozenset({"after", "until", "since", "offset", "__paging_token"})


def version_of(app: AppCredentials) -> str:
    """Give the Graph API version to speak, such as `v26.0`."""
    return app.config.get("api_version") or API_VERSION


def app_id(app: AppCredentials) -> str:
    """Give the developer app's id."""
    return app.config.get("app_id", "")


def app_secret(app: AppCredentials) -> str:
    """Give the developer app's secret."""
    return app.secrets.get("app_secret", "")


def may(account: Account, permission: str) -> bool:
    """Tell whether the Page was granted a permission; yes, where it is not known what was."""
    return not account.token.scopes or permission in account.token.scopes


@dataclass(slots=True)
class Meter:
    """How much of the allowed calls is used, in percent, as the latest answer told."""

    used: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph API seen with one token; every call raises what `errors` makes of a refusal.

    The token travels in a header and never in an address, so no log of addresses holds it.
    """

    app: AppCredentials
    http: Http
    token: str = field(default="", repr=False)
    meter: Meter = field(default_factory=Meter)

    @classmethod
    def as_page(cls, account: Account, http: Http) -> Graph:
        """Speak as a connected Page."""
        return cls(account.app, http, account.token.access_token)

    @classmethod
    def as_app(cls, app: AppCredentials, http: Http) -> Graph:
        """Speak as the developer app."""
        return cls(app, http, f"{app_id(app)}|{app_secret(app)}")

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Payload:
        """Read an object or an edge."""
        return self._call("GET", path, params or {})

    def post(
        self, path: str, *, form: Mapping[str, str] | None = None, json: object = None
    ) -> Payload:
        """Create or change something, with a form or a JSON body."""
        return self._call("POST", path, {}, form=form, json=json)

    def upload(
        self, path: str, form: Mapping[str, str], files: Mapping[str, AttachedFile]
    ) -> Payload:
        """Bring a file that nothing shows yet.

        What becomes of it does no harm, so every fault of it is one that reached nobody.
        """
        try:
            return self._call("POST", path, {}, form=form, files=files)
        except Unavailable as error:
            raise Unavailable(error.message, reached=False) from error

    def do(self, method: str, path: str, form: Mapping[str, str] | None = None) -> None:
        """Act on an object; raises `Rejected` where Facebook says that it did not."""
        body = self._call(method, path, {}, form=form)
        if isinstance(body.value, dict) and body.value.get("success") is False:
            raise Rejected(both("Facebook did not do it and gave no reason."), "success-false")

    def pages(
        self, path: str, params: Mapping[str, str], most: int = MOST_PAGES
    ) -> Iterator[Sequence[Payload]]:
        """Walk an edge page by page; each is asked for only when it is wanted."""
        more: Mapping[str, str] | None = {}
        while more is not None and most > 0:
            body = self.get(path, {**params, **more})
            yield entries_of(body)
            more, most = next_page(body), most - 1

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
        files: Mapping[str, AttachedFile] | None = None,
    ) -> Payload:
        base = (self.app.config.get("api_url") or API_URL).rstrip("/")
        response = self.http.request(
            method,
            f"{base}/{version_of(self.app)}/{path}",
            params={**params, **self._proof()},
            form=form,
            json=json,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            **({} if files is None else {"files": files}),
        )
        self.meter.used = used_percent(response.headers)
        try:
            body = Payload(response.json())
        except (ValueError, RecursionError) as error:
            if response.status_code < 400:
                raise Unavailable("Facebook's answer could not be read.") from error
            body = Payload(None)
        if response.status_code >= 400 or (isinstance(body.value, dict) and body.has("error")):
            raise error_of(response.status_code, body, response.headers)
        return body

    def _proof(self) -> Mapping[str, str]:
        """Prove that whoever holds the token also knows the app's secret.

        App tokens hold the secret themselves and take no proof.
        """
        secret = app_secret(self.app)
        if not self.token or not secret or self.token.endswith(f"|{secret}"):
            return {}
        return {"appsecret_proof": hmac_sha256(secret, self.token.encode())}


def path_of(*parts: str) -> str:
    """Join a path; ids come from outside and must not reach beyond their own part of it."""
    return "/".join(quote(part, safe="") for part in parts)


def next_page(body: Payload) -> Mapping[str, str] | None:
    """Give the parameters that ask for the page after this one; None at the end.

    Only an absent `paging.next` is the end: a short or an empty page is not. Comments page by
    cursor, a feed by time. The address itself is not kept, since it holds the token.
    """
    try:
        address = body.at("paging").text_or("", "next")
        after = body.at("paging", "cursors").text_or("", "after")
    except InvalidPayload as error:
        raise Unavailable("Facebook's answer could not be read.") from error
    if not address:
        return None
    if after:
        return {"after": after}
    query = parse_qsl(urlsplit(address).query)
    return {key: value for key, value in query if key in _PAGING} or None


def entries_of(body: Payload) -> Sequence[Payload]:
    """Give the entries of an edge."""
    try:
        return tuple(body.items("data"))
    except InvalidPayload as error:
        raise Unavailable("Facebook's answer could not be read.") from error
