"""A platform in memory: a channel with every part, scriptable faults, and what it received."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from tanggap.inbox.services import Services
from tanggap.sdk import (
    Account,
    Action,
    AppCredentials,
    Attachable,
    AuthorizeRequest,
    Channel,
    CodeExchange,
    ConfigField,
    Event,
    Health,
    Http,
    HttpResponse,
    Ignored,
    IncomingPost,
    Moderating,
    OAuth2,
    Page,
    Payload,
    Polling,
    PostDeleted,
    PostEdited,
    Refusal,
    Reply,
    Replying,
    SentReply,
    Target,
    Token,
    Unreadable,
    Visibility,
    Webhook,
    WebhookRequest,
    hookimpl,
    read_json,
)
from tanggap.sdk.errors import InvalidPayload
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256

SECRET = "fake-app-secret"
ACCOUNT_ID = "brand"
PICTURES = Attachable(most=4, max_bytes=5_000_000, max_description=200)
T0 = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class NoHttp:
    """The null twin of the HTTP client: nothing may be called."""

    def request(self, method: str, url: str, **_arguments: Any) -> HttpResponse:
        raise AssertionError(f"unexpected call: {method} {url}")


@dataclass
class FakePlatform:
    """State of the fake platform; `faults` are raised by the next sends, in order."""

    key: str = "fake"
    sent: list[Reply] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    accept_before_fault: bool = False
    subscribed: list[str] = field(default_factory=list)
    polls: int = 0
    poll_faults: list[Exception] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    health_status: str = "ok"
    refusals: dict[str, Refusal] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    splits: bool = False
    attachable: Attachable | Refusal = PICTURES
    acted: list[tuple[str, str]] = field(default_factory=list)
    action_faults: list[Exception] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    unsubscribed: list[str] = field(default_factory=list)
    http: Http = field(default_factory=NoHttp)
    triaged: list[Any] = field(default_factory=list)
    replied: list[Any] = field(default_factory=list)

    @hookimpl
    def tanggap_channels(self) -> Iterable[Channel]:
        yield self.channel()

    @hookimpl
    def tanggap_post_triaged(self, post: Any, verdict: Any, routing: Any) -> None:
        self.triaged.append((post, verdict, routing))

    @hookimpl
    def tanggap_reply_sent(self, post: Any, reply: Any) -> None:
        self.replied.append((post, reply))

    def channel(self) -> Channel:
        return Channel(
            key=self.key,
            name="Fake",
            health=self._health,
            app_fields=(
                ConfigField("client_id", "Client ID"),
                ConfigField("client_secret", "Client secret", kind="secret"),
            ),
            oauth=OAuth2(
                authorize_url=_authorize_url,
                exchange=_exchange,
                list_accounts=_list_accounts,
                pkce=True,
            ),
            webhook=Webhook(
                verify=_verify,
                parse=_parse,
                events=frozenset({"post", "edit", "delete"}),
                challenge=_challenge,
                subscribe=self._subscribe,
                unsubscribe=self._unsubscribe,
            ),
            polling=Polling(
                fetch=self._fetch,
                every=timedelta(minutes=5),
                read_prices_usd={"post": Decimal("0.005"), "message": Decimal("0.01")},
            ),
            replying=Replying(
                send=self._send,
                max_length=40,
                private_max_length=200,
                find_sent=self._find,
                check=self._check,
                split=self._split,
                attaching=lambda _account, _target, _visibility: self.attachable,
            ),
            moderating=Moderating(
                hide=partial(self._act, "hide"),
                show=partial(self._act, "show"),
                like=partial(self._act, "like"),
                unlike=partial(self._act, "unlike"),
                delete=partial(self._act, "delete"),
                allows=self._allows,
            ),
        )

    def _health(self, account: Account, http: Http) -> Health:
        return Health(self.health_status)  # type: ignore[arg-type]

    def _subscribe(self, account: Account, callback_url: str, http: Http) -> None:
        self.subscribed.append(callback_url)

    def _unsubscribe(self, account: Account, http: Http) -> None:
        self.unsubscribed.append(account.external_id)

    def _check(self, account: Account, target: Target, visibility: Visibility) -> Refusal | None:
        self.targets.append(target)
        return self.refusals.get(visibility)

    def _split(self, text: str, limit: int) -> Sequence[str]:
        if not self.splits:
            return [text]
        return [text[at : at + limit] for at in range(0, len(text), limit)]

    def _act(self, action: str, account: Account, target: Target, http: Http) -> None:
        if self.action_faults:
            raise self.action_faults.pop(0)
        self.acted.append((action, target.external_id))

    def _allows(self, _account: Account, action: Action, _target: Target) -> bool:
        return action not in self.forbidden

    def _fetch(self, account: Account, cursor: str | None, http: Http) -> Page:
        self.polls += 1
        if self.poll_faults:
            raise self.poll_faults.pop(0)
        return self.pages.pop(0) if self.pages else Page((), cursor)

    def _send(self, account: Account, reply: Reply, http: Http) -> SentReply:
        if self.faults:
            fault = self.faults.pop(0)
            if self.accept_before_fault:
                self.sent.append(reply)
            raise fault
        self.sent.append(reply)
        return self._receipt(len(self.sent))

    def _find(self, account: Account, reply: Reply, http: Http) -> SentReply | None:
        for number, sent in enumerate(self.sent, start=1):
            if sent.idempotency_key == reply.idempotency_key:
                return self._receipt(number)
        return None

    @staticmethod
    def _receipt(number: int) -> SentReply:
        return SentReply(f"our-{number}", f"https://fake.example/our-{number}")


def _authorize_url(app: AppCredentials, request: AuthorizeRequest) -> str:
    return f"https://fake.example/consent?state={request.state}&to={request.redirect_uri}"


def _exchange(app: AppCredentials, exchange: CodeExchange, http: Http) -> Token:
    return Token(f"token-for-{exchange.code}")


def _list_accounts(app: AppCredentials, token: Token, http: Http) -> Sequence[Account]:
    names = token.access_token.removeprefix("token-for-").split("+")
    return [Account(name, name.title(), token, app, handle=name) for name in names]


def _challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    token = request.query.get("challenge")
    return ("text/plain", token) if token else None


def _verify(request: WebhookRequest, app: AppCredentials) -> None:
    require_hmac_sha256(
        request.headers.get("x-signature"), app.secrets["client_secret"], request.body
    )


def _parse(request: WebhookRequest) -> Sequence[Event]:
    return [_event(entry) for entry in read_json(request.body).items("events")]


def _event(entry: Payload) -> Event:
    try:
        kind = entry.text("type")
        if kind == "boom":
            raise RuntimeError("a bug in the plugin")
        if kind == "edit":
            return PostEdited(
                account_id=ACCOUNT_ID,
                external_id=entry.id("id"),
                text=entry.text("text"),
                edited_at=entry.moment("at"),
            )
        if kind == "delete":
            return PostDeleted(
                account_id=ACCOUNT_ID, external_id=entry.id("id"), deleted_at=entry.moment("at")
            )
        if kind != "post":
            return Ignored(event=kind, known=False)
        return incoming(
            entry.id("id"),
            entry.text("text"),
            author_id=entry.text_or("cust", "author"),
            in_reply_to=entry.id_or_none("parent"),
            thread_id=entry.id_or_none("thread"),
            posted_at=entry.moment("at") if entry.has("at") else T0,
        )
    except InvalidPayload as error:
        return Unreadable(path=error.path, reason=error.expected)


def incoming(external_id: str, text: str = "halo min", **values: Any) -> IncomingPost:
    """Make a post as a channel would."""
    defaults: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "author_id": "cust",
        "author_name": "Rita Contoh",
        "posted_at": T0,
    }
    return IncomingPost(external_id=external_id, text=text, **(defaults | values))


def signed(events: object, secret: str = SECRET, **headers: str) -> WebhookRequest:
    """Make a signed webhook call of the fake platform."""
    body = events if isinstance(events, bytes) else json.dumps({"events": events}).encode()
    return WebhookRequest(
        method="POST",
        headers={"x-signature": hmac_sha256(secret, body), **headers},
        query={},
        body=body,
    )


def post_event(external_id: str, text: str = "halo min", **values: object) -> Mapping[str, object]:
    """Make the JSON of a post event of the fake platform."""
    return {"type": "post", "id": external_id, "text": text, **values}


def change_channel(services: Services, **parts: Any) -> Channel:
    """Give the fake channel other parts for one test."""
    loaded = services.registry.channels["fake"]
    channel = replace(loaded.channel, **parts)
    services.registry.channels["fake"] = replace(loaded, channel=channel)
    return channel
