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
    ConfigField,
    Health,
    Http,
    HttpResponse,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Rejected,
    Token,
)
from tanggap_linkedin.client import Client, decoded, raise_for
from tanggap_linkedin.urns import encode, local_id, read_urn

DEFAULT_OAUTH_URL = "https://www.linkedin.com"
DEFAULT_SCOPES = (
    "r_organization_social_feed w_organization_social_feed "
    "r_organization_social w_organization_social rw_organization_admin"
)
FIELDS = (
    ConfigField("client_id", "Client ID", help="Developer portal, your app, tab Auth."),
    ConfigField(
        "client_secret",
        "Primary client secret",
        kind="secret",
        help="Same tab. It also signs the webhooks.",
    ),
    ConfigField(
        "application_id",
        "Application ID",
        help="The number in the app's address: linkedin.com/developers/apps/NUMBER. "
        "Needed for webhooks; without it new comments are polled.",
        required=False,
    ),
    ConfigField(
        "scopes",
        "Permissions",
        help="Separated by spaces, as the tab Auth lists them for your app.",
        required=False,
        default=DEFAULT_SCOPES,
    ),
    ConfigField(
        "oauth_url",
        "Sign-in address",
        kind="url",
        help="Leave as it is, unless you test against a simulator.",
        required=False,
        default=DEFAULT_OAUTH_URL,
    ),
)
MEMBER = "member"
_ACLS = "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"


def authorize_url(app: AppCredentials, request: AuthorizeRequest) -> str:
    """Give the address of LinkedIn's consent page."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": app.config.get("client_id", ""),
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "scope": " ".join((app.config.get("scopes") or DEFAULT_SCOPES).split()),
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
    return _token(app, form, http, refused="LinkedIn no longer accepts this sign-in: start again")


def refresh(account: Account, http: Http) -> Token:
    """Renew the access token; the refresh token's own 365 days are never extended."""
    held = account.token.refresh_token
    if not held:
        raise AuthExpired("LinkedIn gave this app no refresh token: connect the page again")
    form = {"grant_type": "refresh_token", "refresh_token": held}
    refused = "LinkedIn no longer renews the access: connect the page again"
    return _token(account.app, form, http, refused=refused, held=held)


def list_accounts(app: AppCredentials, token: Token, http: Http) -> Sequence[Account]:
    """List the pages the member administers."""
    client = Client(app, token.access_token, http)
    found = dict(_administered(client))
    return [_account(client, urn, member, token) for urn, member in found.items()]


def health(account: Account, http: Http) -> Health:
    """Check that the member still administers the page and that webhooks are subscribed."""
    client = Client.of(account, http)
    if account.external_id not in dict(_administered(client)):
        return Health(
            "down",
            f"The member who connected {account.name} no longer administers it: "
            "connect it again as an administrator",
        )
    if not account.app.config.get("application_id"):
        return Health("ok", "Polled: webhooks need the application ID")
    try:
        client.get(subscription_path(account))
    except Rejected:
        return Health(
            "degraded",
            "LinkedIn sends no webhooks for this page: connect it again; it is polled till then",
        )
    return Health("ok")


def subscribe(account: Account, callback_url: str, http: Http) -> None:
    """Have LinkedIn send this page's comments and mentions to `callback_url`."""
    if not account.app.config.get("application_id"):
        raise InvalidConfig("application_id", "Enter the application ID to receive webhooks")
    Client.of(account, http).request(
        "PUT", subscription_path(account), json={"webhook": callback_url}
    )


def subscription_path(account: Account) -> str:
    """Name the subscription of this app, member and page."""
    application = f"urn:li:developerApplication:{account.app.config.get('application_id', '')}"
    return (
        f"eventSubscriptions/(developerApplication:{encode(application)},"
        f"user:{encode(account.config.get(MEMBER, ''))},"
        f"entity:{encode(account.external_id)},"
        "eventType:ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS)"
    )


def _administered(client: Client) -> Sequence[tuple[str, str]]:
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
    app: AppCredentials, form: dict[str, str], http: Http, *, refused: str, held: str | None = None
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


def _raise_for_grant(response: HttpResponse, refused: str) -> None:
    try:
        error = Payload(response.json()).text_or("", "error")
    except (ValueError, InvalidPayload):
        error = ""
    if error == "invalid_client":
        raise InvalidConfig("client_secret", "LinkedIn does not know this client ID and secret")
    if error == "invalid_redirect_uri":
        raise Rejected("Add the redirect address to the app in the developer portal", error)
    raise AuthExpired(refused)
