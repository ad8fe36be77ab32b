"""Pictures with posts and messages: brought beforehand, named by their ids."""

from __future__ import annotations

import base64

from tanggap.sdk import (
    Account,
    Attachable,
    AttachedFile,
    InvalidPayload,
    Refusal,
    Target,
    Unavailable,
    Visibility,
)
from tanggap_twitter.client import Client

MEDIA_SCOPE = "media.write"
# https://docs.x.com/x-api/media/quickstart/best-practices (2026-08)
MAX_BYTES = 5 * 1024 * 1024
MAX_ALT_TEXT = 1_000
IN_POST = Attachable(most=4, max_bytes=MAX_BYTES, max_description=MAX_ALT_TEXT)
IN_MESSAGE = Attachable(most=1, max_bytes=MAX_BYTES)
_CATEGORIES = {"public": "tweet_image", "private": "dm_image"}
_NO_MEDIA = Refusal(
    code="no_media",
    message={
        "en": f"The account was connected without the permission for pictures ({MEDIA_SCOPE}). "
        "Reconnect it.",
        "id": f"Akun terhubung tanpa izin gambar ({MEDIA_SCOPE}). Hubungkan ulang akunnya.",
    },
)


def attaching(account: Account, _target: Target, visibility: Visibility) -> Attachable | Refusal:
    """Tell what a post or a message may carry."""
    if account.token.scopes and MEDIA_SCOPE not in account.token.scopes:
        return _NO_MEDIA
    return IN_POST if visibility == "public" else IN_MESSAGE


def upload(client: Client, file: AttachedFile, visibility: Visibility) -> str:
    """Bring a picture, which X keeps for a day; gives its id.

    Nothing shows it yet, so every fault of it is one that reached nobody.
    """
    try:
        answer = client.post(
            "/2/media/upload",
            {
                "media": base64.b64encode(file.content).decode("ascii"),
                "media_type": file.media_type,
                "media_category": _CATEGORIES[visibility],
            },
        )
        media_id = answer.id("data", "id")
        if file.description and visibility == "public":
            words = {"alt_text": {"text": file.description[:MAX_ALT_TEXT]}}
            client.post("/2/media/metadata", {"id": media_id, "metadata": words})
    except Unavailable as error:
        raise Unavailable(error.message, reached=False) from error
    except InvalidPayload as error:
        raise Unavailable(f"X took the picture but gave no id ({error})", reached=False) from error
    return media_id
