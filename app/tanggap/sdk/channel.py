"""How a plugin declares a channel: one frozen `Channel`, made of the parts it supports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tanggap.sdk.attaching import Attachable
from tanggap.sdk.health import Health
from tanggap.sdk.http import Http as Http  # noqa: PLC0414 - imported from here as well
from tanggap.sdk.http import HttpResponse as HttpResponse  # noqa: PLC0414
from tanggap.sdk.inviting import Invitation
from tanggap.sdk.responsiveness import Responsiveness
from tanggap.sdk.retention import Retention
from tanggap.sdk.types import (
    Account,
    Action,
    AppCredentials,
    ConfigField,
    Event,
    Page,
    PostKind,
    Refusal,
    Reply,
    SentReply,
    Target,
    Text,
    Token,
    ToneProfile,
    Visibility,
    WebhookRequest,
)
from tanggap.sdk.views import PostView, Verdict

SDK_VERSION = 2


class Capability(StrEnum):
    """The optional parts of a channel."""

    OAUTH = "oauth"
    CONNECTING = "connecting"
    WEBHOOK = "webhook"
    POLLING = "polling"
    REPLYING = "replying"
    MODERATING = "moderating"
    RECHECKING = "rechecking"
    PROFILES = "profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    """What the core puts into the browser's trip to the platform; `code_challenge` is S256."""

    redirect_uri: str
    state: str
    code_challenge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeExchange:
    """What came back from it."""

    code: str
    redirect_uri: str
    code_verifier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """How accounts are connected. The core keeps `state`, PKCE, storage and refresh times.

    `refresh` is asked for tokens that end and come with a `refresh_token`. `revoke` makes an
    account's tokens worthless when it is disconnected.
    """

    authorize_url: Callable[[AppCredentials, AuthorizeRequest], str]
    exchange: Callable[[AppCredentials, CodeExchange, Http], Token]
    list_accounts: Callable[[AppCredentials, Token, Http], Sequence[Account]]
    refresh: Callable[[Account, Http], Token] | None = None
    revoke: Callable[[Account, Http], None] | None = None
    pkce: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """How the platform calls us.

    `challenge` answers the platform's GET with (content type, body), or None to refuse it.
    `verify` raises `InvalidSignature`. `parse` raises `InvalidPayload` when nothing of the body
    can be read. `subscribe` registers an account for events at our callback URL; `unsubscribe`
    takes it back when the account is disconnected. `brings` are the kinds of posts that are sure to
    come so, all of them where None: one that only polling finds tells that webhooks were lost.
    `keeps` are the names of the headers (in lower
    case) and query values that `parse` reads: the core keeps them with the body, and no others.
    """

    verify: Callable[[WebhookRequest, AppCredentials], None]
    parse: Callable[[WebhookRequest], Sequence[Event]]
    events: frozenset[str]
    challenge: Callable[[WebhookRequest, AppCredentials], tuple[str, str] | None] | None = None
    subscribe: Callable[[Account, str, Http], None] | None = None
    unsubscribe: Callable[[Account, Http], None] | None = None
    brings: Collection[PostKind] | None = None
    keeps: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How new posts are asked for where webhooks are absent or were down.

    `read_prices_usd` is what the platform bills for one of a page's `read_ids`, by kind, each once
    in a UTC day; the core meters it and stops at the cap the operator set.
    """

    fetch: Callable[[Account, str | None, Http], Page]
    every: timedelta = timedelta(minutes=5)
    even_with_webhook: bool = False
    read_prices_usd: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecking:
    """How deletions are learnt of that the platform tells nobody.

    `look_up` gets at most `batch` of customers' public posts, their kinds by their ids, and gives a
    `PostDeleted` for each that is gone, changes where it sees them, and nothing for the others; the
    page's cursor is not used. Every post is looked up once at each of the `ages`. `wanted` tells
    whether the operator wants that; without it, always.
    """

    look_up: Callable[[Account, Mapping[str, PostKind], Http], Page]
    ages: Sequence[timedelta] = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
    batch: int = 100
    wanted: Callable[[AppCredentials], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a platform tells of an author when it is asked."""

    author_id: str
    name: str
    handle: str = ""
    followers: int | None = None
    verified: bool = False
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """How the names of authors are learnt that did not come with their posts.

    `look_up` gets at most `batch` ids of authors, each once, and gives what the platform tells of
    them; one that it does not tell of is left out. With a `visibility`, only authors who wrote so
    are asked for.
    """

    look_up: Callable[[Account, Sequence[str], Http], Sequence[Profile]]
    visibility: Visibility | None = None
    batch: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Replying:
    """How an answer gets out; lengths are in what `measure` counts.

    `find_sent` looks whether a reply of unknown outcome did arrive; without it such a reply
    waits for a person's decision. `check` tells, without asking the platform, why a reply of a
    visibility cannot be sent to a post. `split` cuts a public text that is too long into parts
    of at most so much, which are sent as a thread. `limit` tells what one account may send where
    that differs from the others, mostly by what the operator set in its `account_fields`. `closes`
    tells until when a post can be answered so, where the platform sets an end. `invite` tells how
    the customer is asked to go on in private, or why that cannot be; without it, in private where
    `check` allows that, else in public without a link. `attaching` tells what an answer may carry
    beside its text, or why nothing; without it, nothing.
    """

    send: Callable[[Account, Reply, Http], SentReply]
    max_length: int
    measure: Callable[[str], int] = len
    private_max_length: int | None = None
    find_sent: Callable[[Account, Reply, Http], SentReply | None] | None = None
    check: Callable[[Account, Target, Visibility], Refusal | None] | None = None
    split: Callable[[str, int], Sequence[str]] | None = None
    limit: Callable[[Account, Visibility], int] | None = None
    closes: Callable[[Account, Target, Visibility], datetime | None] | None = None
    invite: Callable[[Account, Target], Invitation | Refusal] | None = None
    attaching: Callable[[Account, Target, Visibility], Attachable | Refusal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderating:
    """What can be done to a post where it stands; what is None cannot be done there.

    `allows` tells whether the platform permits an account an action on a post, without asking it.
    The functions raise what `send` raises.
    """

    hide: Callable[[Account, Target, Http], None] | None = None
    show: Callable[[Account, Target, Http], None] | None = None
    like: Callable[[Account, Target, Http], None] | None = None
    unlike: Callable[[Account, Target, Http], None] | None = None
    delete: Callable[[Account, Target, Http], None] | None = None
    allows: Callable[[Account, Action, Target], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """How an account is connected by typed values, on platforms without OAuth.

    `connect` tests them and returns the accounts to choose from; it raises `InvalidConfig` for the
    field that is wrong. Values of kind `secret` belong into the account's token.
    """

    fields: Sequence[ConfigField]
    connect: Callable[[AppCredentials, Mapping[str, str], Http], Sequence[Account]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAction:
    """Something a rule may do beyond the core's own actions.

    `fields` are typed into the rule; the hosts of `url` fields may be called. `run` raises
    `Unavailable` or `RateLimited` to be tried again, `Rejected` to be given up.
    """

    key: str
    name: Text
    run: Callable[[Mapping[str, str], PostView, Verdict, Http], None]
    fields: Sequence[ConfigField] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A platform the inbox can listen to and answer on.

    `hosts` are the names its client may call (`"*.example.com"` covers all below); the hosts of
    `url` fields that the operator filled in are added to them. `account_fields` are what the
    operator may set for one connected account; they are among its `config`. `sdk_version` is the
    number of the SDK that the channel is built for, to be written as a number.
    """

    key: str
    name: str
    health: Callable[[Account, Http], Health]
    hosts: Sequence[str] = ()
    app_fields: Sequence[ConfigField] = ()
    account_fields: Sequence[ConfigField] = ()
    tone: Mapping[str, ToneProfile] | None = None
    oauth: OAuth2 | None = None
    connecting: Connecting | None = None
    webhook: Webhook | None = None
    polling: Polling | None = None
    replying: Replying | None = None
    moderating: Moderating | None = None
    rechecking: Rechecking | None = None
    profiles: Profiles | None = None
    retention: Retention | None = None
    responsiveness: Responsiveness | None = None
    sdk_version: int = SDK_VERSION

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the channel can do, read off its parts so that it cannot lie."""
        return frozenset(c for c in Capability if getattr(self, c.value) is not None)
