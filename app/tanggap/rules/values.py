"""The value that each name of the vocabulary has for one post."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tanggap.rules.facts import Facts
from tanggap.rules.lists import Lists
from tanggap.rules.reads import Reads
from tanggap.rules.vocabulary import LABELS, PROBABILITIES
from tanggap.rules.words import PostWords


def read_values(
    facts: Facts, reads: Reads, lists: Lists, words: PostWords | None = None
) -> dict[str, Any]:
    """Give what is read of a post: groups as mappings, all else by name."""
    words = words or PostWords(facts.text, facts.mentions, facts.hashtags)
    values: dict[str, Any] = {}
    for path in reads.paths:
        if path == PROBABILITIES:
            values[path] = {label: facts.probabilities.get(label, 0.0) for label in reads.labels}
            continue
        value = _READERS[path](facts, words, lists)
        group, dot, name = path.partition(".")
        if dot:
            values.setdefault(group, {})[name] = value
        else:
            values[path] = value
    return values


_READERS: Final[dict[str, Callable[[Facts, PostWords, Lists], Any]]] = {
    "label": lambda facts, *_: facts.label,
    "confidence": lambda facts, *_: facts.confidence,
    "certain": lambda facts, *_: facts.certain,
    "language": lambda facts, *_: facts.language,
    "channel": lambda facts, *_: facts.channel,
    "account": lambda facts, *_: facts.account,
    "kind": lambda facts, *_: facts.kind,
    "visibility": lambda facts, *_: facts.visibility,
    "text": lambda facts, *_: facts.text,
    "mentions": lambda _, words, __: words.mentions,
    "hashtags": lambda _, words, __: words.hashtags,
    "links": lambda _, words, __: words.links,
    "author.handle": lambda facts, *_: facts.author.handle,
    "author.name": lambda facts, *_: facts.author.name,
    "author.followers": lambda facts, *_: facts.author.followers,
    "author.verified": lambda facts, *_: facts.author.verified,
    "author.identity_verified": lambda facts, *_: facts.author.identity_verified,
    "author.tier": lambda facts, *_: facts.author.tier,
    "author.lists": lambda facts, _, lists: lists.holding(facts.author),
    "author.previous_cases": lambda facts, *_: facts.author.previous_cases,
    "author.last_satisfaction": lambda facts, *_: facts.author.last_satisfaction,
    "engagement.likes": lambda facts, *_: facts.engagement.likes,
    "engagement.replies": lambda facts, *_: facts.engagement.replies,
    "engagement.reposts": lambda facts, *_: facts.engagement.reposts,
    "engagement.per_hour": lambda facts, *_: facts.engagement.per_hour,
    "conversation.state": lambda facts, *_: facts.conversation.state,
    "conversation.posts": lambda facts, *_: facts.conversation.posts,
    "conversation.reopened": lambda facts, *_: facts.conversation.reopened,
    "conversation.answered": lambda facts, *_: facts.conversation.answered,
    "conversation.handover": lambda facts, *_: facts.conversation.handover,
    "conversation.assigned": lambda facts, *_: facts.conversation.assigned,
    "conversation.team": lambda facts, *_: facts.conversation.team,
    "conversation.priority": lambda facts, *_: facts.conversation.priority,
    "conversation.tags": lambda facts, *_: [str(tag) for tag in facts.conversation.tags],
    "conversation.age_hours": lambda facts, *_: facts.conversation.age_hours,
    "conversation.waiting_minutes": lambda facts, *_: facts.conversation.waiting_minutes,
    "time.hour": lambda facts, *_: facts.around.at.hour if facts.around.at else 12,
    "time.weekday": lambda facts, *_: facts.around.at.isoweekday() if facts.around.at else 1,
    "time.business_hours": lambda facts, *_: facts.around.business_hours,
}
EVERYTHING: Final = Reads(paths={*_READERS, PROBABILITIES}, labels=set(LABELS))
"""All that there is to read, with the labels of the shipped model."""
