"""Act on posts where they stand: hide replies under ours, like, delete our own."""

from __future__ import annotations

from urllib.parse import quote

from tanggap.sdk import Account, Action, Http, Payload, Rejected, Target, Unavailable
from tanggap_twitter import loose
from tanggap_twitter.client import Client
from tanggap_twitter.fields import is_enterprise
from tanggap_twitter.permission import has_scope

HIDING, LIKING, POSTING = "tweet.moderate.write", "like.write", "tweet.write"
MESSAGING = "dm.write"


def allows(account: Account, action: Action, target: Target) -> bool:
    """Tell whether X lets an account do something: it hides replies under our posts alone."""
    private = target.visibility == "private"
    if action == "delete":
        return target.by_us and has_scope(account, MESSAGING if private else POSTING)
    if private or target.by_us:
        return False
    if action in ("hide", "show"):
        return target.under_ours and has_scope(account, HIDING)
    return has_scope(account, LIKING) if account.token.scopes else is_enterprise(account.app)


def hide(account: Account, target: Target, http: Http) -> None:
    """Fold a reply under one of our posts away; X keeps it behind a button."""
    _set_hidden(account, target, http, hidden=True)


def show(account: Account, target: Target, http: Http) -> None:
    """Unfold a hidden reply."""
    _set_hidden(account, target, http, hidden=False)


def like(account: Account, target: Target, http: Http) -> None:
    """Like a post, which X lets no app on a self-serve plan do since 2026-04-16."""
    _require_liking(account)
    body = {"tweet_id": target.external_id}
    answer = Client.of(account, http).post(f"/2/users/{account.external_id}/likes", body)
    _expect(answer, "liked", wanted=True)


def unlike(account: Account, target: Target, http: Http) -> None:
    """Take a like back."""
    _require_liking(account)
    path = f"/2/users/{account.external_id}/likes/{_id(target)}"
    _expect(Client.of(account, http).delete(path, writing=True), "liked", wanted=False)


def delete(account: Account, target: Target, http: Http) -> None:
    """Delete a post or message of ours."""
    private = target.visibility == "private"
    _require(account, MESSAGING if private else POSTING)
    path = f"/2/dm_events/{_id(target)}" if private else f"/2/tweets/{_id(target)}"
    _expect(Client.of(account, http).delete(path, writing=True), "deleted", wanted=True)


def _set_hidden(account: Account, target: Target, http: Http, *, hidden: bool) -> None:
    _require(account, HIDING)
    path = f"/2/tweets/{_id(target)}/hidden"
    answer = Client.of(account, http).put(path, {"hidden": hidden}, writing=True)
    _expect(answer, "hidden", wanted=hidden)


def _require_liking(account: Account) -> None:
    """Refuse an account that was connected on a self-serve plan, which asks for no likes."""
    if not has_scope(account, LIKING):
        raise Rejected(
            {
                "en": "X lets apps on self-serve plans like nothing since April 2026. If yours is "
                "on the Enterprise plan, set it in the developer app and connect the account "
                "again.",
                "id": "Sejak April 2026 X tidak mengizinkan aplikasi paket mandiri menyukai apa "
                "pun. Jika paket Anda Enterprise, atur di aplikasi developer lalu sambungkan "
                "kembali akunnya.",
            },
            "plan",
        )


def _require(account: Account, scope: str) -> None:
    if not has_scope(account, scope):
        raise Rejected(
            {
                "en": f"{account.name} was connected without the permission {scope}: connect it "
                "again.",
                "id": f"{account.name} tersambung tanpa izin {scope}: sambungkan kembali.",
            },
            "missing_scope",
        )


def _expect(answer: Payload, name: str, *, wanted: bool) -> None:
    """Make sure that X did it; an answer that does not say so leaves the outcome open."""
    if loose.boolean_or(wanted, answer, "data", name) is not wanted:
        raise Unavailable(f"X answered, but the post is not {name} as asked: look at it on X.")


def _id(target: Target) -> str:
    return quote(target.external_id, safe="")
