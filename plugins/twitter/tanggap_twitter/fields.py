"""What an operator types once for the company's developer app, in English and Indonesian."""

from __future__ import annotations

from tanggap.sdk import AppCredentials, ConfigField, InvalidConfig

API_URL = "https://api.x.com"
API_HOST = "api.x.com"
SITE_URL = "https://x.com"
DIALECTS = (
    ("tweet", {"en": "tweet.fields (as documented)", "id": "tweet.fields (sesuai dokumentasi)"}),
    ("post", {"en": "post.fields (newer names)", "id": "post.fields (nama yang lebih baru)"}),
)
SELF_SERVE, ENTERPRISE = "self_serve", "enterprise"
PLANS = (
    (
        SELF_SERVE,
        {
            "en": "Free, Basic, Pro, pay-per-use",
            "id": "Free, Basic, Pro, bayar sesuai pemakaian",
        },
    ),
    (ENTERPRISE, "Enterprise"),
)
YES = "1"
SUBSCRIPTION, SUBSCRIBED = "subscription", "premium"

_LEAVE = {
    "en": "Leave as it is, unless you test against a simulator.",
    "id": "Biarkan apa adanya, kecuali Anda menguji dengan simulator.",
}

APP_FIELDS = (
    ConfigField(
        "client_id",
        {"en": "OAuth 2.0 client ID", "id": "Client ID OAuth 2.0"},
        help={
            "en": "Developer console, your app, Keys and tokens.",
            "id": "Konsol developer, aplikasi Anda, Keys and tokens.",
        },
    ),
    ConfigField(
        "client_secret",
        {"en": "OAuth 2.0 client secret", "id": "Client secret OAuth 2.0"},
        kind="secret",
        help={
            "en": "Shown once, below the client ID. Empty for a public client.",
            "id": "Hanya tampil sekali, di bawah client ID. Kosongkan untuk klien publik.",
        },
        required=False,
    ),
    ConfigField(
        "consumer_secret",
        {"en": "API key secret", "id": "API key secret"},
        kind="secret",
        help={
            "en": "Also called consumer secret. X signs its webhooks with it.",
            "id": "Disebut juga consumer secret. X menandatangani webhook dengannya.",
        },
    ),
    ConfigField(
        "bearer_token",
        {"en": "App bearer token", "id": "Bearer token aplikasi"},
        kind="secret",
        help={
            "en": "Registers the webhook. Without it posts are polled for.",
            "id": "Untuk mendaftarkan webhook. Tanpa ini, posting diambil secara berkala.",
        },
        required=False,
    ),
    ConfigField(
        "plan",
        {"en": "Plan of the developer app", "id": "Paket aplikasi developer"},
        kind="choice",
        help={
            "en": "Only Enterprise may like posts and answer people who did not mention or quote "
            "the account.",
            "id": "Hanya Enterprise yang boleh menyukai posting dan menjawab orang yang tidak "
            "menyebut atau mengutip akun.",
        },
        required=False,
        choices=PLANS,
        default=SELF_SERVE,
    ),
    ConfigField(
        "find_quotes",
        {"en": "Search for quotes", "id": "Cari kutipan"},
        kind="bool",
        help={
            "en": "When polling, also search the last 7 days for posts that quote the account. X "
            "bills each one found.",
            "id": "Saat mengambil berkala, cari juga posting 7 hari terakhir yang mengutip akun. X "
            "menagih tiap posting yang ditemukan.",
        },
        required=False,
        default=YES,
    ),
    ConfigField(
        "recheck",
        {"en": "Look for deleted posts", "id": "Periksa posting yang dihapus"},
        kind="bool",
        help={
            "en": "X tells nobody when a customer deletes a post, and wants its text gone within "
            "24 hours of being told. Posts are looked up after a day, a week and a month; X bills "
            "each look like a post read.",
            "id": "X tidak memberi tahu ketika pelanggan menghapus posting, dan meminta teksnya "
            "dihapus dalam 24 jam sejak diketahui. Posting diperiksa setelah sehari, seminggu, dan "
            "sebulan; X menagih tiap pemeriksaan seperti membaca satu posting.",
        },
        required=False,
        default=YES,
    ),
    ConfigField(
        "field_names",
        {"en": "Field names in requests", "id": "Nama kolom dalam permintaan"},
        kind="choice",
        help={
            "en": "X renames tweet to post bit by bit; change this if it refuses the parameters.",
            "id": "X mengganti tweet menjadi post sedikit demi sedikit; ubah ini jika X menolak "
            "parameternya.",
        },
        required=False,
        choices=DIALECTS,
        default="tweet",
    ),
    ConfigField(
        "api_url",
        {"en": "API address", "id": "Alamat API"},
        kind="url",
        help=_LEAVE,
        required=False,
        default=API_URL,
    ),
    ConfigField(
        "site_url",
        {"en": "Address of the consent page", "id": "Alamat halaman persetujuan"},
        kind="url",
        help=_LEAVE,
        required=False,
        default=SITE_URL,
    ),
)

ACCOUNT_FIELDS = (
    ConfigField(
        SUBSCRIPTION,
        {"en": "Length of posts", "id": "Panjang posting"},
        kind="choice",
        help={
            "en": "Accounts with X Premium may write up to 25,000 characters. X does not say "
            "whether its API takes them from yours: try one, and come back here if X refuses it.",
            "id": "Akun dengan X Premium boleh menulis sampai 25.000 karakter. X tidak menyebut "
            "apakah API-nya menerima itu dari akun Anda: coba satu, dan kembali ke sini bila X "
            "menolaknya.",
        },
        required=False,
        choices=(
            ("", {"en": "280 characters", "id": "280 karakter"}),
            (SUBSCRIBED, {"en": "25,000 characters (Premium)", "id": "25.000 karakter (Premium)"}),
        ),
    ),
)


def base_url(app: AppCredentials) -> str:
    """Give the API's address without a slash at its end."""
    return (app.config.get("api_url") or API_URL).rstrip("/")


def site_url(app: AppCredentials) -> str:
    """Give the website's address without a slash at its end."""
    return (app.config.get("site_url") or SITE_URL).rstrip("/")


def dialect(app: AppCredentials) -> str:
    """Tell which of the two names the API's fields are asked by."""
    found = app.config.get("field_names") or "tweet"
    if found not in dict(DIALECTS):
        raise InvalidConfig(
            "field_names",
            {"en": "Choose one of the two dialects.", "id": "Pilih salah satu dari dua dialek."},
        )
    return found


def is_enterprise(app: AppCredentials) -> bool:
    """Tell whether the rules of self-serve plans do not hold."""
    return app.config.get("plan") == ENTERPRISE


def finds_quotes(app: AppCredentials) -> bool:
    """Tell whether polls search for quotes."""
    return app.config.get("find_quotes", YES) == YES
