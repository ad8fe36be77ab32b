"""What observers and rule actions see: plain values, no secrets, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tanggap.sdk.types import PostKind, Visibility


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of one text.

    `probabilities` sum to 1 over the bundle's labels; `confidence` is that of `label`.
    `language` is "id", "en", "mixed" or "other".
    """

    label: str
    confidence: float
    probabilities: Mapping[str, float]
    language: str
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A stored post as observers and rule actions see it: no secrets, no database.

    `url` is where the platform shows it; `case_url`, which rule actions get, where the inbox does.
    """

    id: int
    channel: str
    account_name: str
    conversation_id: int | None
    external_id: str
    author_name: str
    author_handle: str
    text: str
    kind: PostKind
    visibility: Visibility
    posted_at: datetime
    url: str | None
    case_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """A sent reply as observers see it."""

    id: int
    conversation_id: int
    text: str
    external_id: str
    agent_name: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Where the rules sent a post."""

    team: str | None
    assignee: str | None
    priority: Literal["urgent", "high", "normal", "low"]
    tags: Sequence[str] = ()
    not_ours: bool = False
