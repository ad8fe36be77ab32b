"""What the rules may know of one post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tanggap.sdk.types import PostKind, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorFacts:
    """Who wrote the post; `handle` is without the @."""

    handle: str = ""
    name: str = ""
    followers: int = 0
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementFacts:
    """What others did with the post until now."""

    likes: int = 0
    replies: int = 0
    reposts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """The case the post belongs to; `posts` counts this one, `reopened` is True when it woke it."""

    state: str = "open"
    posts: int = 1
    reopened: bool = False


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
