"""Learn the names of people who write by Messenger, which their messages do not tell."""

from __future__ import annotations

from collections.abc import Sequence

from tanggap.sdk import Account, AuthExpired, Http, Profile, Rejected
from tanggap_facebook.client import Graph, path_of
from tanggap_facebook.reading import loose_text, web_address

MOST_PEOPLE = 20
_FIELDS = "first_name,last_name,name,profile_pic"


def look_up(account: Account, people: Sequence[str], http: Http) -> Sequence[Profile]:
    """Ask for each person; Facebook refuses some, and all where the app lacks the feature."""
    graph = Graph.as_page(account, http)
    found: list[Profile] = []
    for person in people:
        try:
            said = graph.get(path_of(person), {"fields": _FIELDS})
        except Rejected:
            continue
        except AuthExpired as error:
            if error.cause in ("missing_scope", "app_not_approved"):
                break
            raise
        parts = (loose_text(said, "first_name"), loose_text(said, "last_name"))
        name = " ".join(filter(None, parts)) or loose_text(said, "name")
        if name:
            picture = web_address(loose_text(said, "profile_pic"))
            found.append(Profile(author_id=person, name=name, avatar_url=picture))
    return found
