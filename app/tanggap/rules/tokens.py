"""Cut a condition into tokens and say where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 8_000
MAX_TOKENS: Final = 2_000

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*)+)
      | (?P<text>[rR](?:"[^"\n]*"|'[^'\n]*') | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)? | \d+[eE][+-]?\d+)
      | (?P<whole>\d+)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<mark>&&|\|\||[=!<>]=|[-+*/%!<>=?:.,()\[\]])
    """,
    re.VERBOSE,
)
_MENDS: Final = {
    "{": "Maps are not part of conditions; compare one value after the other.",
    "&": "Write && for and.",
    "|": "Write || for or.",
    '"': "Close the text with the same quotation mark, on the same line.",
    "'": "Close the text with the same quotation mark, on the same line.",
    "“": 'Use straight quotation marks: "text".',
    "”": 'Use straight quotation marks: "text".',
    "#": "Write a comment after //.",
}


class Fault(Exception):
    """Something wrong at an offset of a condition; `checker.check` turns it into a line."""

    def __init__(self, at: int, problem: str, fix: str) -> None:
        super().__init__(at, problem, fix)
        self.at = at
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a condition; `kind` is text, number, whole, name, mark or end."""

    kind: str
    source: str
    at: int


def tokenize(source: str) -> list[Token]:
    """Cut a condition into tokens, an `end` token last.

    Raises `Fault` for what conditions do not know and for too much of it.
    """
    if len(source) > MAX_LENGTH:
        raise Fault(
            MAX_LENGTH,
            f"the condition has {len(source)} characters, at most {MAX_LENGTH} are allowed",
            "Split the rule.",
        )
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            fix = _MENDS.get(source[at], "Remove it, or put quotes around a text.")
            raise Fault(at, f"{source[at]!r} is not understood here", fix)
        if match.lastgroup and match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, match.group(), at))
        at = match.end()
    if len(tokens) > MAX_TOKENS:
        raise Fault(
            tokens[MAX_TOKENS].at,
            f"the condition has {len(tokens)} parts, at most {MAX_TOKENS} are allowed",
            "Split the rule.",
        )
    return [*tokens, Token("end", "", len(source))]
