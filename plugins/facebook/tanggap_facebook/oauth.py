"""Connect Pages: a person logs in, and their long-lived token gives the Pages' own tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    CodeExchange,
    Http,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Rejected,
    Token,
    Unavailable,
)
from tanggap_facebook.client import (
    OAUTH_URL,
    Graph,
    app_id,
    app_secret,
    version_of,
)
from tanggap_facebook.errors import BAD_CLIENT, UNKNOWN_APP, PassingFault
from tanggap_facebook.reading import identifier, loose_text

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "pages_messaging",
)
_KNOWN = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE")
# Where an account keeps what the person who connected the Page may do there.
TASKS = "tasks"


def authorize_url(app: AppCredentials, request: AuthorizeRequest) -> str:
    """Give the address of Facebook's login dialog."""
    if not app_id(app):
        raise InvalidConfig(
            "app_id",
            {
                "en": "Type the App ID of your developer app on Facebook first.",
                "id": "Isi dulu App ID aplikasi developer Anda di Facebook.",
            },
        )
    query = {
        "client_id": app_id(app),
        "redirect_uri": request.redirect_uri,
        "state": request.state,
        "response_type": "code",
    }
    config_id = app.config.get("config_id", "")
    if config_id:
        query["config_id"] = config_id
    else:
        more = app.config.get("extra_scopes", "").replace(",", " ").split()
        query["scope"] = ",".join(dict.fromkeys((*SCOPES, *more)))
    base = (app.config.get("oauth_url") or OAUTH_URL).rstrip("/")
    return f"{base}/{version_of(app)}/dialog/oauth?{urlencode(query)}"


def exchange(app: AppCredentials, code: CodeExchange, http: Http) -> Token:
    """Turn the code into the person's long-lived token, which lives about 60 days.

    Raises `InvalidConfig` when Facebook refuses the app's id or secret.
    """
    graph = Graph(app, http)
    secrets = {"client_id": app_id(app), "client_secret": app_secret(app)}
    redirect = {"redirect_uri": code.redirect_uri, "code": code.code}
    try:
        short = graph.get("oauth/access_token", {**secrets, **redirect})
    except PassingFault as error:
        if error.code != BAD_CLIENT:
            raise
        raise InvalidConfig(
            "app_secret",
            {
                "en": "Facebook did not accept the App secret; check it and connect again.",
                "id": "Facebook tidak menerima App secret; periksa lalu sambungkan lagi.",
            },
        ) from error
    except Rejected as error:
        if error.code != UNKNOWN_APP:
            raise
        raise InvalidConfig("app_id", error.message) from error
    extend = {"grant_type": "fb_exchange_token", "fb_exchange_token": _text(short, "access_token")}
    long = graph.get("oauth/access_token", {**secrets, **extend})
    token = _text(long, "access_token")
    return Token(
        access_token=token,
        expires_at=_expiry(long),
        scopes=scopes_of(inspect(app, token, http)),
    )


def list_accounts(app: AppCredentials, token: Token, http: Http) -> Sequence[Account]:
    """List the Pages the person let us use, each with a token of its own that has no end.

    Raises `AuthExpired` when the person did not let us see their Pages at all.
    """
    if token.scopes and "pages_show_list" not in token.scopes:
        raise AuthExpired(
            {
                "en": "Facebook did not let us see your Pages: connect again and allow all "
                "permissions.",
                "id": "Facebook tidak memperlihatkan Halaman Anda: sambungkan lagi dan beri semua "
                "izin.",
            },
            "missing_scope",
        )
    graph = Graph(app, http, token.access_token)
    params = {"fields": "id,name,username,access_token,tasks", "limit": "100"}
    return [
        _account(app, token, page)
        for pages in graph.pages("me/accounts", params)
        for page in pages
        if _has_token(page)
    ]


def inspect(app: AppCredentials, token: str, http: Http) -> Payload:
    """Ask Facebook what it knows of a token: whether it is valid, until when, for what."""
    return Graph.as_app(app, http).get("debug_token", {"input_token": token}).at("data")


def scopes_of(facts: Payload, page: str | None = None) -> tuple[str, ...]:
    """Read the permissions a token has, for one Page where it is named.

    A person may grant a permission for some Pages only, whose ids are then its `target_ids`.
    """
    scopes = [scope.value for scope in facts.items("scopes") if isinstance(scope.value, str)]
    elsewhere = {
        loose_text(entry, "scope")
        for entry in facts.items("granular_scopes")
        if page is not None and not _is_for(page, entry)
    }
    return tuple(scope for scope in scopes if scope not in elsewhere)


def _is_for(page: str, entry: Payload) -> bool:
    targets = [target.id() for target in entry.items("target_ids")]
    return not targets or page in targets


def _account(app: AppCredentials, token: Token, page: Payload) -> Account:
    given = page.at("tasks").value
    tasks = ",".join(task for task in (given if isinstance(given, list) else []) if task in _KNOWN)
    return Account(
        external_id=identifier(page, "id"),
        name=loose_text(page, "name"),
        handle=loose_text(page, "username"),
        token=Token(access_token=page.text("access_token"), scopes=token.scopes),
        app=app,
        config={TASKS: tasks} if tasks else {},
    )


def _has_token(page: Payload) -> bool:
    """Tell whether the person may act for a Page; without a token they only see it."""
    return bool(loose_text(page, "access_token"))


def _text(body: Payload, key: str) -> str:
    found = loose_text(body, key)
    if not found:
        raise Unavailable(f"Facebook's answer has no {key}.")
    return found


def _expiry(body: Payload) -> datetime | None:
    """Read when the token ends; Facebook leaves `expires_in` out for one without an end."""
    try:
        seconds = body.integer_or(0, "expires_in")
        return datetime.now(UTC) + timedelta(seconds=seconds) if seconds > 0 else None
    except (InvalidPayload, OverflowError) as error:
        raise Unavailable("Facebook's answer has an unreadable expires_in.") from error
