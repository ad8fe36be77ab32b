"""Tell before sending why X would refuse an answer, as far as that is known."""

from __future__ import annotations

from tanggap.sdk import Account, Invitation, Refusal, Target, Visibility
from tanggap_twitter.fields import is_enterprise

_OPEN_MESSAGES = {
    "en": "The link works for everybody while the account takes messages from everyone (X: "
    "Settings, Privacy, Direct Messages). Posts with a link cost more on pay-per-use plans.",
    "id": "Tautannya berfungsi untuk semua orang selama akun menerima pesan dari siapa pun (X: "
    "Pengaturan, Privasi, Pesan Langsung). Posting bertautan lebih mahal pada paket bayar sesuai "
    "pemakaian.",
}
WRITE_POSTS = "tweet.write"
WRITE_MESSAGES = "dm.write"


def check(account: Account, target: Target, visibility: Visibility) -> Refusal | None:
    """Give the reason against an answer, or None; whether a person takes messages only X knows."""
    if visibility == "private":
        return _check_private(account, target)
    return _check_public(account, target)


def invite(account: Account, target: Target) -> Invitation | Refusal:
    """Ask in public, with the link that opens a message to the account.

    X draws a button for it where the account takes messages from everybody:
    https://business.x.com/en/help/campaign-editing-and-optimization/public-to-private-conversation
    """
    refusal = _check_public(account, target)
    if refusal is not None:
        return refusal
    link = f"https://twitter.com/messages/compose?recipient_id={account.external_id}"
    return Invitation(
        visibility="public",
        link=link,
        hint=_OPEN_MESSAGES,
        reference_link=f"{link}&text=Ref%3A%20{{reference}}%20",
    )


def has_scope(account: Account, scope: str) -> bool:
    """Tell whether a token has a permission; one that does not say what it has gets a try."""
    return not account.token.scopes or scope in account.token.scopes


def is_summoned(account: Account, target: Target) -> bool:
    """Apply the rule of self-serve plans since 2026-02-23: X allows answers to who asked for them.

    Asked has who mentions the account or quotes a post of it. Whether a plain answer to a post of
    ours counts is not documented (2026-08), so that is tried.
    """
    handle = account.handle.casefold()
    named = not handle or handle in {mention.casefold() for mention in target.mentions}
    return named or target.answers_us or target.by_us or target.kind in ("mention", "quote")


def _check_private(account: Account, target: Target) -> Refusal | None:
    if target.visibility == "public" and target.by_us:
        return Refusal(
            code="own_post",
            message={
                "en": "This post is your own: a message needs the customer's post.",
                "id": "Posting ini milik Anda sendiri: pesan memerlukan posting pelanggan.",
            },
        )
    if has_scope(account, WRITE_MESSAGES):
        return None
    return Refusal(
        code="missing_scope",
        message={
            "en": f"{account.name} was connected without the permission to send direct messages. "
            "Connect it again on the accounts page.",
            "id": f"{account.name} tersambung tanpa izin mengirim pesan langsung. Sambungkan "
            "kembali di halaman akun.",
        },
        instead=_instead(account, target, "public"),
    )


def _check_public(account: Account, target: Target) -> Refusal | None:
    if target.visibility == "private":
        return Refusal(
            code="private_post",
            message={
                "en": "This is a direct message: it can be answered in private only.",
                "id": "Ini pesan langsung: hanya bisa dijawab secara pribadi.",
            },
            instead=_instead(account, target, "private"),
        )
    if not has_scope(account, WRITE_POSTS):
        return Refusal(
            code="missing_scope",
            message={
                "en": f"{account.name} was connected without the permission to post. Connect it "
                "again on the accounts page.",
                "id": f"{account.name} tersambung tanpa izin memposting. Sambungkan kembali di "
                "halaman akun.",
            },
            instead=_instead(account, target, "private"),
        )
    if is_enterprise(account.app) or is_summoned(account, target):
        return None
    return Refusal(
        code="not_summoned",
        message={
            "en": f"X lets @{account.handle} answer only people who mention it or quote its "
            "posts, and this post does neither. Only apps on the Enterprise plan are free of "
            "this rule.",
            "id": f"X hanya mengizinkan @{account.handle} menjawab orang yang menyebut atau "
            "mengutipnya, dan posting ini tidak. Hanya aplikasi dengan paket Enterprise yang "
            "bebas dari aturan ini.",
        },
        instead=_instead(account, target, "private"),
    )


def _instead(account: Account, target: Target, visibility: Visibility) -> Visibility | None:
    """Offer the other way where it is known to be open: in private to who wrote in private."""
    if visibility == "private":
        wrote = target.visibility == "private" or target.last_private_at is not None
        return "private" if wrote and has_scope(account, WRITE_MESSAGES) else None
    return "public" if _check_public(account, target) is None else None
