"""Connect an account: OAuth 2.0 with PKCE, refresh tokens that change with every use."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import quote, urlencode

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    CodeExchange,
    Http,
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    RateLimited,
    Token,
    Unavailable,
)
from tanggap_twitter.client import USER_FIELDS, Client, decoded
from tanggap_twitter.errors import BY_TYPE, raise_for
from tanggap_twitter.fields import base_url, is_enterprise, site_url
from tanggap_twitter.problems import pause, read_problem

SCOPES = (
    "tweet.read",
    "users.read",
    "tweet.write",
    "dm.read",
    "dm.write",
    "tweet.moderate.write",
    "media.write",
    "offline.access",
)
# X took likes off the self-serve plans on 2026-04-16
ENTERPRISE_SCOPES = ("like.write",)
NEEDED_SCOPES = ("tweet.read", "users.read", "tweet.write", "offline.access")
_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client"})
_TOKEN_ERRORS = frozenset({"invalid_grant", "invalid_request"})
_DEFAULT_LIFE = 7200
_LONGEST_LIFE = 10 * 365 * 24 * 3600


def authorize_url(app: AppCredentials, request: AuthorizeRequest) -> str:
    """Give the consent page's address; spaces in the scope are sent as %20, as X shows them."""
    query = {
        "response_type": "code",
        "client_id": _client_id(app),
        "redirect_uri": request.redirect_uri,
        "scope": " ".join(wanted_scopes(app)),
        "state": request.state,
    }
    if request.code_challenge:
        query |= {"code_challenge": request.code_challenge, "code_challenge_method": "S256"}
    return f"{site_url(app)}/i/oauth2/authorize?{urlencode(query, quote_via=quote)}"


def wanted_scopes(app: AppCredentials) -> tuple[str, ...]:
    """List the permissions to ask a person for."""
    return SCOPES + (ENTERPRISE_SCOPES if is_enterprise(app) else ())


def exchange(app: AppCredentials, answer: CodeExchange, http: Http) -> Token:
    """Change the code, which lives 30 seconds, into tokens."""
    form = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "redirect_uri": answer.redirect_uri,
        "code_verifier": answer.code_verifier or "",
    }
    token = _ask(app, form, http)
    _require_scopes(token.scopes)
    return token


def refresh(account: Account, http: Http) -> Token:
    """Get a new access token; the refresh token in the answer replaces the one used.

    X takes each refresh token once, so the core lets one worker at a time ask for an account.
    """
    old = account.token.refresh_token
    if not old:
        raise AuthExpired(
            {
                "en": f"{account.name} has no refresh token: connect it again.",
                "id": f"{account.name} tidak punya refresh token: sambungkan kembali.",
            }
        )
    token = _ask(account.app, {"grant_type": "refresh_token", "refresh_token": old}, http)
    _require_scopes(token.scopes)
    return Token(
        token.access_token,
        token.refresh_token or old,
        token.expires_at,
        token.scopes or account.token.scopes,
    )


def revoke(account: Account, http: Http) -> None:
    """Make the account's tokens worthless on X."""
    app = account.app
    for token in (account.token.refresh_token, account.token.access_token):
        if token:
            response = _post(app, "revoke", {"token": token}, http)
            if response.status_code != 400 and not 200 <= response.status_code < 300:
                raise_for(response, writing=False)


def _require_scopes(granted: Sequence[str]) -> None:
    """Refuse a token that cannot read and answer; X need not say what it granted."""
    missing = [scope for scope in NEEDED_SCOPES if granted and scope not in granted]
    if missing:
        raise AuthExpired(
            {
                "en": f"X granted the account without {', '.join(missing)}: connect it again, and "
                "set the app's permissions to read, write and direct messages.",
                "id": f"X memberi izin tanpa {', '.join(missing)}: sambungkan kembali, dan atur "
                "izin aplikasi ke baca, tulis, dan pesan langsung.",
            },
            "missing_scope",
        )


def list_accounts(app: AppCredentials, token: Token, http: Http) -> Sequence[Account]:
    """Give the one account that a token of X stands for."""
    me = who_am_i(Client(app, token.access_token, http))
    return [
        Account(
            external_id=me.id("id"),
            name=me.text_or("", "name") or me.text("username"),
            token=token,
            app=app,
            handle=me.text("username"),
        )
    ]


def who_am_i(client: Client) -> Payload:
    """Ask X whose token this is."""
    answer = client.get("/2/users/me", {"user.fields": USER_FIELDS})
    try:
        me = answer.mapping("data")
        me.id("id")
        me.text("username")
    except InvalidPayload as error:
        raise Unavailable(f"X did not say whose token this is ({error})") from error
    return me


def _post(app: AppCredentials, route: str, form: Mapping[str, str], http: Http) -> HttpResponse:
    """Ask as the developer app: by its secret, or by its id alone where it has none."""
    client_id, secret = _client_id(app), app.secrets.get("client_secret", "")
    if secret:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
    else:
        form, headers = {**form, "client_id": client_id}, {}
    url = f"{base_url(app)}/2/oauth2/{route}"
    return http.request("POST", url, form=form, headers=headers)


def _ask(app: AppCredentials, form: Mapping[str, str], http: Http) -> Token:
    response = _post(app, "token", form, http)
    if response.status_code in {400, 401, 403}:
        _raise_refused(response, form)
    if response.status_code == 429:
        raise RateLimited(pause(response, datetime.now(UTC)))
    if not 200 <= response.status_code < 300:
        raise_for(response, writing=False)
    return _token(decoded(response))


def _raise_refused(response: HttpResponse, form: Mapping[str, str]) -> NoReturn:
    """Say whose fault it is: the app's by X's error code, else the code's or token's."""
    if response.status_code == 403 and read_problem(response).kind in BY_TYPE:
        raise_for(response, writing=False)
    code = _error_code(response)
    if code in _CLIENT_ERRORS or (response.status_code == 401 and code not in _TOKEN_ERRORS):
        raise AuthExpired(
            {
                "en": "X does not know this app by its client ID and client secret: compare both "
                "with the developer console, then connect the account again.",
                "id": "X tidak mengenal aplikasi ini dari client ID dan client secret-nya: "
                "cocokkan keduanya dengan konsol developer, lalu sambungkan kembali akunnya.",
            },
            "app_not_approved",
        )
    if "refresh_token" in form:
        raise AuthExpired(
            {
                "en": "X no longer accepts this account's refresh token: the permission was "
                "withdrawn, or the token was used elsewhere. Connect the account again.",
                "id": "X tidak lagi menerima refresh token akun ini: izinnya dicabut, atau token "
                "itu dipakai di tempat lain. Sambungkan kembali akunnya.",
            },
            "revoked",
        )
    raise AuthExpired(
        {
            "en": "X refused the sign-in: it took longer than the 30 seconds X allows, or the "
            "redirect address differs from the developer console's. Connect the account again.",
            "id": "X menolak masuknya: lebih lama dari 30 detik yang diizinkan X, atau alamat "
            "pengalihan berbeda dari konsol developer. Sambungkan kembali akunnya.",
        }
    )


def _error_code(response: HttpResponse) -> str:
    """Read the code of an OAuth error (RFC 6749, 5.2)."""
    try:
        return Payload(response.json()).text("error")
    except (ValueError, RecursionError, InvalidPayload):
        return ""


def _token(answer: Payload) -> Token:
    try:
        seconds = min(max(answer.integer_or(_DEFAULT_LIFE, "expires_in"), 0), _LONGEST_LIFE)
        return Token(
            answer.text("access_token"),
            answer.text_or("", "refresh_token") or None,
            datetime.now(UTC) + timedelta(seconds=seconds),
            tuple(answer.text_or("", "scope").split()),
        )
    except InvalidPayload as error:
        raise Unavailable(f"X answered without a token ({error})") from error


def _client_id(app: AppCredentials) -> str:
    client_id = app.config.get("client_id", "")
    if not client_id:
        raise InvalidConfig(
            "client_id",
            {
                "en": "Enter the OAuth 2.0 client ID of the developer app.",
                "id": "Isi client ID OAuth 2.0 dari aplikasi developer.",
            },
        )
    return client_id
