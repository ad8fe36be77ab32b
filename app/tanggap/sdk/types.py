"""Values that cross the line between the core and a plugin: frozen, none touch the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from tanggap.sdk.attaching import AttachedFile

PostKind = Literal["mention", "comment", "reply", "quote", "message", "review", "repost", "post"]
Visibility = Literal["public", "private"]
Action = Literal["hide", "show", "like", "unlike", "delete"]
Text = str | Mapping[str, str]
"""Words for people: plain English, or a text for each language: `{"en": …, "id": …}`."""


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One value the operator types when setting up a channel.

    A field of kind `secret` is stored encrypted and never sent back to the browser.
    """

    name: str
    label: Text
    kind: Literal["text", "secret", "url", "choice", "bool"] = "text"
    help: Text = ""
    required: bool = True
    choices: Sequence[tuple[str, Text]] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """The company's developer app on the platform: one per channel."""

    config: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """What an OAuth exchange gives; `expires_at` is None for tokens without an end."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    scopes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One connected page, profile or handle, with the app it was connected through."""

    external_id: str
    name: str
    token: Token
    app: AppCredentials
    handle: str = ""
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook call as it came in; header names are lower case, `body` is the raw bytes."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        if not all(name.islower() for name in self.headers):
            lower = {name.lower(): value for name, value in self.headers.items()}
            object.__setattr__(self, "headers", lower)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Media that came with a post; `url` is the platform's and may expire."""

    kind: Literal["image", "video", "audio", "file", "link", "location"]
    url: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingPost:
    """Anything somebody wrote that the account should know of, our own posts included.

    A post whose `author_id` equals `account_id` is the company's own: the core links it as an
    answer or keeps it as context, and never opens a conversation for it.
    `thread_id` is the platform's id of the whole thread; None lets the core find the thread
    through `in_reply_to`. `recipient_id` is the customer when the company wrote privately.
    `previous_ids` are the ids the post had before edits, oldest first, on platforms where an edit
    changes the id; `edited_at` goes with them. `reference` is what the customer brought along from
    the link of an invitation (`Invitation.reference_link`), where the platform tells it.
    """

    account_id: str
    external_id: str
    author_id: str
    text: str
    posted_at: datetime
    kind: PostKind = "mention"
    visibility: Visibility = "public"
    author_name: str = ""
    author_handle: str = ""
    author_followers: int | None = None
    author_verified: bool = False
    author_avatar_url: str | None = None
    recipient_id: str | None = None
    thread_id: str | None = None
    in_reply_to: str | None = None
    quoted_id: str | None = None
    url: str | None = None
    edited_at: datetime | None = None
    previous_ids: Sequence[str] = ()
    mentions: Sequence[str] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEdited:
    """A known post has a new text and kept its id."""

    account_id: str
    external_id: str
    text: str
    edited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDeleted:
    """A known post is gone from the platform."""

    account_id: str
    external_id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHidden:
    """A known post was hidden from, or shown again to, the public."""

    account_id: str
    external_id: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRevoked:
    """The person who connected the account withdrew the permission."""

    account_id: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFollowed:
    """A customer opened the private thread through an invitation's link; they may write next."""

    account_id: str
    author_id: str
    thread_id: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An event the inbox has no use for; counted by `event`, known or not."""

    event: str
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """One bad entry of a batch: the good ones go on, this one keeps the delivery as dead letter."""

    path: str
    reason: str


Event = (
    IncomingPost
    | PostEdited
    | PostDeleted
    | PostHidden
    | InvitationFollowed
    | AccountRevoked
    | Ignored
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a poll; `cursor` is opaque to the core and saved together with the events.

    `read_ids` are the ids of what the platform bills for this page, by the kind it prices them as,
    on platforms that bill reading.
    """

    events: Sequence[Event]
    cursor: str | None
    more: bool = False
    read_ids: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stored post that is to be answered or acted on.

    `by_us` says that the account wrote it, `under_ours` that its thread hangs under a post of the
    account's, `answers_us` that it answers or quotes one. `mentions` are handles without @.
    `last_private_at` is when the customer last wrote privately, and `answered_privately` says that
    this very post had a private answer of ours.
    """

    external_id: str
    author_id: str
    kind: PostKind
    visibility: Visibility
    posted_at: datetime
    thread_id: str | None = None
    by_us: bool = False
    under_ours: bool = False
    answers_us: bool = False
    mentions: Sequence[str] = ()
    last_private_at: datetime | None = None
    answered_privately: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a reply cannot be sent, told before it is tried; `instead` is what can be."""

    code: str
    message: Text
    instead: Visibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to send. `text` already carries the agent's initials.

    `to` is the external id of the post answered, `author_id` its author. `first_tried_at` is set
    on every try after the first, so that `find_sent` knows how far to look back. `to_kind` and
    `to_visibility` are those of the post answered: a private reply to a public comment has
    `visibility` "private" and `to_visibility` "public". A long text that `split` cut comes as
    `parts` replies, each `to` the one before it. `attachments` are within what `attaching` told;
    uploading one twice must do no harm.
    """

    to: str
    text: str
    idempotency_key: str
    author_id: str
    thread_id: str | None = None
    visibility: Visibility = "public"
    to_kind: PostKind = "mention"
    to_visibility: Visibility = "public"
    part: int = 1
    parts: int = 1
    first_tried_at: datetime | None = None
    attachments: Sequence[AttachedFile] = ()


@dataclass(frozen=True, slots=True)
class SentReply:
    """The platform's receipt of a reply."""

    external_id: str
    url: str | None = None


class Formality(StrEnum):
    """How formal a text should sound."""

    FORMAL = "formal"
    NEUTRAL = "neutral"
    CASUAL = "casual"


@dataclass(frozen=True, slots=True)
class ToneProfile:
    """How replies should sound on a channel; `sign_off` is keyed by language."""

    formality: Formality = Formality.NEUTRAL
    emoji: bool = False
    sign_off: Mapping[str, str] = field(default_factory=dict)
    avoid: Sequence[str] = ()
