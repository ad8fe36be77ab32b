"""Ask for mentions, quotes and messages: what webhooks lost, or all where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tanggap.sdk import (
    Account,
    AuthExpired,
    Event,
    Http,
    Ignored,
    InvalidPayload,
    Page,
    Payload,
    Rejected,
    Unreadable,
)
from tanggap_twitter import loose, reads
from tanggap_twitter.client import MEDIA_FIELDS, USER_FIELDS, Client, post_parameters
from tanggap_twitter.cursor import Cursor, Step
from tanggap_twitter.fields import finds_quotes
from tanggap_twitter.messages import read_event
from tanggap_twitter.people import Includes, read_includes
from tanggap_twitter.permission import has_scope
from tanggap_twitter.posts import SNOWFLAKE_BITS, moment_of_id, read_context, read_post
from tanggap_twitter.webhook import MESSAGE_SCOPE

EVERY = timedelta(minutes=3)
PAGE_SIZE = "100"
# the first poll goes no further back; older posts come by import
FIRST_LOOK_BACK = timedelta(days=7)
# recent search goes back 7 days and refuses an older start
SEARCH_LOOK_BACK = FIRST_LOOK_BACK - timedelta(minutes=5)
# posts become readable out of order; the core drops what it has seen
OVERLAP = timedelta(minutes=2)
_OVERLAP_IDS = int(OVERLAP / timedelta(milliseconds=1)) << SNOWFLAKE_BITS
_MESSAGE_PARAMETERS = {
    "max_results": PAGE_SIZE,
    "event_types": "MessageCreate",
    "dm_event.fields": (
        "attachments,created_at,dm_conversation_id,event_type,id,participant_ids,sender_id,text"
    ),
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": USER_FIELDS,
    "media.fields": MEDIA_FIELDS,
}


def fetch(account: Account, cursor: str | None, http: Http) -> Page:
    """Get one page of mentions, then of quotes, then of messages; `more` until all are drained."""
    here = Cursor.read(cursor)
    if here.step not in _steps(account):
        here = Cursor(post=here.post, quote=here.quote, message=here.message)
    client = Client.of(account, http)
    try:
        return _page(client, account, here)
    except Rejected:
        if not here.token:
            raise
        # X forgets the page a poll stood at when that is long ago; the core drops what comes twice
        return _page(client, account, replace(here, token="", newest=0))


def _page(client: Client, account: Account, here: Cursor) -> Page:
    if here.step == "messages":
        return _messages(client, account, here)
    if here.step == "quotes":
        return _quotes(client, account, here)
    return _mentions(client, account, here)


def _steps(account: Account) -> tuple[Step, ...]:
    quotes: tuple[Step, ...] = ("quotes",) if finds_quotes(account.app) and account.handle else ()
    messages: tuple[Step, ...] = ("messages",) if has_scope(account, MESSAGE_SCOPE) else ()
    return ("mentions", *quotes, *messages)


def _mentions(client: Client, account: Account, here: Cursor) -> Page:
    since = _since(here.post, datetime.now(UTC) - FIRST_LOOK_BACK)
    params = {**post_parameters(account.app), "max_results": PAGE_SIZE, **since, **_token(here)}
    page = client.get(f"/2/users/{account.external_id}/mentions", params)
    return _posts_page(page, account, here, reads.OWNED)


def _quotes(client: Client, account: Account, here: Cursor) -> Page:
    """Search for what quotes a post of ours, which neither mentions nor answers us.

    An app that may not search goes on without.
    """
    oldest = datetime.now(UTC) - SEARCH_LOOK_BACK
    known = here.quote if here.quote and moment_of_id(str(here.quote)) > oldest + OVERLAP else 0
    params = {
        **post_parameters(account.app),
        "query": quotes_query(account.handle),
        "max_results": PAGE_SIZE,
        **_since(known, oldest),
        **_token(here),
    }
    try:
        page = client.get("/2/tweets/search/recent", params)
    except (AuthExpired, Rejected) as error:
        if not _forbids_search(error, here):
            raise
        done = _next_step(account, replace(here, newest=0, token=""))
        return Page([Ignored(event="search.refused")], done.write(), more=done.step != "mentions")
    return _posts_page(page, account, here, reads.POST)


def _forbids_search(error: AuthExpired | Rejected, here: Cursor) -> bool:
    if isinstance(error, AuthExpired):
        return error.cause in ("missing_scope", "app_not_approved")
    return not here.token


def quotes_query(handle: str) -> str:
    """Ask for posts that carry the address of a post of ours, as every quote does."""
    addresses = " OR ".join(f'url:"{site}/{handle}/status"' for site in ("x.com", "twitter.com"))
    return f"({addresses}) is:quote -from:{handle} -is:retweet"


def _posts_page(page: Payload, account: Account, here: Cursor, kind: str) -> Page:
    entries, includes = loose.items(page, "data"), read_includes(page)
    events = list(_posts(entries, includes, account.external_id))
    billed = reads.read_ids(entries, kind, includes.posts)
    newest = max([here.newest, *map(_number, entries)])
    token = loose.text(page, "meta", "next_token")
    if token and token != here.token:
        on = replace(here, newest=newest, token=token)
        return Page(events, on.write(), more=True, read_ids=billed)
    known = here.quote if here.step == "quotes" else here.post
    done = here.drained_to(max(known, newest))
    after = _next_step(account, done)
    return Page(events, after.write(), more=after.step != "mentions", read_ids=billed)


def _messages(client: Client, account: Account, here: Cursor) -> Page:
    """Read messages, newest first: X takes no since_id for them, so stop at what is known."""
    page = client.get("/2/dm_events", {**_MESSAGE_PARAMETERS, **_token(here)})
    includes = read_includes(page)
    known = max(here.message - _OVERLAP_IDS, 0)
    listed = loose.items(page, "data")
    events = list(_each([e for e in listed if not 0 < _number(e) <= known], account, includes))
    billed = reads.read_ids(listed, reads.MESSAGE)
    ids = [number for entry in listed if (number := _number(entry))]
    newest = max([here.newest, *ids])
    token = loose.text(page, "meta", "next_token")
    goes_on = token and token != here.token and min(ids, default=0) > known
    if goes_on and (here.message or not _is_old(listed)):
        on = replace(here, newest=newest, token=token)
        return Page(events, on.write(), more=True, read_ids=billed)
    done = _next_step(account, here.drained_to(max(here.message, newest)))
    return Page(events, done.write(), read_ids=billed)


def _next_step(account: Account, here: Cursor) -> Cursor:
    steps = _steps(account)
    return replace(here, step=steps[(steps.index(here.step) + 1) % len(steps)])


def _since(known: int, oldest: datetime) -> dict[str, str]:
    """Begin a little before the newest known post, or at a time where none is known."""
    if known:
        return {"since_id": str(max(known - _OVERLAP_IDS, 1))}
    return {"start_time": oldest.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _token(here: Cursor) -> Mapping[str, str]:
    return {"pagination_token": here.token} if here.token else {}


def _posts(entries: Iterable[Payload], includes: Includes, account_id: str) -> Iterator[Event]:
    """Yield what the page's posts need first, then the posts, oldest first."""
    listed = {loose.id_of(entry, "id") for entry in entries}
    context = tuple(p for p in includes.posts if loose.id_of(p, "id") not in listed)
    yield from read_context(Includes(posts=context, people=includes.people), account_id)
    for entry in reversed(list(entries)):
        try:
            yield read_post(entry, account_id, includes)
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def _each(entries: Iterable[Payload], account: Account, includes: Includes) -> Iterator[Event]:
    for entry in reversed(list(entries)):
        try:
            yield read_event(entry, account.external_id, includes)
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def _is_old(entries: Iterable[Payload]) -> bool:
    """Tell whether a first poll has gone back far enough."""
    limit = (datetime.now(UTC) - FIRST_LOOK_BACK).isoformat()
    return any(loose.text(entry, "created_at") < limit for entry in entries)


def _number(entry: Payload) -> int:
    name = loose.id_of(entry, "id") or ""
    return int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
