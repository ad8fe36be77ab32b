"""Turn Echo's entries into events; webhooks and polling send the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tanggap.sdk import (
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    PostDeleted,
    PostEdited,
    Unreadable,
    WebhookRequest,
    read_json,
)

Reader = Callable[[str, Payload], Event]


def parse(request: WebhookRequest) -> Sequence[Event]:
    """Read a delivery; raises `InvalidPayload` when nothing of it can be read."""
    body = read_json(request.body)
    name = body.text("event")
    reader = READERS.get(name)
    if reader is None:
        return [Ignored(event=name, known=False)]
    return [reader(body.id("account"), body.mapping("entry"))]


def entries_of(account_id: str, entries: Iterable[Payload]) -> list[Event]:
    """Read a list entry by entry, so that a bad one does not cost the others."""
    events: list[Event] = []
    for entry in entries:
        try:
            events.append(created(account_id, entry))
        except InvalidPayload as error:
            events.append(Unreadable(path=error.path, reason=error.expected))
    return events


def created(account_id: str, entry: Payload) -> IncomingPost:
    """Read an entry, the account's own ones included."""
    external_id = entry.id("id")
    parent = entry.id_or_none("in_reply_to")
    if parent == external_id:
        raise InvalidPayload(f"{entry.path}.in_reply_to", "another entry")
    return IncomingPost(
        account_id=account_id,
        external_id=external_id,
        author_id=entry.id("author", "id"),
        author_name=entry.text_or("", "author", "name"),
        author_handle=entry.text_or("", "author", "handle"),
        text=entry.text("text"),
        posted_at=entry.moment("at"),
        edited_at=entry.moment("edited_at") if entry.has("edited_at") else None,
        kind="reply" if parent else "mention",
        thread_id=entry.id_or_none("thread"),
        in_reply_to=parent,
    )


def _edited(account_id: str, entry: Payload) -> Event:
    return PostEdited(
        account_id=account_id,
        external_id=entry.id("id"),
        text=entry.text("text"),
        edited_at=entry.moment("edited_at"),
    )


def _deleted(account_id: str, entry: Payload) -> Event:
    return PostDeleted(
        account_id=account_id, external_id=entry.id("id"), deleted_at=entry.moment("deleted_at")
    )


def _read(_account_id: str, _entry: Payload) -> Event:
    return Ignored(event="entry.read")


READERS: Mapping[str, Reader] = {
    "entry.created": created,
    "entry.edited": _edited,
    "entry.deleted": _deleted,
    "entry.read": _read,
}
