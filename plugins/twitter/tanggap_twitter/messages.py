"""Read direct messages: the v1.1 objects of webhooks and the v2 events of polls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from tanggap.sdk import (
    Attachment,
    Event,
    Ignored,
    IncomingPost,
    InvalidPayload,
    Payload,
    Unreadable,
    reference_in,
)
from tanggap_twitter import loose
from tanggap_twitter.people import Includes, Person, read_people
from tanggap_twitter.posts import media_of, moment_of_id, read_media, unescape

MESSAGE_CREATED = "MessageCreate"
LEGACY_CREATED = "message_create"
THREAD_PREFIX = "dm:"


def read_messages(holder: Payload, account_id: str) -> Iterator[Event]:
    """Yield the messages of a v1.1 body; a bad one is told and the others go on."""
    people = read_people(holder, "users")
    for entry in holder.items("direct_message_events"):
        try:
            yield _read_legacy(entry, account_id, people)
        except InvalidPayload as error:
            yield Unreadable(path=error.path, reason=error.expected)


def read_event(entry: Payload, account_id: str, includes: Includes) -> Event:
    """Read one v2 event of a conversation."""
    kind = entry.text_or(MESSAGE_CREATED, "event_type")
    if kind != MESSAGE_CREATED:
        return Ignored(event=f"dm_events.{kind}", known=kind.startswith("Participants"))
    sender = includes.person(entry.id("sender_id"))
    thread = _conversation(entry.id_or_none("dm_conversation_id"))
    return _message(
        account_id,
        entry.id("id"),
        sender,
        recipient=_other_side(entry, sender.id, account_id),
        text=entry.text_or("", "text"),
        entry=entry,
        thread=thread,
        attachments=media_of(entry, includes),
    )


def thread_of(one: str, other: str) -> str:
    """Name a conversation of two as X does: the smaller user id, a hyphen, the larger one."""
    first, second = sorted((one, other), key=_as_number)
    return f"{THREAD_PREFIX}{first}-{second}"


def _read_legacy(entry: Payload, account_id: str, people: Mapping[str, Person]) -> Event:
    kind = entry.text_or(LEGACY_CREATED, "type")
    if kind != LEGACY_CREATED:
        return Ignored(event=f"direct_message_events.{kind}", known=False)
    created = entry.mapping("message_create")
    sender_id, recipient = created.id("sender_id"), created.id("target", "recipient_id")
    data = created.mapping("message_data")
    return _message(
        account_id,
        entry.id("id"),
        people.get(sender_id) or Person(sender_id),
        recipient=recipient,
        text=data.text_or("", "text"),
        entry=entry,
        thread=thread_of(sender_id, recipient),
        attachments=read_media([loose.at(data, "attachment", "media")]),
    )


def _message(
    account_id: str,
    message_id: str,
    sender: Person,
    *,
    recipient: str | None,
    text: str,
    entry: Payload,
    thread: str | None,
    attachments: tuple[Attachment, ...],
) -> IncomingPost:
    own = sender.id == account_id
    if thread is None and recipient is not None:
        thread = thread_of(sender.id, recipient)
    return IncomingPost(
        account_id=account_id,
        external_id=message_id,
        author_id=sender.id,
        text=unescape(text),
        posted_at=_posted_at(entry, message_id),
        kind="message",
        visibility="private",
        author_name=sender.name,
        author_handle=sender.handle,
        author_followers=sender.followers,
        author_verified=sender.verified,
        author_avatar_url=sender.avatar_url,
        recipient_id=recipient if own else None,
        thread_id=thread,
        attachments=attachments,
        reference=None if own else reference_in(text),
    )


def _posted_at(entry: Payload, message_id: str) -> datetime:
    if entry.has("created_at"):
        return entry.moment("created_at")
    if entry.has("created_timestamp"):
        return entry.epoch("created_timestamp", unit=1000)
    return moment_of_id(message_id)


def _conversation(name: str | None) -> str | None:
    return None if name is None else f"{THREAD_PREFIX}{name}"


def _other_side(entry: Payload, sender_id: str, account_id: str) -> str | None:
    """Tell who else is in a conversation of two, by its name `a-b` or its participants."""
    names = (entry.id_or_none("dm_conversation_id") or "").split("-")
    if len(names) != 2:
        names = [loose.id_of(one) or "" for one in loose.items(entry, "participant_ids")]
    others = [name for name in names if name != sender_id]
    if len(names) == 2 and len(others) == 1:
        return others[0]
    return account_id if sender_id != account_id else None


def _as_number(name: str) -> tuple[int, str]:
    return (len(name), name)
