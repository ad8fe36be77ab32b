"""Read a CEL condition as rows and groups, where rows can say the same."""

from __future__ import annotations

import cel

from tanggap.rules.builder import (
    COMPARISONS,
    MAX_LEVELS,
    MAX_ROWS,
    Group,
    Row,
    levels,
    normal,
    opposite,
    rows_of,
)
from tanggap.rules.checker import check
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.tokens import Fault, Token, tokenize
from tanggap.rules.vocabulary import (
    FLAG,
    FUNCTIONS,
    METHODS,
    NUMBER,
    PROBABILITIES,
    TEXT,
    TEXTS,
    VARIABLES,
    WHOLE,
    Kind,
)


class _NotRowsError(Exception):
    """Rows cannot say this."""


def read_rows(source: str) -> Group | None:
    """Read a condition as rows; None where they cannot say the same. Comments are dropped."""
    try:
        check(source, None)
        reader = _Reader(tokenize(source))
        found = reader.whole()
    except (InvalidRuleError, Fault, _NotRowsError):
        return None
    group = normal(found if isinstance(found, Group) else Group("all", (found,)))
    fits = levels(group) <= MAX_LEVELS and len(rows_of(group)) <= MAX_ROWS
    return group if fits else None


def has_comments(source: str) -> bool:
    """Tell whether a condition holds remarks, which rows would drop."""
    try:
        tokens = tokenize(source)
    except Fault:
        return False
    ends = [token.at + len(token.source) for token in tokens]
    gaps = zip([0, *ends], (token.at for token in tokens), strict=False)
    return any("//" in source[end:start] for end, start in gaps)


class _Reader:
    """Reads what passed the checker, so types fit and brackets are closed."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    def whole(self) -> Row | Group:
        if [token.source for token in self._tokens] == ["true", ""]:
            return Group("all")
        found = self._any()
        if self._token.kind != "end":
            raise _NotRowsError
        return found

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._token
        self._index += 1
        return token

    def _take(self, source: str) -> bool:
        found = self._token.source == source and self._token.kind != "text"
        self._index += found
        return found

    def _expect(self, source: str) -> None:
        if not self._take(source):
            raise _NotRowsError

    def _any(self) -> Row | Group:
        parts = [self._all()]
        while self._take("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Group("any", tuple(parts))

    def _all(self) -> Row | Group:
        parts = [self._one()]
        while self._take("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Group("all", tuple(parts))

    def _one(self) -> Row | Group:
        if self._take("!"):
            return _turned(self._one())
        if self._take("("):
            inner = self._any()
            self._expect(")")
            return inner
        return self._row()

    def _row(self) -> Row:
        if self._token.kind == "text":
            value = self._text()
            self._expect("in")
            return Row(self._list_variable(), "has", (value,))
        if self._token.kind != "name":
            raise _NotRowsError
        if self._tokens[self._index + 1].source == "(":
            return self._call()
        return self._about(self._path())

    def _path(self) -> str:
        names = [self._next().source]
        while self._token.source == "." and self._tokens[self._index + 2].source != "(":
            self._index += 1
            names.append(self._next().source)
        return ".".join(names)

    def _about(self, name: str) -> Row:
        kind = _kind(name)
        if kind is FLAG:
            return Row(name, "yes")
        if kind in (WHOLE, NUMBER):
            return Row(name, self._comparison(), (self._number(),))
        if kind is not TEXT:
            raise _NotRowsError
        if self._take("."):
            return Row(name, *self._method())
        if self._take("in"):
            return Row(name, "is", self._texts())
        operator = {"==": "is", "!=": "is_not"}.get(self._next().source)
        if operator is None:
            raise _NotRowsError
        return Row(name, operator, (self._text(),))

    def _method(self) -> tuple[str, tuple[str, ...]]:
        name = self._next().source
        if name not in METHODS:
            raise _NotRowsError
        self._expect("(")
        value = self._text()
        self._expect(")")
        return name, (value,)

    def _call(self) -> Row:
        name = self._next().source
        self._expect("(")
        if name == "size":
            subject = self._list_variable()
            self._expect(")")
            return Row(subject, f"size{self._comparison()}", (self._number(),))
        function = FUNCTIONS.get(name)
        if function is None or function.result is not FLAG:
            raise _NotRowsError
        if function.argument not in (TEXT, TEXTS):
            raise _NotRowsError
        values = self._texts() if function.argument is TEXTS else (self._text(),)
        self._expect(")")
        return Row(f"{name}()", "any", values)

    def _list_variable(self) -> str:
        if self._token.kind != "name":
            raise _NotRowsError
        name = self._path()
        if _kind(name).item is not TEXT:
            raise _NotRowsError
        return name

    def _comparison(self) -> str:
        sign = self._next().source
        if sign not in COMPARISONS:
            raise _NotRowsError
        return sign

    def _number(self) -> str:
        minus = "-" if self._take("-") else ""
        if self._token.kind not in ("whole", "number") or "e" in self._token.source.lower():
            raise _NotRowsError
        return minus + self._next().source

    def _text(self) -> str:
        if self._token.kind != "text":
            raise _NotRowsError
        return str(cel.evaluate(self._next().source))

    def _texts(self) -> tuple[str, ...]:
        self._expect("[")
        values: list[str] = []
        while not self._take("]"):
            values.append(self._text())
            if not self._take(","):
                self._expect("]")
                break
        return tuple(values)


def _kind(name: str) -> Kind:
    if name.startswith(f"{PROBABILITIES}."):
        return NUMBER
    if name not in VARIABLES:
        raise _NotRowsError
    return VARIABLES[name].kind


def _turned(part: Row | Group) -> Row | Group:
    if isinstance(part, Row):
        return Row(part.subject, opposite(part.operator), part.values)
    return Group(part.join, part.parts, not part.negated)
