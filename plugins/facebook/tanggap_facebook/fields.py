"""What the operator types to set the developer app up."""

from __future__ import annotations

from tanggap.sdk import ConfigField
from tanggap_facebook.client import API_URL, API_VERSION, OAUTH_URL

_SIMULATOR = {
    "en": "Leave as it is, unless you test against a simulator.",
    "id": "Biarkan apa adanya, kecuali untuk mencoba dengan simulator.",
}

APP_FIELDS = (
    ConfigField(
        "app_id",
        {"en": "App ID", "id": "ID aplikasi"},
        help={
            "en": "App settings > Basic, in your app on developers.facebook.com.",
            "id": "App settings > Basic, di aplikasi Anda pada developers.facebook.com.",
        },
    ),
    ConfigField(
        "app_secret",
        {"en": "App secret", "id": "Kunci rahasia aplikasi"},
        "secret",
        help={"en": "On the same page, behind Show.", "id": "Di halaman yang sama, tombol Show."},
    ),
    ConfigField(
        "verify_token",
        {"en": "Verify token", "id": "Token verifikasi"},
        "secret",
        help={
            "en": "Leave empty, unless you register the callback address in the dashboard by hand.",
            "id": "Kosongkan, kecuali Anda mendaftarkan alamat callback sendiri di dasbor.",
        },
        required=False,
    ),
    ConfigField(
        "config_id",
        {"en": "Login configuration ID", "id": "ID konfigurasi login"},
        help={
            "en": "Only for an app with Facebook Login for Business, which asks by configuration.",
            "id": "Hanya untuk aplikasi dengan Facebook Login for Business, "
            "yang memakai konfigurasi.",
        },
        required=False,
    ),
    ConfigField(
        "extra_scopes",
        {"en": "Further permissions", "id": "Izin tambahan"},
        help={
            "en": "For example business_management, if your Pages belong to a business portfolio.",
            "id": "Misalnya business_management, jika Halaman Anda milik portofolio bisnis.",
        },
        required=False,
    ),
    ConfigField(
        "human_agent",
        {
            "en": "The app has the Human Agent feature",
            "id": "Aplikasi punya fitur Human Agent",
        },
        "bool",
        help={
            "en": "Lets you answer in Messenger for 7 days instead of 24 hours.",
            "id": "Memungkinkan membalas di Messenger sampai 7 hari, bukan 24 jam.",
        },
        required=False,
    ),
    ConfigField(
        "api_version",
        {"en": "Graph API version", "id": "Versi Graph API"},
        help={
            "en": "Facebook retires each version after about two years.",
            "id": "Facebook menghentikan tiap versi setelah kira-kira dua tahun.",
        },
        required=False,
        default=API_VERSION,
    ),
    ConfigField(
        "api_url",
        {"en": "Graph API address", "id": "Alamat Graph API"},
        "url",
        help=_SIMULATOR,
        required=False,
        default=API_URL,
    ),
    ConfigField(
        "oauth_url",
        {"en": "Login dialog address", "id": "Alamat dialog login"},
        "url",
        help=_SIMULATOR,
        required=False,
        default=OAUTH_URL,
    ),
)
