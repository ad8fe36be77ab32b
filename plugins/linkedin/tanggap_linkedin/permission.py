"""Tell before sending what LinkedIn has no way for."""

from __future__ import annotations

from tanggap.sdk import Account, Refusal, Target, Visibility

NO_PRIVATE = {
    "en": "LinkedIn has no private messages for pages. Answer in public, and ask the customer to "
    "write by e-mail where needed.",
    "id": "LinkedIn tidak punya pesan pribadi untuk halaman. Balas secara publik, dan minta "
    "pelanggan menulis lewat surel bila perlu.",
}


def check(_account: Account, _target: Target, visibility: Visibility) -> Refusal | None:
    """Say that a page has no private messages."""
    if visibility == "public":
        return None
    return Refusal(code="no_private", message=NO_PRIVATE, instead="public")
