"""Tell before sending what Facebook would refuse, and what can be done instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tanggap.sdk import Account, Invitation, PostKind, Refusal, Target, Visibility
from tanggap_facebook.client import may
from tanggap_facebook.reading import is_story

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
PRIVATE_REPLY = timedelta(days=7)
_TRUE = frozenset({"1", "true", "on", "yes"})

_WINDOW_CLOSED = Refusal(
    code="window_closed",
    message={
        "en": "Messenger lets a Page answer for 24 hours after the customer's last message. "
        "Wait until they write again.",
        "id": "Messenger mengizinkan Halaman membalas sampai 24 jam setelah pesan terakhir "
        "pelanggan. Tunggu sampai pelanggan menulis lagi.",
    },
)
_HUMAN_WINDOW_CLOSED = Refusal(
    code="window_closed",
    message={
        "en": "Messenger lets a person answer for 7 days after the customer's last message. "
        "Wait until they write again.",
        "id": "Messenger mengizinkan agen membalas sampai 7 hari setelah pesan terakhir "
        "pelanggan. Tunggu sampai pelanggan menulis lagi.",
    },
)
_NOT_ANSWERED_YET = Refusal(
    code="not_answered_yet",
    message={
        "en": "The customer has not answered in Messenger yet; Facebook lets the Page write "
        "again only after that.",
        "id": "Pelanggan belum membalas di Messenger; Facebook baru mengizinkan Halaman menulis "
        "lagi setelah itu.",
    },
)
_ONLY_PRIVATE = Refusal(
    code="only_private",
    message={
        "en": "This is a private conversation in Messenger; it cannot be answered in public.",
        "id": "Ini percakapan pribadi di Messenger, jadi tidak bisa dibalas secara publik.",
    },
    instead="private",
)
NO_STORY = Refusal(
    code="no_post",
    message={
        "en": "Facebook names no post for this review. Answer it on Facebook itself.",
        "id": "Facebook tidak menyebut kiriman untuk ulasan ini. Balas langsung di Facebook.",
    },
)
_NO_PRIVATE_REPLY = Refusal(
    code="no_private_reply",
    message={
        "en": "Facebook takes private replies to comments and visitors' posts on the Page only. "
        "Answer in public.",
        "id": "Facebook hanya menerima balasan pribadi untuk komentar dan kiriman pengunjung di "
        "Halaman. Balas secara publik.",
    },
    instead="public",
)
_TOO_OLD = Refusal(
    code="too_old",
    message={
        "en": "Facebook takes a private reply for 7 days after the post. Answer in public.",
        "id": "Facebook menerima balasan pribadi sampai 7 hari setelah kiriman. "
        "Balas secara publik.",
    },
    instead="public",
)
_ONCE = Refusal(
    code="once",
    message={
        "en": "Facebook takes one private reply to each comment, and this one has had it. Answer "
        "in public, or wait until the customer writes in Messenger.",
        "id": "Facebook menerima satu balasan pribadi untuk tiap komentar, dan komentar ini sudah "
        "mendapatkannya. Balas secara publik, atau tunggu pelanggan menulis di Messenger.",
    },
    instead="public",
)
_M_ME = {
    "en": "Facebook does not tell that whoever writes in Messenger is this customer: the message "
    "comes as a case of its own, which you can merge with this one.",
    "id": "Facebook tidak memberi tahu bahwa penulis di Messenger adalah pelanggan ini: pesannya "
    "masuk sebagai kasus tersendiri, yang bisa Anda gabungkan dengan kasus ini.",
}
_NO_MESSENGER = {
    "en": "The Page was connected without the permission for Messenger (pages_messaging). "
    "Reconnect it and allow that.",
    "id": "Halaman terhubung tanpa izin Messenger (pages_messaging). Hubungkan ulang dan izinkan.",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def check(
    account: Account,
    target: Target,
    visibility: Visibility,
    clock: Callable[[], datetime] = _utc_now,
) -> Refusal | None:
    """Say why a reply cannot be sent; that a post has had its private reply only Facebook knows."""
    if visibility == "private" and not may(account, "pages_messaging"):
        instead: Visibility | None = "public" if target.visibility == "public" else None
        return Refusal(code="no_messenger", message=_NO_MESSENGER, instead=instead)
    if target.visibility == "private":
        return _ONLY_PRIVATE if visibility == "public" else _in_messenger(account, target, clock())
    if not is_story(target.external_id):
        return NO_STORY
    return None if visibility == "public" else _private_reply(account, target, clock())


def closes(account: Account, target: Target, visibility: Visibility) -> datetime | None:
    """Tell until when Facebook takes a private answer; public ones it takes at any time."""
    if visibility == "public":
        return None
    if target.visibility == "public":
        return target.posted_at + PRIVATE_REPLY
    last = target.last_private_at or (None if target.by_us else target.posted_at)
    return last + (HUMAN_WINDOW if may_be_human(account) else WINDOW) if last else None


def invite(
    account: Account, target: Target, clock: Callable[[], datetime] = _utc_now
) -> Invitation | Refusal:
    """Ask by a private reply while Facebook takes one, afterwards by the Page's own link."""
    refusal = check(account, target, "private", clock)
    if refusal is None:
        return Invitation(visibility="private")
    if refusal.code == "no_messenger" or check(account, target, "public", clock) is not None:
        return refusal
    # https://developers.facebook.com/docs/messenger-platform/discovery/m-me-links
    link = f"https://m.me/{account.external_id}"
    return Invitation(
        visibility="public", link=link, hint=_M_ME, reference_link=f"{link}?ref={{reference}}"
    )


def may_be_human(account: Account) -> bool:
    """Tell whether the app has the Human Agent feature, as the operator says."""
    return account.app.config.get("human_agent", "").lower() in _TRUE


def is_on_page(page: str, post: str, kind: PostKind) -> bool:
    """Tell posts on the Page, `{page}_{post}`, and comments there from mentions elsewhere."""
    return kind in ("comment", "reply") or post.startswith(f"{page}_")


def _in_messenger(account: Account, target: Target, now: datetime) -> Refusal | None:
    last = target.last_private_at or (None if target.by_us else target.posted_at)
    if last is None:
        return _NOT_ANSWERED_YET
    human = may_be_human(account)
    if now - last <= (HUMAN_WINDOW if human else WINDOW):
        return None
    return _HUMAN_WINDOW_CLOSED if human else _WINDOW_CLOSED


def _private_reply(account: Account, target: Target, now: datetime) -> Refusal | None:
    on_page = is_on_page(account.external_id, target.external_id, target.kind)
    if target.by_us or target.kind == "review" or not on_page:
        return _NO_PRIVATE_REPLY
    if target.answered_privately:
        return _ONCE
    return _TOO_OLD if now - target.posted_at > PRIVATE_REPLY else None
