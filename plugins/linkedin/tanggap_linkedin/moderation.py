"""Like posts and comments as the page, and delete comments; LinkedIn hides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Account, Action, AuthExpired, Gone, Http, Rejected, Target
from tanggap_linkedin.client import Client
from tanggap_linkedin.urns import CommentUrn, encode

_SCOPE = "w_organization_social_feed"
_OLDER_SCOPE = "w_organization_social"
_CONFLICT = "409"


def like(account: Account, target: Target, http: Http) -> None:
    """Like a post or a comment; one that the page likes already stays so."""
    body = {"root": target.external_id, "reactionType": "LIKE"}
    try:
        _act(account, http, "POST", f"reactions?actor={encode(account.external_id)}", body)
    except Rejected as error:
        if not error.code.startswith(_CONFLICT):
            raise


def unlike(account: Account, target: Target, http: Http) -> None:
    """Take the page's like back; where there is none, none is left."""
    actor, entity = encode(account.external_id), encode(target.external_id)
    try:
        _act(account, http, "DELETE", f"reactions/(actor:{actor},entity:{entity})")
    except Gone:
        return


def delete(account: Account, target: Target, http: Http) -> None:
    """Delete the page's own comment, or anybody's under a post of the page."""
    comment = CommentUrn.read(target.external_id)
    if comment is None:
        raise Rejected(
            {
                "en": "Only comments can be deleted here: delete the post on LinkedIn",
                "id": "Di sini hanya komentar yang bisa dihapus: hapus kirimannya di LinkedIn",
            },
            "post",
        )
    path = f"socialActions/{encode(comment.post)}/comments/{comment.id}"
    _act(account, http, "DELETE", f"{path}?actor={encode(account.external_id)}")


def allows(account: Account, action: Action, target: Target) -> bool:
    """Tell what LinkedIn permits on a post."""
    granted = account.token.scopes
    # older apps have the older name of the permission, which begins alike
    if granted and not any(scope.startswith(_OLDER_SCOPE) for scope in granted):
        return False
    if action in ("like", "unlike"):
        return target.visibility == "public"
    if action != "delete" or CommentUrn.read(target.external_id) is None:
        return False
    return target.by_us or target.under_ours


def _act(
    account: Account, http: Http, method: str, path: str, body: Mapping[str, str] | None = None
) -> None:
    headers = {"X-RestLi-Method": "DELETE"} if method == "DELETE" else {}
    try:
        Client.of(account, http).request(method, path, json=body, headers=headers)
    except AuthExpired as error:
        # The code of a missing role also stands for a single post that is out of reach.
        if error.cause != "missing_scope" or _SCOPE not in account.token.scopes:
            raise
        raise Rejected(
            {
                "en": f"LinkedIn refuses this here. {error}",
                "id": f"LinkedIn menolak ini di sini. {_indonesian(error)}",
            },
            "403/100",
        ) from error


def _indonesian(error: AuthExpired) -> str:
    return error.message if isinstance(error.message, str) else error.message["id"]
