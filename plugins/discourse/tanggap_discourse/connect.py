"""What an operator fills in, and how a user of a forum is connected by an API key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    ConfigField,
    Gone,
    Http,
    InvalidConfig,
    InvalidPayload,
    Payload,
    Rejected,
    Token,
    Unavailable,
)
from tanggap_discourse.client import WHO_AM_I, Client
from tanggap_discourse.names import forum_of, user_name

APP_FIELDS = (
    ConfigField(
        "webhook_secret",
        {"en": "Webhook secret", "id": "Rahasia webhook"},
        "secret",
        help={
            "en": "Make one up, at least 12 characters, without spaces. Every forum signs with it.",
            "id": "Buat sendiri, minimal 12 karakter, tanpa spasi. Semua forum memakainya.",
        },
    ),
)
FIELDS = (
    ConfigField(
        "url",
        {"en": "Forum address", "id": "Alamat forum"},
        "url",
        help={
            "en": "Such as https://forum.example.com",
            "id": "Misalnya https://forum.example.com",
        },
    ),
    ConfigField(
        "username",
        {"en": "User name", "id": "Nama pengguna"},
        help={
            "en": "The user who answers, best a moderator.",
            "id": "Pengguna yang menjawab, sebaiknya seorang moderator.",
        },
    ),
    ConfigField(
        "api_key",
        {"en": "API key", "id": "Kunci API"},
        "secret",
        help={
            "en": "Discourse → Admin → API → New API key, for this user alone or for all users.",
            "id": "Discourse → Admin → API → Kunci API baru, untuk pengguna ini atau semua.",
        },
    ),
    ConfigField(
        "categories",
        {"en": "Only these categories", "id": "Hanya kategori ini"},
        help={
            "en": "Numbers separated by commas, such as 4, 7. Empty means all.",
            "id": "Nomor yang dipisahkan koma, misalnya 4, 7. Kosong berarti semua.",
        },
        required=False,
    ),
)


_WRONG_KEY = {
    "en": "this key does not work for this user name: copy both again",
    "id": "kunci ini tidak berlaku untuk nama pengguna ini: salin lagi keduanya",
}


def connect(app: AppCredentials, values: Mapping[str, str], http: Http) -> Sequence[Account]:
    """Try the key on the forum and name the user behind it."""
    client = _client(values, http)
    categories = ",".join(str(number) for number in categories_of(values.get("categories", "")))
    try:
        user = client.get(WHO_AM_I).mapping("current_user")
        number, username = user.integer("id"), user.text("username")
        title = _title(client)
    except AuthExpired as error:
        raise InvalidConfig("api_key", _WRONG_KEY) from error
    except (Gone, Rejected, InvalidPayload) as error:
        raise InvalidConfig(
            "url",
            {
                "en": f"no Discourse forum answers there: {error}",
                "id": f"tidak ada forum Discourse yang menjawab di sana: {error}",
            },
        ) from error
    if username.lower() != client.username.lower():
        raise InvalidConfig(
            "username",
            {
                "en": f"this key speaks for {username}, not for this user name",
                "id": f"kunci ini milik {username}, bukan nama pengguna ini",
            },
        )
    return [
        Account(
            external_id=user_name(forum_of(client.address), number),
            name=f"{title} (@{username})" if title else f"@{username}",
            token=Token(client.api_key),
            app=app,
            handle=username,
            config={"url": client.address, "username": username, "categories": categories},
        )
    ]


def categories_of(typed: str) -> list[int]:
    """Read the numbers of categories; raises `InvalidConfig` for anything else."""
    numbers = [part.strip() for part in typed.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in numbers):
        raise InvalidConfig(
            "categories",
            {
                "en": "enter numbers separated by commas, such as 4, 7",
                "id": "isi angka dipisahkan koma, misalnya 4, 7",
            },
        )
    return [int(part) for part in numbers]


def _client(values: Mapping[str, str], http: Http) -> Client:
    """Check what can be checked without asking anybody."""
    address = values.get("url", "").strip().rstrip("/")
    if not forum_of(address):
        raise InvalidConfig(
            "url",
            {
                "en": "enter the forum's whole address, such as https://example.com",
                "id": "isi alamat forum selengkapnya, misalnya https://example.com",
            },
        )
    username = values.get("username", "").strip().removeprefix("@")
    api_key = values.get("api_key", "").strip()
    for field, value in (("username", username), ("api_key", api_key)):
        # They go into headers, which hold nothing else.
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise InvalidConfig(
                field,
                {
                    "en": "enter it as Discourse shows it, without spaces",
                    "id": "isi seperti yang ditampilkan Discourse, tanpa spasi",
                },
            )
    return Client(address, username, api_key, http)


def _title(client: Client) -> str:
    try:
        return client.get("site/basic-info.json").text_or("", "title")
    except (Rejected, InvalidPayload):
        return ""


def own_number(me: Payload) -> int:
    """Read who a key speaks for; raises `Unavailable` for an answer that does not tell."""
    try:
        return me.mapping("current_user").integer("id")
    except InvalidPayload as error:
        raise Unavailable(f"Discourse's answer cannot be read: {error}") from error
