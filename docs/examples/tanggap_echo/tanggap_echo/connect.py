"""What an operator fills in, and how an account is connected by its token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    ConfigField,
    Http,
    InvalidConfig,
    InvalidPayload,
    Token,
    Unavailable,
)

from tanggap_echo.client import API_URL, Client

APP_FIELDS = (
    ConfigField(
        "signing_secret",
        {"en": "Signing secret", "id": "Rahasia tanda tangan"},
        "secret",
        help={"en": "Echo → Settings → Webhooks.", "id": "Echo → Pengaturan → Webhook."},
    ),
    ConfigField(
        "api_url",
        {"en": "API address", "id": "Alamat API"},
        "url",
        help={
            "en": "Leave as it is, unless you test against a simulator.",
            "id": "Biarkan seperti ini, kecuali untuk uji coba dengan simulator.",
        },
        required=False,
        default=API_URL,
    ),
)
FIELDS = (
    ConfigField(
        "token",
        {"en": "Access token", "id": "Token akses"},
        "secret",
        help={"en": "Echo → Settings → API.", "id": "Echo → Pengaturan → API."},
    ),
)


def connect(app: AppCredentials, values: Mapping[str, str], http: Http) -> Sequence[Account]:
    """Try the token and name the account behind it."""
    token = values.get("token", "").strip()
    if not token:
        raise InvalidConfig("token", "enter the access token that Echo shows under Settings → API")
    try:
        me = Client(app, token, http).call("GET", "me")
        account = Account(
            external_id=me.id("id"),
            name=me.text("name"),
            token=Token(token),
            app=app,
            handle=me.text_or("", "handle"),
        )
    except AuthExpired as error:
        raise InvalidConfig("token", "Echo does not know this token: copy it again") from error
    except InvalidPayload as error:
        raise Unavailable(f"Echo's answer cannot be read: {error}") from error
    return [account]
