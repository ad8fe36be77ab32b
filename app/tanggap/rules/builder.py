"""Conditions as rows and groups, as the editor shows them; written as CEL and read back.

What rows cannot say stays text: `read_rows` gives None for it. Everything that rows can ask comes
from the vocabulary, so a new variable or function is offered without a change here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from tanggap.rules.checker import check
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.vocabulary import (
    FLAG,
    FUNCTIONS,
    LABEL,
    LABELS,
    METHODS,
    NUMBER,
    PROBABILITIES,
    TEXT,
    TEXTS,
    VARIABLES,
    WHOLE,
    Kind,
)

Join = Literal["all", "any"]
Takes = Literal["nothing", "one", "many", "number"]

MAX_LEVELS: Final = 3
MAX_ROWS: Final = 60
_SHORT: Final = 88
"""A condition up to this length stands on one line."""

COMPARISONS: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
"""Every comparison with its opposite."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_WHOLE: Final = re.compile(r"-?\d{1,18}")
_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,18})?")


@dataclass(frozen=True, slots=True)
class Row:
    """One question about the post: a subject of `subjects`, one of its operators, the values."""

    subject: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups of which all or any hold; with `negated`, of which not all or none do."""

    join: Join
    parts: tuple[Row | Group, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row can be about: a variable, or a function written with `()`."""

    name: str
    kind: Kind
    operators: dict[str, Takes]
    meaning: str
    values: tuple[str, ...] = ()


def subjects(labels: Collection[str] = LABELS) -> dict[str, Subject]:
    """List what rows can be about, in the vocabulary's order, with the labels of the model."""
    found: dict[str, Subject] = {}
    for name, variable in VARIABLES.items():
        if name.startswith(f"{PROBABILITIES}."):
            continue
        operators = operators_of(variable.kind)
        values = tuple(labels) if name == LABEL else variable.values
        if operators:
            found[name] = Subject(name, variable.kind, operators, variable.meaning, values)
    for label in filter(_IDENTIFIER.fullmatch, labels):
        name = f"{PROBABILITIES}.{label}"
        meaning = f"Probability of {label}, from 0.0 to 1.0."
        found[name] = Subject(name, NUMBER, operators_of(NUMBER), meaning)
    for name, function in FUNCTIONS.items():
        if function.result is FLAG and function.argument in (TEXT, TEXTS):
            takes: Takes = "many" if function.argument is TEXTS else "one"
            operators = {"any": takes, "none": takes}
            found[f"{name}()"] = Subject(
                f"{name}()", function.argument, operators, function.meaning
            )
    return found


def operators_of(kind: Kind) -> dict[str, Takes]:
    """List the operators of a variable of this type, each with what it takes."""
    if kind is FLAG:
        return {"yes": "nothing", "no": "nothing"}
    if kind in (WHOLE, NUMBER):
        return dict.fromkeys(COMPARISONS, "number")
    if kind is TEXT:
        methods = [
            name
            for name, method in METHODS.items()
            if method.receiver is TEXT and method.argument is TEXT and method.result is FLAG
        ]
        parts: dict[str, Takes] = {f"{no}{name}": "one" for name in methods for no in ("", "not_")}
        return {"is": "many", "is_not": "many", **parts}
    if kind.item is TEXT:
        sizes: dict[str, Takes] = {f"size{sign}": "number" for sign in COMPARISONS}
        return {"has": "one", "has_not": "one", **sizes}
    return {}


def opposite(operator: str) -> str:
    """Name the operator that holds exactly when this one does not."""
    pairs = {"yes": "no", "is": "is_not", "has": "has_not", "any": "none"}
    both = pairs | {no: yes for yes, no in pairs.items()} | COMPARISONS
    if operator in both:
        return both[operator]
    if operator.startswith("size"):
        return f"size{COMPARISONS[operator.removeprefix('size')]}"
    return operator.removeprefix("not_") if operator.startswith("not_") else f"not_{operator}"


def normal(group: Group) -> Group:
    """Drop groups that say nothing, and join those that say the same as the one around them."""
    found = _normal(group)
    if isinstance(found, Row):
        return Group("all", (found,))
    return found if found.parts else Group("all")


def _normal(part: Row | Group) -> Row | Group:
    if isinstance(part, Row):
        return part
    parts: list[Row | Group] = []
    for inner in map(_normal, part.parts):
        if isinstance(inner, Group) and inner.join == part.join and not inner.negated:
            parts.extend(inner.parts)
        elif isinstance(inner, Row) or inner.parts:
            parts.append(inner)
    if len(parts) == 1:
        return _negated(parts[0]) if part.negated else parts[0]
    return Group(part.join, tuple(parts), part.negated)


def _negated(part: Row | Group) -> Row | Group:
    if isinstance(part, Row):
        return replace(part, operator=opposite(part.operator))
    return replace(part, negated=not part.negated)


def levels(group: Group) -> int:
    """Count how deep groups stand in each other, the outermost included."""
    return 1 + max((levels(part) for part in group.parts if isinstance(part, Group)), default=0)


def rows_of(group: Group) -> list[Row]:
    """List the rows of a group and of those inside it, from top to bottom."""
    found: list[Row] = []
    for part in group.parts:
        found.extend([part] if isinstance(part, Row) else rows_of(part))
    return found


def write_rows(group: Group) -> str:
    """Write a group as CEL; one without rows holds for every post."""
    group = normal(group)
    if not group.parts:
        return "true"
    return _write(group, 0, outermost=True)


def _write(group: Group, depth: int, *, outermost: bool = False) -> str:
    sign = "&&" if group.join == "all" else "||"
    bare = outermost and not group.negated
    inner = 0 if bare else depth + 1
    parts = [write_row(p) if isinstance(p, Row) else _write(p, inner) for p in group.parts]
    line = f" {sign} ".join(parts)
    if len(line) > _SHORT or "\n" in line:
        margin = "  " * inner
        line = f"\n{margin}{sign} ".join(parts)
        if not bare:
            line = f"\n{margin}{line}\n{'  ' * depth}"
    return line if bare else f"{'!' if group.negated else ''}({line})"


def write_row(row: Row) -> str:
    """Write one row as CEL, whether or not it is complete."""
    subject, operator = row.subject, row.operator
    one = row.values[0] if row.values else ""
    if operator in ("yes", "no"):
        return subject if operator == "yes" else f"!{subject}"
    if operator in COMPARISONS:
        return f"{subject} {operator} {one}".rstrip()
    if operator.startswith("size"):
        return f"size({subject}) {operator.removeprefix('size')} {one}".rstrip()
    if operator in ("is", "is_not"):
        return _write_choice(subject, operator, row.values)
    return _write_call(row, _literal(one))


def _write_call(row: Row, one: str) -> str:
    subject, operator = row.subject, row.operator
    if operator in ("has", "has_not"):
        return f"{one} in {subject}" if operator == "has" else f"!({one} in {subject})"
    if operator in ("any", "none"):
        name = subject.removesuffix("()")
        known = FUNCTIONS.get(name)
        given = one if known is not None and known.argument is TEXT else _list(row.values)
        return f"{'!' if operator == 'none' else ''}{name}({given})"
    method = operator.removeprefix("not_")
    return f"{'!' if method != operator else ''}{subject}.{method}({one})"


def _write_choice(subject: str, operator: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{subject} {'==' if operator == 'is' else '!='} {_literal(values[0])}"
    found = f"{subject} in {_list(values)}"
    return found if operator == "is" else f"!({found})"


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_literal, values))}]"


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def row_problem(row: Row, labels: Collection[str] = LABELS) -> InvalidRuleError | None:
    """Say what is wrong with one row, or nothing."""
    subject = subjects(labels).get(row.subject)
    if subject is None:
        return InvalidRuleError(f"{row.subject!r} is not known", "Choose what the row is about.")
    takes = subject.operators.get(row.operator)
    if takes is None:
        return InvalidRuleError(f"{row.operator!r} does not fit here", "Choose a comparison.")
    if takes == "number":
        return _number_problem(subject.kind, row.values[0] if row.values else "")
    if takes != "nothing" and not any(row.values):
        return InvalidRuleError("nothing is given to compare with", "Enter a value.")
    try:
        check(write_row(row), labels)
    except InvalidRuleError as error:
        return error
    return None


def _number_problem(kind: Kind, value: str) -> InvalidRuleError | None:
    if kind is NUMBER:
        right, what, example = _NUMBER.fullmatch(value), "number", "0.5"
    else:
        right, what, example = _WHOLE.fullmatch(value), "whole number", "10"
    if right:
        return None
    return InvalidRuleError(f"expected a {what}, got {value!r}", f"Write for example {example}.")
