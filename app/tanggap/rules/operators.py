"""What the operators of conditions take and give."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from tanggap.rules.problems import choices
from tanggap.rules.tokens import Fault, Token
from tanggap.rules.vocabulary import FLAG, NUMBER, TEXT, WHOLE, Kind

LEVELS: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
}
"""How tightly each operator of two sides binds."""

TIGHTEST: Final = 6
"""Tighter than any operator of two sides."""

NUMERIC: Final = (WHOLE, NUMBER)


@dataclass(frozen=True, slots=True)
class Value:
    """What a part of a condition gives.

    `name` and `values` describe a name of the vocabulary; `literals` are texts written out, each
    with its offset.
    """

    kind: Kind
    at: int
    name: str = ""
    values: tuple[str, ...] = ()
    literals: tuple[tuple[str, int], ...] = ()


def demand(value: Value, kind: Kind, why: str) -> None:
    """Refuse a value of another type."""
    if value.kind == kind:
        return
    fix = f"Give {_example(kind)}."
    if kind is FLAG:
        fix = f"Compare it with {_example(value.kind)}."
    raise Fault(value.at, f"{why}, this is {value.kind}", fix)


def combine(operator: Token, left: Value, right: Value) -> Value:
    """Give the result of an operator with two sides, or refuse the sides."""
    kind = FLAG
    if operator.source in ("&&", "||"):
        for side in (left, right):
            demand(side, FLAG, f"{operator.source} joins yes/no")
    elif operator.source in ("==", "!="):
        _check_equality(operator, left, right)
    elif operator.source == "in":
        _check_membership(left, right)
    elif LEVELS[operator.source] == LEVELS["<"]:
        _check_order(operator, left, right)
    else:
        kind = _arithmetic(operator, left, right)
    return Value(kind, left.at)


def turn(operator: Token, inner: Value) -> Value:
    """Give the result of `!` or of a leading `-`, or refuse what follows."""
    if operator.source == "!":
        demand(inner, FLAG, "! turns a yes/no around")
    elif inner.kind not in NUMERIC:
        raise Fault(inner.at, f"- needs a number, this is {inner.kind}", "Remove the -.")
    return Value(inner.kind, operator.at)


def _check_equality(operator: Token, left: Value, right: Value) -> None:
    numbers = left.kind in NUMERIC and right.kind in NUMERIC
    if left.kind.item is not None:
        fix = 'Ask with in or exists, such as "banking" in hashtags.'
        raise Fault(left.at, "lists cannot be compared", fix)
    if not numbers and left.kind != right.kind:
        raise Fault(
            right.at,
            f"{left.kind} {operator.source} {right.kind} is the same for every post",
            f"Compare with {_example(left.kind)}.",
        )
    _check_values(left, right)
    _check_values(right, left)


def _check_membership(left: Value, right: Value) -> None:
    if right.kind.item is None or right.kind.item != left.kind:
        raise Fault(
            right.at,
            f"in needs a list of {left.kind}, this is {right.kind}",
            'Write for example: in ["complaint", "question"].',
        )
    _check_values(left, right)


def _check_order(operator: Token, left: Value, right: Value) -> None:
    for side in (left, right):
        if side.kind not in NUMERIC:
            fix = "Compare with == or !=." if side.kind.item is None else "Count it with size()."
            raise Fault(side.at, f"{operator.source} needs numbers, this is {side.kind}", fix)


def _arithmetic(operator: Token, left: Value, right: Value) -> Kind:
    for side in (left, right):
        if side.kind not in NUMERIC or (operator.source == "%" and side.kind is NUMBER):
            raise Fault(side.at, f"{operator.source} cannot take {side.kind}", "Use whole numbers.")
    if left.kind is not right.kind:
        raise Fault(
            right.at,
            f"{operator.source} cannot mix {left.kind} and {right.kind}",
            "Write 2.0 instead of 2 beside numbers with a point.",
        )
    return left.kind


def _check_values(named: Value, other: Value) -> None:
    """Refuse a written text that the name can never have."""
    for text, at in other.literals if named.values else ():
        if text not in named.values:
            near = difflib.get_close_matches(text.lower(), named.values, n=1)
            fix = f"Did you mean {near[0]}?" if near else choices(named.values)
            raise Fault(at, f"{named.name} is never {text!r}", fix)


def _example(kind: Kind) -> str:
    if kind.item is not None:
        return 'a list, such as ["…"]'
    examples = {TEXT: 'a text in quotes, such as "…"', WHOLE: "a number, such as 10"}
    return examples.get(kind, "a number, such as 0.5" if kind is NUMBER else "true or false")
