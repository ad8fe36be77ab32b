"""Look comments and visitors' posts up whose removal no webhook told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tanggap.sdk import Account, Gone, Http, Page, PostDeleted, PostKind
from tanggap_facebook.client import Graph, may, path_of
from tanggap_facebook.permission import is_on_page
from tanggap_facebook.reading import is_story

MOST_IDS = 25
_PERMISSION = "pages_read_user_content"


def look_up(account: Account, posts: Mapping[str, PostKind], http: Http) -> Page:
    """Ask for what stands on the Page and tell what is gone.

    Mentions elsewhere are left out: that the Page may not read one says nothing of it.
    """
    if not may(account, _PERMISSION):
        return Page((), None)
    page = account.external_id
    ids = [one for one, kind in posts.items() if is_story(one) and is_on_page(page, one, kind)]
    now = datetime.now(UTC)
    gone = _gone(Graph.as_page(account, http), ids)
    return Page(
        [PostDeleted(account_id=page, external_id=one, deleted_at=now) for one in gone], None
    )


def _gone(graph: Graph, ids: Sequence[str]) -> list[str]:
    """Find those that are gone; Facebook refuses a list for one of them, so it is halved."""
    if len(ids) == 1:
        return [] if _stands(graph, ids[0]) else list(ids)
    half = len(ids) // 2
    try:
        found = graph.get("", {"ids": ",".join(ids), "fields": "id"}).keys() if ids else ()
    except Gone:
        return [*_gone(graph, ids[:half]), *_gone(graph, ids[half:])]
    return [one for one in ids if one not in found and not _stands(graph, one)]


def _stands(graph: Graph, name: str) -> bool:
    try:
        graph.get(path_of(name), {"fields": "id"})
    except Gone:
        return False
    return True
