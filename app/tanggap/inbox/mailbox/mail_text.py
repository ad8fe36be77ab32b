"""Plain words of a mail: HTML turned into text, and what was quoted taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Final

MOST_CHARACTERS: Final = 100_000
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_RAW: Final = frozenset({"script", "style"})
"""What holds no tags, but text that may look like them."""

_BREAKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
    | {"blockquote", "pre", "section", "article", "header", "footer"}
)
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "area", "base", "col"})
_QUOTES: Final = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "divRplyFwdMsg")
# What follows a `<`; quoted values may hold a `>`, unless the quotation never ends.
_TAG: Final = re.compile(
    r"(?P<ends>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<rest>(?>[^>\"']+|\"[^\"]*\"|'[^']*')*+(?=>)|[^>]*+)>"
)
_DECLARED: Final = re.compile(r"[!?/][^>]*+>?")
_SPACE: Final = re.compile(r"[^\S\n]+")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")

# How programs begin what they quote; each line is looked at for itself.
_WROTE: Final = re.compile(
    r"(?:On|Pada|Am|Le|El)\b.{0,300}(?:wrote|menulis|schrieb|a écrit|escribió)\s*:\s*",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"-{2,}\s*(?:Original Message|Forwarded message|Pesan Asli|Pesan Terusan)\s*-{2,}.*",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"\*?(?:From|Dari)\s*:\*?\s*\S.*", re.IGNORECASE)
_SENT: Final = re.compile(r"\*?(?:Sent|Date|Dikirim|Tanggal|Terkirim)\s*:.*", re.IGNORECASE)


class _Reader:
    """Keeps what people would read; nothing of it is ever rendered as HTML again.

    Each `<` is looked at up to the next one and no further: what begins and never ends would lead
    a real parser to the end of the mail from each place anew.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0
        self._silent: list[str] = []
        self._quotes: list[str] = []

    def read(self, html: str) -> None:
        """Read a whole page."""
        first, *pieces = _without_comments(html).split("<")
        self._say(first)
        for piece in pieces:
            found = _TAG.match(piece)
            if found is None:
                declared = _DECLARED.match(piece)
                self._say(piece[declared.end() :] if declared else f"<{piece}")
                continue
            name = found["name"].lower()
            if found["ends"]:
                self._end(name)
            else:
                self._begin(name, found["rest"])
            self._say(piece[found.end() :])

    def _begin(self, tag: str, rest: str) -> None:
        """Break lines where a browser would, and note where a quotation begins."""
        if self._silent and self._silent[-1] in _RAW:
            return
        if tag in _VOID:
            self._break(tag)
            return
        if tag in _SILENT:
            self._silent.append(tag)
        deeper = bool(self._quotes) and tag == self._quotes[-1]
        if deeper or tag == "blockquote" or any(name in rest for name in _QUOTES):
            self._quotes.append(tag)
        self._break(tag)

    def _end(self, tag: str) -> None:
        """End what began; tags that were never opened end nothing."""
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        self._break(tag)
        if self._quotes and tag == self._quotes[-1]:
            self._quotes.pop()

    def _say(self, text: str) -> None:
        """Take the words."""
        if self._silent or not text or self.size > MOST_CHARACTERS:
            return
        self._add(_SPACE.sub(" ", unescape(text).replace("\n", " ")))

    def _break(self, tag: str) -> None:
        if tag in _BREAKS and not self._silent:
            self._add("\n")

    def _add(self, words: str) -> None:
        if words == "\n" or not self.parts or self.parts[-1].endswith("\n"):
            words = words.lstrip(" ")
            if self._quotes and words.strip():
                words = f"> {words}"
        self.parts.append(words)
        self.size += len(words)


def _without_comments(html: str) -> str:
    """Leave comments out; one that never ends goes on to the end, as in a browser."""
    shown: list[str] = []
    at = 0
    while (begins := html.find("<!--", at)) >= 0:
        shown.append(html[at:begins])
        ends = html.find("-->", begins + 2)
        if ends < 0:
            return "".join(shown)
        at = ends + 3
    return "".join((*shown, html[at:]))


def text_of_html(html: str) -> str:
    """Write HTML as plain text; quotations begin their lines with `>`."""
    reader = _Reader()
    reader.read(html[: MOST_CHARACTERS * 10])
    lines = (line.rstrip() for line in "".join(reader.parts).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def split_quoted(text: str) -> tuple[str, str]:
    """Part what somebody wrote from what they quoted of earlier mails.

    Where nothing but quotation would be left, all is theirs: better too much than nothing.
    """
    lines = text[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = _first_quoted(lines)
    fresh = "\n".join(lines[:at]).strip()
    rest = lines[at:]
    if not fresh:
        fresh = "\n".join(line for line in _below(rest) if not line.startswith(">")).strip()
        rest = [line for line in rest if line.startswith(">")]
    if not fresh:
        return "\n".join(lines).strip(), ""
    return fresh, "\n".join(rest).strip()


def _first_quoted(lines: Sequence[str]) -> int:
    own = [at for at, line in enumerate(lines) if line.strip() and not line.startswith(">")]
    last_own = own[-1] if own else -1
    for at, line in enumerate(lines):
        joined = f"{line} {lines[at + 1]}" if at + 1 < len(lines) else line
        if _WROTE.fullmatch(line.strip()) or _ORIGINAL.fullmatch(line.strip()):
            return at
        if _WROTE.fullmatch(joined.strip()) and not line.startswith(">"):
            return at
        following = lines[at + 1 : at + 4]
        if _FROM.fullmatch(line.strip()) and any(_SENT.fullmatch(n.strip()) for n in following):
            return at
        if line.startswith(">") and at > last_own:
            return at
    return len(lines)


def _below(rest: Sequence[str]) -> Sequence[str]:
    """Leave out the line that says who is quoted: some answer below what they quote."""
    last = next((at for at, line in enumerate(rest) if line.startswith(">")), None)
    return rest[last:] if last is not None else ()
