"""Compile conditions once, and hold them against posts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cel

from tanggap.rules.checker import check
from tanggap.rules.facts import Facts
from tanggap.rules.lists import NO_LISTS, Lists
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.reads import Reads
from tanggap.rules.values import read_values
from tanggap.rules.vocabulary import LABELS
from tanggap.rules.words import PostWords

_CEL_ERROR: Final = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")
_BIGGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that passed every check, and what it reads."""

    source: str
    program: cel.Program
    reads: Reads

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
        reads = check(source, None)
        return Condition(source, cel.compile(source), reads)
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


def context_for(facts: Facts, reads: Reads, lists: Lists = NO_LISTS) -> cel.Context:
    """Make what conditions see of one post; build it once and use it for every rule.

    Only what is read is made, since handing a value to CEL costs more than most conditions.
    """
    words = PostWords(facts.text, facts.mentions, facts.hashtags)
    functions: dict[str, Callable[..., object]] = {
        "words_any": words.words_any,
        "mentions_any": words.mentions_any,
        "hashtags_any": words.hashtags_any,
        "mentions_list": lambda key: words.mentions_any(lists.handles(key)),
        "words_list": lambda key: words.words_any(lists.names(key)),
        "list": lists.entries,
        "team_load": lambda key: facts.around.team_loads.get(key, 0),
    }
    variables = read_values(facts, reads, lists, words)
    try:
        return cel.Context(variables, functions)
    except (ValueError, OverflowError):
        return cel.Context(_tame(variables), functions)


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
