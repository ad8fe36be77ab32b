"""Tell before sending what LinkedIn has no way for."""

from __future__ import annotations

from tanggap.sdk import Account, Invitation, Refusal, Target, Visibility
from tanggap_linkedin.fields import PRIVATE_CONTACT

NO_PRIVATE = {
    "en": "LinkedIn has no private messages for pages. Answer in public, and ask the customer to "
    "write by e-mail where needed.",
    "id": "LinkedIn tidak punya pesan pribadi untuk halaman. Balas secara publik, dan minta "
    "pelanggan menulis lewat surel bila perlu.",
}


_NO_CONTACT = Refusal(
    code="no_private_contact",
    message={
        "en": "LinkedIn has no private messages for pages. Write where customers reach you "
        "privately (an e-mail address or a link) into this account's settings first.",
        "id": "LinkedIn tidak punya pesan pribadi untuk halaman. Isi dulu di pengaturan akun ini "
        "ke mana pelanggan bisa menulis secara pribadi (alamat surel atau tautan).",
    },
)


_NO_PICTURES = Refusal(
    code="no_pictures",
    message={
        "en": "LinkedIn refuses pictures in comments of pages. Put a link into the text instead.",
        "id": "LinkedIn menolak gambar di komentar halaman. Taruh tautan di dalam teks saja.",
    },
)


def attaching(_account: Account, _target: Target, _visibility: Visibility) -> Refusal:
    """Say that comments are text alone: the API answers 403 to `content` (2026-11)."""
    return _NO_PICTURES


def invite(account: Account, _target: Target) -> Invitation | Refusal:
    """Name in public where else the customer can write, as the operator says."""
    contact = account.config.get(PRIVATE_CONTACT, "").strip()
    return Invitation(visibility="public", link=contact) if contact else _NO_CONTACT


def check(_account: Account, _target: Target, visibility: Visibility) -> Refusal | None:
    """Say that a page has no private messages."""
    if visibility == "public":
        return None
    return Refusal(code="no_private", message=NO_PRIVATE, instead="public")
