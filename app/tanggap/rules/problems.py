"""What is wrong with a rule, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from tanggap.errors import TanggapError


class InvalidRuleError(TanggapError):
    """A rule cannot be used; every part of its place that is known is kept apart for the UI.

    `line` and `column` count from 1 inside the condition, `file_line` inside the YAML file.
    """

    def __init__(
        self,
        problem: str,
        fix: str,
        *,
        rule: str = "",
        field: str = "",
        line: int | None = None,
        column: int | None = None,
        file_line: int | None = None,
    ) -> None:
        self.problem = problem
        self.fix = fix
        self.rule = rule
        self.field = field
        self.line = line
        self.column = column
        self.file_line = file_line
        super().__init__(self._message())

    def at(
        self, *, rule: str = "", field: str = "", file_line: int | None = None
    ) -> InvalidRuleError:
        """Say the same of a place that is known better."""
        return InvalidRuleError(
            self.problem,
            self.fix,
            rule=rule or self.rule,
            field=field or self.field,
            line=self.line,
            column=self.column,
            file_line=self.file_line if file_line is None else file_line,
        )

    def _message(self) -> str:
        place = [
            f"file line {self.file_line}" if self.file_line else "",
            f"rule {self.rule!r}" if self.rule else "",
            self.field,
            f"line {self.line}" if self.line else "",
            f"column {self.column}" if self.column else "",
        ]
        where = ", ".join(part for part in place if part)
        return f"{where + ': ' if where else ''}{self.problem}. {self.fix}"


def closest(word: str, known: Iterable[str]) -> str:
    """Write the fix for a word that is not known: the nearest known ones, else all of them."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else choices(names)


def choices(known: Iterable[str]) -> str:
    """Write the fix that names every choice."""
    return f"Choose one of: {', '.join(known)}."
