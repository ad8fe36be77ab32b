"""Read a condition before CEL does: names, types, and how much of it there is.

CEL itself has no type checker here, finds unknown names only while running, and overflows the
stack of the process on deep nesting (seen with common-expression-language 0.10: 80 brackets in
a thread of 512 KiB). So every condition passes this reader before CEL sees it. It accepts the
part of CEL that `vocabulary` describes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import cel

from tanggap.rules.operators import LEVELS, TIGHTEST, Value, combine, demand, turn
from tanggap.rules.patterns import check_pattern
from tanggap.rules.problems import InvalidRuleError, choices, closest
from tanggap.rules.reads import Reads
from tanggap.rules.tokens import Fault, Token, tokenize
from tanggap.rules.vocabulary import (
    FLAG,
    FUNCTIONS,
    GROUPS,
    LABEL,
    LABELS,
    LISTED,
    MACROS,
    METHODS,
    NUMBER,
    PROBABILITIES,
    RECORD,
    TEAM_LOAD,
    TEXT,
    VARIABLES,
    WHOLE,
    Function,
    Kind,
    fields_of,
    top_names,
)

MAX_DEPTH: Final = 30
MAX_OPERATORS: Final = 200
_TAKES_KEY: Final = LISTED | {TEAM_LOAD}

_MENDS: Final = {
    "=": "Compare with ==.",
    "and": "Write && for and.",
    "or": "Write || for or.",
    "not": "Write ! for not.",
    "?": "Choices are not part of conditions; use && and ||.",
    "[": "Write a dot and the name, such as probabilities.complaint.",
}


def check(source: str, labels: Collection[str] | None = LABELS) -> Reads:
    """Check a condition; raises `InvalidRuleError` with the place and the fix.

    `labels` are those the active model gives; None accepts any, since a rule that was written for
    another model must not keep the others from running.
    """
    try:
        checker = _Checker(tokenize(source), None if labels is None else tuple(labels))
        checker.check()
    except Fault as fault:
        raise InvalidRuleError(
            fault.problem,
            fault.fix,
            field="condition",
            line=source.count("\n", 0, fault.at) + 1,
            column=fault.at - source.rfind("\n", 0, fault.at),
        ) from fault
    return checker.reads


class _Checker:
    def __init__(self, tokens: list[Token], labels: tuple[str, ...] | None) -> None:
        self.reads = Reads()
        self._tokens = tokens
        self._labels = labels
        self._index = 0
        self._depth = 0
        self._operators = 0
        self._items: dict[str, Value] = {}

    def check(self) -> None:
        result = self._expression(1)
        if self._token.kind != "end":
            raise self._unexpected()
        demand(result, FLAG, "the whole condition must be yes/no")

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._token
        self._index += 1
        return token

    def _take(self, source: str) -> bool:
        found = self._token.source == source
        self._index += found
        return found

    def _expect(self, source: str) -> None:
        if not self._take(source):
            raise self._unexpected(f"Write {source} here.")

    def _name(self, fix: str) -> Token:
        if self._token.kind != "name":
            raise self._unexpected(fix)
        return self._next()

    def _expression(self, level: int) -> Value:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Fault(self._token.at, f"nested more than {MAX_DEPTH} deep", "Split the rule.")
        left = self._unary()
        while LEVELS.get(self._token.source, 0) >= level:
            operator = self._operator()
            left = combine(operator, left, self._expression(LEVELS[operator.source] + 1))
        self._depth -= 1
        return left

    def _unary(self) -> Value:
        if self._token.source not in ("!", "-"):
            return self._member()
        operator = self._operator()
        return turn(operator, self._expression(TIGHTEST))

    def _operator(self) -> Token:
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            fix = "Use in [...], or split the rule."
            raise Fault(self._token.at, f"more than {MAX_OPERATORS} operators", fix)
        return self._next()

    def _member(self) -> Value:
        value = self._primary()
        while self._take("."):
            name = self._name("Write a name after the dot.")
            called = self._take("(")
            value = self._method(value, name) if called else self._field(value, name)
        if value.kind is RECORD:
            fix = choices(fields_of(value.name))
            raise Fault(value.at, f"{value.name} is a group of values", fix)
        return value

    def _primary(self) -> Value:
        if self._token.kind in ("mark", "end") and self._token.source not in ("(", "["):
            raise self._unexpected()
        token = self._next()
        if token.kind == "text":
            return Value(TEXT, token.at, literals=((str(cel.evaluate(token.source)), token.at),))
        if token.kind in ("whole", "number"):
            return Value(WHOLE if token.kind == "whole" else NUMBER, token.at)
        if token.kind == "name":
            return self._named(token)
        if token.source == "[":
            return self._list(token)
        inner = self._expression(1)
        self._expect(")")
        return inner

    def _named(self, token: Token) -> Value:
        name = token.source
        if name in ("true", "false"):
            return Value(FLAG, token.at)
        if self._take("("):
            return self._call(token)
        if name in self._items:
            return replace(self._items[name], at=token.at)
        if name in GROUPS:
            return Value(RECORD, token.at, name=name)
        if name in VARIABLES:
            variable = VARIABLES[name]
            self.reads.paths.add(name)
            values = (self._labels or ()) if name == LABEL else variable.values
            return Value(variable.kind, token.at, name=name, values=values)
        fix = _MENDS.get(name) or closest(name, [*top_names(), *self._items])
        raise Fault(token.at, f"{name!r} is not known", fix)

    def _list(self, token: Token) -> Value:
        items: list[Value] = []
        while not self._take("]"):
            if items:
                self._expect(",")
                if self._take("]"):
                    break
            items.append(self._expression(1))
        if not items:
            raise Fault(token.at, "the list is empty", "Write at least one item.")
        kind = items[0].kind
        for item in items:
            demand(item, kind, "all items of a list have the same type")
        literals = tuple(literal for item in items for literal in item.literals)
        return Value(Kind(f"list of {kind}", kind), token.at, literals=literals)

    def _call(self, token: Token) -> Value:
        if token.source == "size":
            return self._size(token, self._expression(1))
        if token.source not in FUNCTIONS:
            fix = closest(token.source, [*FUNCTIONS, "size"])
            raise Fault(token.at, f"no function {token.source!r}", fix)
        if token.source not in _TAKES_KEY:
            return self._apply(token, FUNCTIONS[token.source])
        written = self._token
        result = self._apply(token, FUNCTIONS[token.source])
        self._check_written(written, f'Write {token.source}("…").')
        key = str(cel.evaluate(written.source))
        (self.reads.teams if token.source == TEAM_LOAD else self.reads.lists).add(key)
        return result

    def _method(self, value: Value, name: Token) -> Value:
        if value.kind.item is not None:
            return self._list_method(value, name)
        if value.kind is not TEXT or name.source not in METHODS:
            known = METHODS if value.kind is TEXT else ()
            raise Fault(
                name.at,
                f"{value.kind} has no function {name.source!r}",
                closest(name.source, known),
            )
        written = self._token
        result = self._apply(name, METHODS[name.source])
        if name.source == "matches":
            self._check_pattern(written)
        return Value(result.kind, value.at)

    def _list_method(self, value: Value, name: Token) -> Value:
        if name.source == "size":
            return self._size(name, value)
        if name.source not in MACROS or value.kind.item is None:
            fix = closest(name.source, [*MACROS, "size"])
            raise Fault(name.at, f"{value.kind} has no function {name.source!r}", fix)
        if self._items:
            raise Fault(name.at, f"{name.source} inside another", "Go through one list at a time.")
        item = self._name(f"Write a name for the item, such as {name.source}(m, …).")
        if item.source in VARIABLES or item.source in GROUPS:
            raise Fault(item.at, f"{item.source!r} is taken", "Give the item another name.")
        self._expect(",")
        self._items = {item.source: Value(value.kind.item, item.at, name=item.source)}
        body = self._expression(1)
        self._items = {}
        self._expect(")")
        demand(body, FLAG, f"{name.source} needs a yes/no")
        return Value(FLAG, value.at)

    def _apply(self, name: Token, function: Function) -> Value:
        argument = self._expression(1)
        demand(argument, function.argument, f"{name.source} takes {function.argument}")
        self._expect(")")
        return Value(function.result, name.at)

    def _size(self, name: Token, value: Value) -> Value:
        if value.kind.item is None:
            problem = f"size counts the items of a list, this is {value.kind}"
            raise Fault(value.at, problem, "Remove it.")
        self._expect(")")
        return Value(WHOLE, name.at)

    def _field(self, value: Value, name: Token) -> Value:
        if value.kind is RECORD and value.name == PROBABILITIES:
            return self._probability(value, name)
        path = f"{value.name}.{name.source}"
        if value.kind is not RECORD or path not in VARIABLES:
            fields = fields_of(value.name) if value.kind is RECORD else ()
            fix = closest(name.source, fields) if fields else "Remove the dot and the name."
            owner = value.name or str(value.kind)
            raise Fault(name.at, f"{owner} has no {name.source!r}", fix)
        variable = VARIABLES[path]
        self.reads.paths.add(path)
        return Value(variable.kind, value.at, name=path, values=variable.values)

    def _probability(self, value: Value, name: Token) -> Value:
        if self._labels is not None and name.source not in self._labels:
            fix = closest(name.source, self._labels)
            raise Fault(name.at, f"{value.name} has no {name.source!r}", fix)
        self.reads.paths.add(PROBABILITIES)
        self.reads.labels.add(name.source)
        return Value(NUMBER, value.at, name=f"{value.name}.{name.source}")

    def _check_pattern(self, written: Token) -> None:
        self._check_written(written, 'Write matches("…").')
        check_pattern(written)

    def _check_written(self, written: Token, fix: str) -> None:
        if written.kind != "text" or self._tokens[self._index - 2] is not written:
            raise Fault(written.at, "this must be written out", fix)

    def _unexpected(self, fix: str = "") -> Fault:
        token = self._token
        what = repr(token.source) if token.source else "the end"
        mend = _MENDS.get(token.source) or fix or "Complete the condition."
        return Fault(token.at, f"{what} does not fit here", mend)
