"""What the rules may know of one post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tanggap.sdk.types import PostKind, Visibility

TIERS: Final = {"mega": 1_000_000, "macro": 100_000, "micro": 10_000, "nano": 1_000}
"""The least followers of each tier of authors, the widest first; below is "small"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorFacts:
    """Who wrote the post; `handle` is without the @, `previous_cases` are on all accounts.

    `last_satisfaction` is the score from 1 to 5 that was given last, or 0.
    """

    handle: str = ""
    name: str = ""
    followers: int = 0
    verified: bool = False
    identity_verified: bool = False
    previous_cases: int = 0
    last_satisfaction: int = 0

    @property
    def tier(self) -> str:
        """How far the author reaches."""
        return next((name for name, least in TIERS.items() if self.followers >= least), "small")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementFacts:
    """What others did with the post until now, and how many of it came an hour lately."""

    likes: int = 0
    replies: int = 0
    reposts: int = 0
    per_hour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """The case the post belongs to; `posts` counts this one, `reopened` is True when it woke it.

    `team` is a key; `waiting_minutes` is 0 for a customer who does not wait for us.
    """

    state: str = "open"
    posts: int = 1
    reopened: bool = False
    answered: bool = False
    handover: str = "public"
    assigned: bool = False
    team: str = ""
    priority: str = "normal"
    tags: Sequence[str] = ()
    age_hours: float = 0.0
    waiting_minutes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is so around the post: the time where its team works, and how busy teams are.

    `team_loads` are the open cases that wait for us, by the key of their team.
    """

    at: datetime | None = None
    business_hours: bool = True
    team_loads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One post with its verdict.

    `certain` says that the confidence reaches the threshold of its label; `account` is the
    handle or name of the connected account; `mentions` and `hashtags` may carry their @ and #.
    """

    label: str
    confidence: float
    certain: bool
    language: str
    channel: str
    text: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    account: str = ""
    kind: PostKind = "mention"
    visibility: Visibility = "public"
    mentions: Sequence[str] = ()
    hashtags: Sequence[str] = ()
    author: AuthorFacts = AuthorFacts()
    engagement: EngagementFacts = EngagementFacts()
    conversation: ConversationFacts = ConversationFacts()
    around: Surroundings = Surroundings()
