"""Pictures with answers: one in a comment, messages of their own in Messenger."""

from __future__ import annotations

import json

from tanggap.sdk import (
    Account,
    Attachable,
    AttachedFile,
    InvalidPayload,
    Payload,
    Refusal,
    Target,
    Unavailable,
    Visibility,
)
from tanggap_facebook.client import Graph, may
from tanggap_facebook.reading import identifier

# What a Page needs to bring photos, beside what it needs to comment.
PHOTO_SCOPE = "pages_manage_posts"
# https://developers.facebook.com/docs/graph-api/reference/page/photos (unconfirmed for 2026-11)
MAX_PHOTO = 4 * 1024 * 1024
# https://developers.facebook.com/docs/messenger-platform/send-messages (unconfirmed for 2026-11)
MAX_MESSAGE_PHOTO = 8 * 1024 * 1024
MAX_ALT_TEXT = 1_000
_MOST_MESSAGES = 5
IN_COMMENT = Attachable(most=1, max_bytes=MAX_PHOTO, max_description=MAX_ALT_TEXT)
IN_MESSENGER = Attachable(most=_MOST_MESSAGES, max_bytes=MAX_MESSAGE_PHOTO, apart=True)
_PRIVATE_REPLY = Refusal(
    code="private_reply",
    message={
        "en": "Facebook takes one message as private reply to a comment, of text alone. Send "
        "pictures once the customer has answered in Messenger.",
        "id": "Untuk balasan pribadi ke komentar, Facebook hanya menerima satu pesan teks. Kirim "
        "gambar setelah pelanggan membalas di Messenger.",
    },
)
_NO_PHOTOS = Refusal(
    code="no_photos",
    message={
        "en": f"The Page was connected without the permission for photos ({PHOTO_SCOPE}). Add it "
        "to the app's further permissions and reconnect the Page.",
        "id": f"Halaman terhubung tanpa izin foto ({PHOTO_SCOPE}). Tambahkan di izin tambahan "
        "aplikasi, lalu hubungkan ulang Halaman.",
    },
)


def attaching(account: Account, target: Target, visibility: Visibility) -> Attachable | Refusal:
    """Tell what an answer may carry."""
    if visibility == "public":
        return IN_COMMENT if may(account, PHOTO_SCOPE) else _NO_PHOTOS
    return IN_MESSENGER if target.visibility == "private" else _PRIVATE_REPLY


def upload_photo(graph: Graph, account: Account, file: AttachedFile) -> str:
    """Bring a photo that stands nowhere yet; gives the id that a comment names."""
    form = {"published": "false", "alt_text_custom": file.description}
    if not file.description:
        del form["alt_text_custom"]
    body = graph.upload(f"{account.external_id}/photos", form, {"source": file})
    return _id_of(body, "id")


def upload_for_message(graph: Graph, account: Account, file: AttachedFile) -> dict[str, object]:
    """Bring a picture for Messenger; gives the message that shows it."""
    described = {"attachment": {"type": "image", "payload": {"is_reusable": True}}}
    body = graph.upload(
        f"{account.external_id}/message_attachments",
        {"message": json.dumps(described)},
        {"filedata": file},
    )
    payload = {"attachment_id": _id_of(body, "attachment_id")}
    return {"attachment": {"type": "image", "payload": payload}}


def _id_of(body: Payload, key: str) -> str:
    try:
        return identifier(body, key)
    except InvalidPayload as error:
        raise Unavailable(f"Facebook took the picture but gave no {key}.", reached=False) from error
