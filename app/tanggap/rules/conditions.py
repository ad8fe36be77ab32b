"""Compile conditions once, and hold them against posts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cel

from tanggap.rules.checker import check
from tanggap.rules.facts import Facts
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.vocabulary import LABELS, PROBABILITIES
from tanggap.rules.words import PostWords

_CEL_ERROR: Final = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")
_BIGGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that passed every check.

    `names` are those of the variables it reads, `labels` those whose probabilities it reads.
    """

    source: str
    program: cel.Program
    names: frozenset[str]
    labels: frozenset[str] = frozenset()

    def holds(self, context: cel.Context) -> bool:
        """Say whether the condition holds for the post of a context.

        Raises `ArithmeticError` for a division by zero or a number that grows too big.
        """
        return self.program.execute(context) is True


def compile_condition(source: str, labels: Collection[str] | None = LABELS) -> Condition:
    """Compile a condition, or take it from the cache; raises `InvalidRuleError`.

    It may name the `labels` of the active model; None lets it name any.
    """
    found = try_condition(source)
    if isinstance(found, InvalidRuleError):
        raise found.at()
    if labels is not None:
        check(source, labels)
    return found


@lru_cache(maxsize=4096)
def try_condition(source: str) -> Condition | InvalidRuleError:
    """Compile a condition, whatever labels it names, or say what is wrong; both are remembered."""
    try:
        labels = check(source, None)
        program = cel.compile(source)
        names = frozenset(_READERS.keys() & program.variables())
        return Condition(source, program, names, labels)
    except InvalidRuleError as error:
        return error
    except ValueError as error:
        found = _CEL_ERROR.search(str(error))
        line, column, problem = found.groups() if found else ("1", "1", str(error))
        return InvalidRuleError(
            problem,
            "See the list of names and functions for conditions.",
            field="condition",
            line=int(line),
            column=int(column),
        )


def context_for(
    facts: Facts, names: Iterable[str], labels: Collection[str] = LABELS
) -> cel.Context:
    """Make what conditions see of one post; build it once and use it for every rule.

    Only the variables of `names` are made, and only the probabilities of `labels`, since handing
    a value to CEL costs more than most conditions.
    """
    words = PostWords(facts.text, facts.mentions, facts.hashtags)
    functions = {
        "words_any": words.words_any,
        "mentions_any": words.mentions_any,
        "hashtags_any": words.hashtags_any,
    }
    variables = {name: _READERS[name](facts, words) for name in names}
    if PROBABILITIES in variables:
        variables[PROBABILITIES] = {label: facts.probabilities.get(label, 0.0) for label in labels}
    try:
        return cel.Context(variables, functions)
    except (ValueError, OverflowError):
        return cel.Context(_tame(variables), functions)


_READERS: Final[dict[str, Callable[[Facts, PostWords], Any]]] = {
    "label": lambda facts, _: facts.label,
    "confidence": lambda facts, _: facts.confidence,
    "certain": lambda facts, _: facts.certain,
    PROBABILITIES: lambda facts, _: dict(facts.probabilities),
    "language": lambda facts, _: facts.language,
    "channel": lambda facts, _: facts.channel,
    "account": lambda facts, _: facts.account,
    "kind": lambda facts, _: facts.kind,
    "visibility": lambda facts, _: facts.visibility,
    "text": lambda facts, _: facts.text,
    "mentions": lambda _, words: words.mentions,
    "hashtags": lambda _, words: words.hashtags,
    "author": lambda facts, _: {
        "handle": facts.author.handle,
        "name": facts.author.name,
        "followers": facts.author.followers,
        "verified": facts.author.verified,
    },
    "engagement": lambda facts, _: {
        "likes": facts.engagement.likes,
        "replies": facts.engagement.replies,
        "reposts": facts.engagement.reposts,
    },
    "conversation": lambda facts, _: {
        "state": facts.conversation.state,
        "posts": facts.conversation.posts,
        "reopened": facts.conversation.reopened,
    },
}
VARIABLE_NAMES: Final = frozenset(_READERS)
"""The variables of CEL: the names of the vocabulary up to the dot."""


def _tame(value: Any) -> Any:
    """Replace what CEL cannot hold: half characters and numbers beyond 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _tame(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tame(item) for item in value]
    if type(value) is int:
        return max(-_BIGGEST, min(_BIGGEST, value))
    return value
