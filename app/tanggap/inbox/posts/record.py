"""Store what happened on a platform: the one door for webhooks, polls and imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy.orm import Session

from tanggap.inbox.case_locks import hold_cases_of, take_turns
from tanggap.inbox.handover.private_legs import follow_references, learn_legs
from tanggap.inbox.handover.references import Followed
from tanggap.inbox.posts import record_changes, record_posts
from tanggap.inbox.posts.record_changes import DELETED, EDITED, HIDDEN, SHOWN, PostChange
from tanggap.inbox.suppression import screen
from tanggap.sdk.types import (
    AccountRevoked,
    Event,
    Ignored,
    IncomingPost,
    InvitationFollowed,
    PostDeleted,
    PostEdited,
    PostHidden,
    Unreadable,
)
from tanggap.sdk.words import Words
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.base import utcnow

log = structlog.get_logger(__name__)

NOTED_EVERY: Final = timedelta(seconds=5)
"""How often it is noted that an account received: whoever writes its row waits for the others."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event for one account, and the delivery it came in, if any."""

    account: Account
    event: Event
    delivery_id: int | None = None


@dataclass(slots=True)
class RecordResult:
    """What recording did, counted; `new_ids` are the posts that were not known."""

    counts: Counter[str] = field(default_factory=Counter)
    new_ids: list[int] = field(default_factory=list)

    def add(self, other: RecordResult) -> None:
        """Count another result in."""
        self.counts.update(other.counts)
        self.new_ids.extend(other.new_ids)


def record_events(
    session: Session,
    account: Account,
    events: Sequence[Event],
    *,
    source: str,
    delivery_id: int | None = None,
) -> RecordResult:
    """Store the events of one account; storing the same again changes nothing.

    `source` is "webhook", "poll" or "import".
    """
    return record_items(
        session, [Item(account, event, delivery_id) for event in events], source=source
    )


def record_items(
    session: Session, items: Iterable[Item], *, source: str, labelled: Collection[str] = ()
) -> RecordResult:
    """Store events of several accounts in one go, posts first and what changes them after.

    Customers' posts wait for triage, but for those with a text that is `labelled` by now.
    """
    result = RecordResult()
    by_account = sorted(items, key=_account_id)
    found = [_screened(session, list(group)) for _, group in groupby(by_account, _account_id)]
    groups = [group for group in found if group]
    events = {group[0].account.id: [item.event for item in group] for group in groups}
    take_turns(session, events)
    hold_cases_of(session, events)
    for group in groups:
        result.add(_record_account(session, group, source, labelled))
    return result


def _account_id(item: Item) -> int:
    return item.account.id


def _screened(session: Session, group: list[Item]) -> list[Item]:
    """Leave out what was erased."""
    account = group[0].account
    pairs = screen(session, account, [(item.event, item.delivery_id) for item in group])
    return [Item(account, event, delivery_id) for event, delivery_id in pairs]


def _record_account(
    session: Session, items: list[Item], source: str, labelled: Collection[str]
) -> RecordResult:
    account = items[0].account
    posts = [(i.event, i.delivery_id) for i in items if isinstance(i.event, IncomingPost)]
    result = RecordResult()
    learn_legs(session, account, [post for post, _ in posts])
    follow_references(session, account, _followed(items))
    # Edits that change the id are rare; one by one, each finds what it replaces or is replaced by.
    plain = [one for one in posts if not one[0].previous_ids]
    for batch in (plain, *([one] for one in posts if one[0].previous_ids)):
        if batch:
            outcome = record_posts.insert_posts(session, account, batch, source, labelled)
            result.counts.update(outcome.counts)
            result.new_ids.extend(outcome.new_ids)
    # Our own answer may have been stored by another worker while this one waited for it.
    learn_legs(session, account, [post for post, _ in posts])
    changes = [change for item in items if (change := _change(item.event))]
    if changes:
        result.counts.update(record_changes.apply_changes(session, account, changes))
    for item in items:
        if isinstance(item.event, AccountRevoked):
            _revoke(account, item.event)
        elif isinstance(item.event, Ignored):
            result.counts["ignored" if item.event.known else "unknown_event"] += 1
        elif isinstance(item.event, Unreadable):
            result.counts["unreadable"] += 1
    _note_received(account)
    return result


def _note_received(account: Account) -> None:
    now = utcnow()
    if account.last_received_at is None or account.last_received_at < now - NOTED_EVERY:
        account.last_received_at = now


def _followed(items: Iterable[Item]) -> list[Followed]:
    told = [item.event for item in items if isinstance(item.event, InvitationFollowed)]
    return [Followed(one.reference, one.thread_id, one.author_id) for one in told]


def _change(event: Event) -> PostChange | None:
    if isinstance(event, PostEdited):
        return PostChange(event.external_id, EDITED, event.edited_at, event.text)
    if isinstance(event, PostDeleted):
        return PostChange(event.external_id, DELETED, event.deleted_at)
    if isinstance(event, PostHidden):
        return PostChange(event.external_id, HIDDEN if event.hidden else SHOWN, utcnow())
    return None


def _revoke(account: Account, event: AccountRevoked) -> None:
    account.state = NEEDS_RECONNECT
    account.state_cause = "revoked"
    account.state_reason = Words(event.reason)
    log.warning("account revoked", account=account.id, channel=account.channel)
