"""Ask for mentions and direct messages: what webhooks lost, or all where there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from tanggap.sdk import Account, Event, Http, Page, Payload, Unreadable
from tanggap.sdk.errors import InvalidPayload
from tanggap_twitter import loose
from tanggap_twitter.client import USER_FIELDS, Client, post_parameters
from tanggap_twitter.messages import read_event
from tanggap_twitter.people import Includes, read_includes
from tanggap_twitter.posts import SNOWFLAKE_BITS, read_context, read_post
from tanggap_twitter.webhook import MESSAGE_SCOPE

EVERY = timedelta(minutes=3)
PAGE_SIZE = "100"
# the first poll goes no further back; older posts come by import
FIRST_LOOK_BACK = timedelta(days=7)
# posts become readable out of order; the core drops what it has seen
OVERLAP = timedelta(minutes=2)
_OVERLAP_IDS = int(OVERLAP / timedelta(milliseconds=1)) << SNOWFLAKE_BITS


Step = Literal["mentions", "messages"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a poll stands: the newest ids of the last full drain, and of the one under way."""

    step: Step = "mentions"
    post: int = 0
    message: int = 0
    newest: int = 0
    token: str = ""

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Read a cursor; one that is not ours starts anew, which doubles nothing."""
        try:
            found = json.loads(text or "{}")
            post, message, newest = (int(found.get(n, 0)) for n in ("post", "message", "newest"))
            token = str(found.get("token", ""))
            step: Step = "messages" if found.get("step") == "messages" else "mentions"
            return cls(step, post, message, newest, token)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def write(self) -> str:
        """Write it as the text that the core keeps."""
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, cursor: str | None, http: Http) -> Page:
    """Get one page of mentions, then of messages; `more` until both are drained."""
    here = Cursor.read(cursor)
    client = Client.of(account, http)
    if here.step == "messages":
        return _messages(client, account, here)
    return _mentions(client, account, here)


def _mentions(client: Client, account: Account, here: Cursor) -> Page:
    params = {**post_parameters(account.app), "max_results": PAGE_SIZE}
    if here.post:
        params["since_id"] = str(max(here.post - _OVERLAP_IDS, 1))
    else:
        start = datetime.now(UTC) - FIRST_LOOK_BACK
        params["start_time"] = start.strftime("%Y-%m-%dT%H:%M:%SZ")
    if here.token:
        params["pagination_token"] = here.token
    page = client.get(f"/2/users/{account.external_id}/mentions", params)
    events = list(_posts(page, account.external_id))
    newest = max([here.newest, *_ids(page)])
    token = loose.text(page, "meta", "next_token")
    if token and token != here.token:
        return Page(events, replace(here, newest=newest, token=token).write(), more=True)
    done = replace(here, step="messages", post=max(here.post, newest), newest=0, token="")
    if not _may_read_messages(account):
        return Page(events, replace(done, step="mentions").write())
    return Page(events, done.write(), more=True)


def _messages(client: Client, account: Account, here: Cursor) -> Page:
    """Read messages, newest first: X takes no since_id for them, so stop at what is known."""
    params = {
        "max_results": PAGE_SIZE,
        "event_types": "MessageCreate",
        "dm_event.fields": (
            "attachments,created_at,dm_conversation_id,event_type,id,participant_ids,sender_id,text"
        ),
        "expansions": "sender_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": "alt_text,preview_image_url,type,url",
    }
    if here.token:
        params["pagination_token"] = here.token
    page = client.get("/2/dm_events", params)
    includes = read_includes(page)
    known = max(here.message - _OVERLAP_IDS, 0)
    entries = [e for e in loose.items(page, "data") if not 0 < _number(e) <= known]
    events = list(_each(entries, account.external_id, includes))
    ids = _ids(page)
    newest = max([here.newest, *ids])
    token = loose.text(page, "meta", "next_token")
    goes_on = token and token != here.token and min(ids, default=0) > known
    if goes_on and (here.message or not _is_old(loose.items(page, "data"))):
        return Page(events, replace(here, newest=newest, token=token).write(), more=True)
    done = replace(here, step="mentions", message=max(here.message, newest), newest=0, token="")
    return Page(events, done.write())


def _posts(page: Payload, account_id: str) -> Iterator[Event]:
    """Yield what the page's posts need first, then the posts, oldest first."""
    entries = loose.items(page, "data")
    listed = {loose.id_of(entry, "id") for entry in entries}
    includes = read_includes(page)
    context = tuple(p for p in includes.posts if loose.id_of(p, "id") not in listed)
    yield from read_context(Includes(posts=context, people=includes.people), account_id)
    for entry in reversed(entries):
        try:
            yield read_post(entry, account_id, includes)
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=str(error))


def _each(entries: Iterable[Payload], account_id: str, includes: Includes) -> Iterator[Event]:
    for entry in reversed(list(entries)):
        try:
            yield read_event(entry, account_id, includes)
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=str(error))


def _is_old(entries: Iterable[Payload]) -> bool:
    """Tell whether a first poll has gone back far enough."""
    limit = (datetime.now(UTC) - FIRST_LOOK_BACK).isoformat()
    return any(loose.text(entry, "created_at") < limit for entry in entries)


def _may_read_messages(account: Account) -> bool:
    return not account.token.scopes or MESSAGE_SCOPE in account.token.scopes


def _ids(page: Payload) -> list[int]:
    return [number for entry in loose.items(page, "data") if (number := _number(entry))]


def _number(entry: Payload) -> int:
    return _as_number(loose.id_of(entry, "id") or "")


def _as_number(name: str) -> int:
    return int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
