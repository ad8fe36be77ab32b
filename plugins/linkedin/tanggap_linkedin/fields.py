"""What the operator types to set the developer app up."""

from __future__ import annotations

from tanggap.sdk import ConfigField
from tanggap_linkedin.client import DEFAULT_API_URL, DEFAULT_OAUTH_URL, DEFAULT_VERSION
from tanggap_linkedin.oauth import DEFAULT_SCOPES

_SIMULATOR = {
    "en": "Leave as it is, unless you test against a simulator.",
    "id": "Biarkan apa adanya, kecuali untuk mencoba dengan simulator.",
}

PRIVATE_CONTACT = "private_contact"

ACCOUNT_FIELDS = (
    ConfigField(
        PRIVATE_CONTACT,
        {"en": "Where customers write privately", "id": "Ke mana pelanggan menulis secara pribadi"},
        help={
            "en": "An e-mail address or a link. LinkedIn has no private messages for pages, so "
            "that customers are asked to write there.",
            "id": "Alamat surel atau tautan. LinkedIn tidak punya pesan pribadi untuk halaman, "
            "jadi pelanggan diminta menulis ke sana.",
        },
        required=False,
    ),
)
APP_FIELDS = (
    ConfigField(
        "client_id",
        "Client ID",
        help={
            "en": "Developer portal, your app, tab Auth.",
            "id": "Portal pengembang, aplikasi Anda, tab Auth.",
        },
    ),
    ConfigField(
        "client_secret",
        "Primary client secret",
        kind="secret",
        help={
            "en": "Same tab. It also signs the webhooks.",
            "id": "Tab yang sama. Webhook juga ditandatangani dengannya.",
        },
    ),
    ConfigField(
        "application_id",
        {"en": "Application ID", "id": "ID aplikasi"},
        help={
            "en": "The number in the app's address: linkedin.com/developers/apps/NUMBER. "
            "Needed for webhooks; without it new comments are polled.",
            "id": "Angka di alamat aplikasi: linkedin.com/developers/apps/ANGKA. "
            "Perlu untuk webhook; tanpanya komentar baru ditanyakan berkala.",
        },
        required=False,
    ),
    ConfigField(
        "scopes",
        {"en": "Permissions", "id": "Izin"},
        help={
            "en": "Separated by spaces, as the tab Auth lists them for your app.",
            "id": "Dipisahkan spasi, seperti tercantum di tab Auth aplikasi Anda.",
        },
        required=False,
        default=DEFAULT_SCOPES,
    ),
    ConfigField(
        "api_version",
        {"en": "API version", "id": "Versi API"},
        help={
            "en": "Year and month, such as 202609. "
            "LinkedIn retires each version after about 12 months.",
            "id": "Tahun dan bulan, misalnya 202609. "
            "LinkedIn menghentikan tiap versi setelah kira-kira 12 bulan.",
        },
        required=False,
        default=DEFAULT_VERSION,
    ),
    ConfigField(
        "api_url",
        {"en": "API address", "id": "Alamat API"},
        kind="url",
        help=_SIMULATOR,
        required=False,
        default=DEFAULT_API_URL,
    ),
    ConfigField(
        "oauth_url",
        {"en": "Sign-in address", "id": "Alamat masuk"},
        kind="url",
        help=_SIMULATOR,
        required=False,
        default=DEFAULT_OAUTH_URL,
    ),
)
