"""Connect pages: three-legged OAuth, then the choice among the member's organisations."""

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
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Rejected,
    Text,
    Token,
)
from tanggap_linkedin.client import DEFAULT_OAUTH_URL, MEMBER, Client, decoded
from tanggap_linkedin.errors import raise_for
from tanggap_linkedin.urns import local_id, read_urn

DEFAULT_SCOPES = (
    "r_organization_social_feed w_organization_social_feed "
    "r_organization_social w_organization_social rw_organization_admin"
)
ADMIN_SCOPE = "rw_organization_admin"
_NO_PRODUCT = {
    "en": "LinkedIn does not let the developer app see pages yet: request the product Community "
    "Management API in the developer portal, and connect again once it is granted",
    "id": "LinkedIn belum mengizinkan aplikasi developer melihat halaman: minta produk Community "
    "Management API di portal pengembang, dan sambungkan lagi setelah diberikan",
}
_SIGN_IN_OVER = {
    "en": "LinkedIn no longer accepts this sign-in: start again",
    "id": "LinkedIn tidak lagi menerima proses masuk ini: mulai lagi",
}
_ACLS = "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"


def authorize_url(app: AppCredentials, request: AuthorizeRequest) -> str:
    """Give the address of LinkedIn's consent page."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": app.config.get("client_id", ""),
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "scope": " ".join(wanted_scopes(app)),
        }
    )
    return f"{_oauth_url(app)}/authorization?{query}"


def exchange(app: AppCredentials, answer: CodeExchange, http: Http) -> Token:
    """Turn the code of the redirect into a token; a code lives 30 minutes."""
    form = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "redirect_uri": answer.redirect_uri,
    }
    return _token(app, form, http, refused=_SIGN_IN_OVER)


def refresh(account: Account, http: Http) -> Token:
    """Renew the access token; the refresh token's own 365 days are never extended."""
    held = account.token.refresh_token
    if not held:
        raise AuthExpired(
            {
                "en": "LinkedIn gave this app no refresh token: connect the page again",
                "id": "LinkedIn tidak memberi aplikasi ini refresh token: sambungkan kembali "
                "halamannya",
            }
        )
    form = {"grant_type": "refresh_token", "refresh_token": held}
    refused = {
        "en": "LinkedIn no longer renews the access: connect the page again",
        "id": "LinkedIn tidak lagi memperpanjang akses: sambungkan kembali halamannya",
    }
    return _token(account.app, form, http, refused=refused, held=held)


def wanted_scopes(app: AppCredentials) -> tuple[str, ...]:
    """List the permissions to ask for; LinkedIn has renamed them before."""
    return tuple((app.config.get("scopes") or DEFAULT_SCOPES).split())


def list_accounts(app: AppCredentials, token: Token, http: Http) -> Sequence[Account]:
    """List the pages the member administers.

    Raises `AuthExpired` with the cause "app_not_approved" where the member granted all and
    LinkedIn still refuses: the developer app lacks the product.
    """
    client = Client(app, token.access_token, http)
    try:
        found = dict(administered(client))
    except AuthExpired as error:
        if error.cause != "missing_scope" or ADMIN_SCOPE not in token.scopes:
            raise
        raise AuthExpired(_NO_PRODUCT, "app_not_approved") from error
    return [_account(client, urn, member, token) for urn, member in found.items()]


def administered(client: Client) -> Sequence[tuple[str, str]]:
    """List the pages a member administers, each with the member."""
    return [
        (read_urn(entry, "organization"), read_urn(entry, "roleAssignee"))
        for entry in client.elements(_ACLS)
    ]


def _account(client: Client, urn: str, member: str, token: Token) -> Account:
    try:
        page = client.get(f"organizations/{local_id(urn)}")
        name, handle = page.text_or("", "localizedName"), page.text_or("", "vanityName")
    except Rejected:
        # The page can be answered for even where LinkedIn does not show its name.
        name, handle = "", ""
    return Account(
        external_id=urn,
        name=name or f"Page {local_id(urn)}",
        token=token,
        app=client.app,
        handle=handle,
        config={MEMBER: member},
    )


def _oauth_url(app: AppCredentials) -> str:
    return (app.config.get("oauth_url") or DEFAULT_OAUTH_URL).rstrip("/") + "/oauth/v2"


def _token(
    app: AppCredentials, form: dict[str, str], http: Http, *, refused: Text, held: str | None = None
) -> Token:
    form["client_id"] = app.config.get("client_id", "")
    form["client_secret"] = app.secrets.get("client_secret", "")
    response = http.request("POST", f"{_oauth_url(app)}/accessToken", form=form)
    if response.status_code in {400, 401}:
        _raise_for_grant(response, refused)
    if not 200 <= response.status_code < 300:
        raise_for(response)
    body = decoded(response)
    lives = timedelta(seconds=min(max(body.integer_or(0, "expires_in"), 0), 10**9))
    return Token(
        access_token=body.text("access_token"),
        refresh_token=body.text_or("", "refresh_token") or held,
        expires_at=datetime.now(UTC) + lives if lives else None,
        scopes=tuple(body.text_or("", "scope").replace(",", " ").split()),
    )


def _raise_for_grant(response: HttpResponse, refused: Text) -> None:
    try:
        error = Payload(response.json()).text_or("", "error")
    except (ValueError, InvalidPayload):
        error = ""
    if error == "invalid_client":
        raise InvalidConfig(
            "client_secret",
            {
                "en": "LinkedIn does not know this client ID and secret",
                "id": "LinkedIn tidak mengenal client ID dan secret ini",
            },
        )
    if error == "invalid_redirect_uri":
        raise Rejected(
            {
                "en": "Add the redirect address to the app in the developer portal",
                "id": "Tambahkan alamat pengalihan ke aplikasi di portal pengembang",
            },
            error,
        )
    raise AuthExpired(refused)
