"""What the API gives: people, cases, posts and the rest, as JSON has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from tanggap.rules.masking import mask, mask_links
from tanggap.store.conversations import PRIORITIES

Covered = Annotated[str, BeforeValidator(mask)]
"""A text of a customer in which personal data is covered, as lists show it."""

Ours = Annotated[str, BeforeValidator(mask_links)]
"""A text of ours, in which only the secrets of links are covered."""


def _priority(stored: object) -> object:
    return PRIORITIES[stored] if isinstance(stored, int) else stored


class Thing(BaseModel):
    """Anything that is given; read from a row or a dataclass."""

    model_config = ConfigDict(from_attributes=True)


class Ref(Thing):
    """A person, as colleagues see them."""

    id: int
    name: str
    initials: str


class TeamRef(Thing):
    """A team."""

    id: int
    key: str
    name_id: str
    name_en: str


class Person(Ref):
    """A person with what those who plan work may see."""

    email: str
    role: str
    active: bool
    language: str
    teams: list[TeamRef]


class Account(Thing):
    """A connected account, without its secrets."""

    id: int
    channel: str
    external_id: str
    name: str
    handle: str
    state: str
    connected_at: datetime
    last_received_at: datetime | None
    health_status: str


class Author(Thing):
    """Somebody who writes, as far as the platform tells."""

    id: int
    channel: str
    external_id: str
    name: str
    handle: str
    followers: int | None
    verified: bool
    first_seen_at: datetime


class Conversation(Thing):
    """A case. `revision` guards changes: give it back with the next one.

    `created_at` is when it was stored; the posts of one that was imported are older.
    """

    id: int
    revision: int
    channel: str
    account_id: int
    author: Author
    visibility: str
    state: str
    priority: Annotated[str, BeforeValidator(_priority)]
    label: str | None
    confidence: float | None
    certain: bool
    language: str | None
    tags: list[str]
    team: TeamRef | None
    assignee: Ref | None
    handover: str
    waits: bool
    needs_approval: bool
    snippet: Covered
    post_count: int
    created_at: datetime
    last_post_at: datetime
    last_inbound_at: datetime | None
    first_answered_at: datetime | None
    resolved_at: datetime | None
    next_due: str | None
    next_due_at: datetime | None


class ConversationPage(Thing):
    """A page of a list; `next` leads to the next one, as `after`."""

    items: list[Conversation]
    next: str | None


class Post(Thing):
    """A post; `label` is a person's word where there is one, else the model's.

    Personal data that a customer wrote in public is covered, as in the inbox.
    """

    id: int
    external_id: str
    conversation_id: int | None
    author: Author
    kind: str
    visibility: str
    from_us: bool
    text: str
    url: str | None
    posted_at: datetime
    received_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    hidden: bool
    label: str | None = None
    label_by: str | None = None
    confidence: float | None = None


class Reply(Thing):
    """An answer on its way; `state` is queued, sending, sent, failed, unknown or undone."""

    id: int
    conversation_id: int
    user: Ref
    text: Ours
    visibility: str
    state: str
    error_code: str
    error: Annotated[str, BeforeValidator(str)]
    external_id: str | None
    url: str | None
    post_id: int | None
    send_after: datetime | None
    created_at: datetime
    sent_at: datetime | None


class Sent(Thing):
    """What became of an answer: in the outbox, or with somebody who has to approve it."""

    reply: Reply | None
    approval_id: int | None


class Note(Thing):
    """A note to colleagues; without words once it was taken back."""

    id: int
    conversation_id: int
    user: Ref
    kind: str
    text: str
    created_at: datetime
    deleted_at: datetime | None


class Draft(Thing):
    """What the person has typed; `base` names the text for the next change of it."""

    text: str
    base: str
    visibility: str
    purpose: str
    promised_until: datetime | None
    seen_post_id: int | None
    updated_at: datetime | None


class Clock(Thing):
    """A clock of a case."""

    kind: str
    started_at: datetime
    due_at: datetime | None
    paused_at: datetime | None
    met_at: datetime | None
    ended_at: datetime | None
    broken_at: datetime | None


class Case(Thing):
    """A conversation with its newest posts, oldest first; `earlier` leads to those before.

    `seen_post_id` goes with an answer: it says what its writer has read.
    """

    conversation: Conversation
    posts: list[Post]
    earlier: str | None
    ancestors: list[Post]
    siblings: list[Post]
    replies: list[Reply]
    notes: list[Note]
    clocks: list[Clock]
    seen_post_id: int


class Finding(Thing):
    """Something the linter says of a draft; one that `blocks` keeps it from being sent."""

    code: str
    severity: str
    message: dict[str, str]
    start: int
    end: int
    blocks: bool


class Checked(Thing):
    """A draft as the platform counts it, with what the linter says."""

    text: str
    length: int
    limit: int
    pieces: list[str]
    findings: list[Finding]


class Suggestion(Thing):
    """A template filled in for a case."""

    key: str
    step: str
    text: str


class Label(Thing):
    """A label that people may give."""

    key: str
    name: str


class Alert(Thing):
    """Something a rule wants somebody to look at."""

    id: int
    level: str
    text: str
    conversation_id: int | None
    rule_key: str
    created_at: datetime
    closed_at: datetime | None


class Me(Thing):
    """Whom the token stands for, and what it may."""

    user: Person
    scopes: list[str]
