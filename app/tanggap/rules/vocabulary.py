"""The names, types and functions that conditions may use; `docs/rules.md` lists them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from tanggap.sdk.types import PostKind, Visibility


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as people read it; a list knows the type of its items."""

    name: str
    item: Kind | None = None

    def __str__(self) -> str:
        """Write the type."""
        return self.name


FLAG: Final = Kind("yes/no")
TEXT: Final = Kind("text")
WHOLE: Final = Kind("whole number")
NUMBER: Final = Kind("number")
TEXTS: Final = Kind("list of text", TEXT)
RECORD: Final = Kind("group")


@dataclass(frozen=True, slots=True)
class Variable:
    """A name in conditions; `values` are all the values it can have, where these are known."""

    kind: Kind
    meaning: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function; one with a `receiver` is written after a dot: `text.contains("refund")`."""

    result: Kind
    argument: Kind
    meaning: str
    receiver: Kind | None = None


LABELS: Final = ("complaint", "question", "feedback", "praise", "none")
"""The labels of the shipped model; those of the active one decide."""

LABEL: Final = "label"
PROBABILITIES: Final = "probabilities"
LANGUAGES: Final = ("id", "en", "mixed", "other")
REACHES: Final = ("small", "nano", "micro", "macro", "mega")
HANDOVERS: Final = ("public", "invited", "private", "owed", "closed")
STATES: Final = ("open", "waiting", "snoozed", "resolved", "not_ours")

VARIABLES: Final[dict[str, Variable]] = {
    "label": Variable(TEXT, "What the classifier, or a person, says the post is.", LABELS),
    "confidence": Variable(NUMBER, "Probability of the label, from 0.0 to 1.0."),
    "certain": Variable(FLAG, "Whether the confidence reaches the threshold of the label."),
    **{
        f"probabilities.{label}": Variable(NUMBER, f"Probability of {label}, from 0.0 to 1.0.")
        for label in LABELS
    },
    "language": Variable(TEXT, "Language of the text.", LANGUAGES),
    "channel": Variable(TEXT, "Key of the platform the post came from."),
    "account": Variable(TEXT, "Handle or name of the connected account."),
    "kind": Variable(TEXT, "What sort of post it is.", get_args(PostKind)),
    "visibility": Variable(TEXT, "Who can read the post.", get_args(Visibility)),
    "text": Variable(TEXT, "The text as it was written."),
    "mentions": Variable(
        TEXTS, "Handles the post names, in lower case without @; at most the first 100."
    ),
    "hashtags": Variable(
        TEXTS, "Hashtags of the post, in lower case without #; at most the first 100."
    ),
    "links": Variable(
        TEXTS, "Links in the text, in lower case without https://; at most the first 100."
    ),
    "author.handle": Variable(TEXT, "Handle of the author, without @."),
    "author.name": Variable(TEXT, "Name of the author."),
    "author.followers": Variable(WHOLE, "Followers of the author; 0 where the platform is silent."),
    "author.verified": Variable(FLAG, "Whether the platform marks the author as verified."),
    "author.identity_verified": Variable(
        FLAG, "Whether you have verified that the author is your customer, and it still holds."
    ),
    "author.tier": Variable(
        TEXT, "Reach of the author: from 1,000, 10,000, 100,000 and 1,000,000 followers.", REACHES
    ),
    "author.lists": Variable(TEXTS, "Keys of the lists on which the author stands."),
    "author.previous_cases": Variable(WHOLE, "Cases that the author had before this one."),
    "author.last_satisfaction": Variable(
        WHOLE, "Score from 1 to 5 that the author gave last; 0 where there is none."
    ),
    "engagement.likes": Variable(WHOLE, "Likes and reactions until now."),
    "engagement.replies": Variable(WHOLE, "Replies and comments until now."),
    "engagement.reposts": Variable(WHOLE, "Reposts, shares and quotes until now."),
    "engagement.per_hour": Variable(NUMBER, "Likes, replies and reposts an hour, lately."),
    "conversation.state": Variable(TEXT, "State of the case before the rules ran.", STATES),
    "conversation.posts": Variable(WHOLE, "Posts in the case, this one included."),
    "conversation.reopened": Variable(FLAG, "Whether this post woke a resolved case."),
    "conversation.answered": Variable(FLAG, "Whether we have answered in this case."),
    "conversation.handover": Variable(
        TEXT, "How far the case is on its way to private and back.", HANDOVERS
    ),
    "conversation.assigned": Variable(FLAG, "Whether a person has the case."),
    "conversation.team": Variable(TEXT, "Key of the team that has the case; empty for none."),
    "conversation.priority": Variable(
        TEXT, "Priority of the case before the rules ran.", ("urgent", "high", "normal", "low")
    ),
    "conversation.tags": Variable(TEXTS, "Tags of the case before the rules ran."),
    "conversation.age_hours": Variable(
        NUMBER, "Hours since the first post of the case was written."
    ),
    "conversation.waiting_minutes": Variable(
        NUMBER, "Minutes since the customer's newest post, while it has no answer; else 0.0."
    ),
    "time.hour": Variable(WHOLE, "Hour of the day, 0 to 23, where the team of the case works."),
    "time.weekday": Variable(WHOLE, "Day of the week there, from 1 (Monday) to 7 (Sunday)."),
    "time.business_hours": Variable(FLAG, "Whether the team of the case is open now."),
}

GROUPS: Final = frozenset(name.split(".")[0] for name in VARIABLES if "." in name)

FUNCTIONS: Final[dict[str, Function]] = {
    "words_any": Function(
        FLAG,
        TEXTS,
        "Whether the text has one of the words or phrases: whole words, whatever their case.",
    ),
    "mentions_any": Function(
        FLAG, TEXTS, "Whether the post names one of the handles, with or without @."
    ),
    "hashtags_any": Function(
        FLAG, TEXTS, "Whether the post has one of the hashtags, with or without #."
    ),
    "mentions_list": Function(
        FLAG, TEXT, "Whether the post names a handle (an entry with @) of the list with this key."
    ),
    "words_list": Function(
        FLAG, TEXT, "Whether the text has one of the words or phrases of the list with this key."
    ),
    "list": Function(TEXTS, TEXT, "The entries of the list with this key."),
    "team_load": Function(WHOLE, TEXT, "Open cases that wait for us in the team with this key."),
}

LISTED: Final = frozenset({"mentions_list", "words_list", "list"})
"""The functions that take the key of a list, written out."""

TEAM_LOAD: Final = "team_load"

METHODS: Final[dict[str, Function]] = {
    "contains": Function(FLAG, TEXT, "Whether the text has this part, same case.", TEXT),
    "startsWith": Function(FLAG, TEXT, "Whether the text begins so, same case.", TEXT),
    "endsWith": Function(FLAG, TEXT, "Whether the text ends so, same case.", TEXT),
    "matches": Function(
        FLAG, TEXT, "Whether a regular expression (written out, Rust syntax) is found.", TEXT
    ),
}

MACROS: Final[dict[str, str]] = {
    "exists": "Whether the condition holds for at least one item of the list.",
    "all": "Whether the condition holds for every item of the list.",
    "exists_one": "Whether the condition holds for exactly one item of the list.",
}

SIZE: Final = "Number of items of the list."


def top_names() -> list[str]:
    """List the names with which something in a condition begins."""
    return [*(name for name in VARIABLES if "." not in name), *sorted(GROUPS)]


def fields_of(group: str) -> list[str]:
    """List what stands after the dot of a group."""
    return [name.partition(".")[2] for name in VARIABLES if name.startswith(f"{group}.")]
