"""Hide, like and delete posts where they stand, as the Page."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Account, Action, AuthExpired, Http, Moderating, Rejected, Target
from tanggap_facebook.client import Graph, may, path_of
from tanggap_facebook.indonesian import after
from tanggap_facebook.reading import is_story

_PERMISSION = "pages_manage_engagement"
_COMMENTS = ("comment", "reply")
_REFUSED = {"en": "Facebook refuses this here.", "id": "Facebook menolak ini di sini."}


def hide(account: Account, target: Target, http: Http) -> None:
    """Hide a comment from everybody but its author and their friends."""
    _act(account, http, "POST", path_of(target.external_id), {"is_hidden": "true"})


def show(account: Account, target: Target, http: Http) -> None:
    """Show a hidden comment again."""
    _act(account, http, "POST", path_of(target.external_id), {"is_hidden": "false"})


def like(account: Account, target: Target, http: Http) -> None:
    """Like a post or a comment as the Page."""
    _act(account, http, "POST", path_of(target.external_id, "likes"))


def unlike(account: Account, target: Target, http: Http) -> None:
    """Take the Page's like back."""
    _act(account, http, "DELETE", path_of(target.external_id, "likes"))


def delete(account: Account, target: Target, http: Http) -> None:
    """Delete a comment on the Page, whoever wrote it, or what the Page wrote."""
    _act(account, http, "DELETE", path_of(target.external_id))


def allows(account: Account, action: Action, target: Target) -> bool:
    """Tell what Facebook permits: nothing in Messenger, and of visitors only comments go."""
    if not may(account, _PERMISSION):
        return False
    if target.visibility == "private" or not is_story(target.external_id):
        return False
    on_comment = target.kind in _COMMENTS
    if action in ("hide", "show"):
        return on_comment and not target.by_us
    if action == "delete":
        return on_comment or (target.by_us and target.kind != "review")
    return target.kind != "review"


def _act(
    account: Account, http: Http, method: str, path: str, form: Mapping[str, str] | None = None
) -> None:
    try:
        Graph.as_page(account, http).do(method, path, form)
    except AuthExpired as error:
        # The code of a missing permission also stands for a single post that is out of reach.
        granted = bool(account.token.scopes) and may(account, _PERMISSION)
        if error.cause != "missing_scope" or not granted:
            raise
        raise Rejected(after(_REFUSED, error.message), "permission") from error


MODERATING = Moderating(
    hide=hide, show=show, like=like, unlike=unlike, delete=delete, allows=allows
)
