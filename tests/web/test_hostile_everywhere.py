"""Hostile text in every column of the database, looked at on every page there is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hostile_rows import MARKUP, fill
from tanggap.inbox.services import Services
from visitors import Visitor, pages

on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ODD: Final = "\x00\x01\x0b\x7f\ufffe\U000e0041\u2028\ufdfd\u0338\u0338\r\n\t" + "x" * 10_000
SCHEMES: Final = re.compile(r"[\x00-\x20]*(javascript|data|vbscript):", re.IGNORECASE)
ADDRESSES: Final = {"href", "src", "action", "formaction", "hx-get", "hx-post", "poster"}
INLINE: Final = {
    *("a", "abbr", "b", "code", "del", "em", "i", "ins", "kbd", "label", "mark", "q", "s", "small"),
    *("span", "strong", "time", "u"),
}
VOID: Final = frozenset(
    ("br", "img", "input", "link", "meta", "use", "wbr", "hr", "source", "path")
)


class Page(HTMLParser):
    """What is wrong with a page that shows hostile text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool, list[tuple[str, bool]]]] = [("page", False, [])]
        self.feed(html)
        self.close()

    def complain(self, what: str) -> None:
        self.found.append(f"{what} in {' '.join(tag for tag, *_ in self.open[-4:])}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "xss" in tag:
            self.complain(f"the element {tag[:40]}")
        for name, value in attrs:
            if "xss" in name or name.startswith(("on", "hx-on")) or name == "style":
                self.complain(f"the attribute {name[:40]}")
            if name in ADDRESSES and SCHEMES.match(value or ""):
                self.complain(f"the address {(value or '')[:40]}")
            if name in ADDRESSES - {"href"} and (value or "").startswith(("http", "//")):
                self.complain(f"the foreign {name} {(value or '')[:40]}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.complain("a script of its own")
        if tag not in VOID:
            inline = tag in INLINE and "dir" not in given
            texts = self.open[-1][2] if inline or tag == "bdi" or "dir" in given else []
            safe = tag in ("bdi", "title", "textarea", "option") or "dir" in given
            self.open.append((tag, safe or (inline and self.open[-1][1]), texts))

    def handle_endtag(self, tag: str) -> None:
        while len(self.open) > 1:
            closed, _, texts = self.open.pop()
            if texts is not self.open[-1][2]:
                self._judge(closed, texts)
            if closed == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.open[-1][2].append((data.strip(), self.open[-1][1]))
        if "6170" in data:
            self.complain("what a template made of the text")

    def _judge(self, tag: str, texts: list[tuple[str, bool]]) -> None:
        """Find a text that may turn the words around it; alone in its block it turns none."""
        if len(texts) > 1:
            for text, safe in texts:
                if "\u202e" in text and not safe:
                    at = text.index("\u202e")
                    self.complain(
                        f"unprotected neighbours of …{text[max(0, at - 30) : at + 5]!r}, {tag}"
                    )


NOT_SHOWN: Final[Mapping[str, str]] = {
    "account.form": "the channel of the tests is connected by its platform",
    "accounts.callback": "leads on",
    "auth.login": "leads on",
    "first_run.show": "leads on",
    "health.readyz": "the model of the tests has no file",
    "inbox.home": "leads on",
    "notifications.follow": "leads on",
    "practice.draw": "leads on",
    "practice.show": "leads on",
    "second_factor.ask": "leads on",
    "sign_on.come_back": "leads on",
    "sign_on.ended": "leads on",
    "sign_on.leave": "leads on",
    "views.following": "leads on",
}
"""Routes that show nothing of what is stored to somebody who is signed in."""


def complaints(answer: TestResponse) -> list[str]:
    kind = answer.mimetype
    if kind == "text/html":
        return Page(answer.text).found
    if kind == "text/csv":
        cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
        return [f"the formula {cell[:30]}" for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    if kind == "image/svg+xml":
        return [] if "<xss" not in answer.text else ["markup"]
    return []


def visit(app: Flask, services: Services, text: str) -> Iterator[tuple[str, TestResponse]]:
    """Open every page as an administrator once a text stands everywhere."""
    admin = Visitor(app).sign_in(services)
    assert admin.user_id is not None
    assert fill(services, admin.user_id, text) > 150
    blank = []
    for endpoint, where in pages(app):
        admin.come_back(services)
        answer = admin.get(where)
        blank += [endpoint] if answer.status_code != 200 else []
        yield where, answer
    assert sorted(blank) == sorted(NOT_SHOWN), "these show what is stored, or no more"


@pytest.mark.slow
@on_sqlite
def test_markup_and_directions_of_strangers_are_inert_on_every_page(
    app: Flask, services: Services
) -> None:
    found = [
        f"{where}: {what}"
        for where, answer in visit(app, services, MARKUP)
        for what in complaints(answer)
    ]
    assert not found, "\n".join(dict.fromkeys(found))


@pytest.mark.slow
@on_sqlite
def test_control_characters_and_endless_words_are_shown_on_every_page(
    app: Flask, services: Services
) -> None:
    assert all(
        answer.status_code < 500 or where == "/readyz"
        for where, answer in visit(app, services, ODD)
    )


def test_the_reader_of_pages_finds_what_is_wrong() -> None:
    wrong = (
        "<p><xss></p>",
        '<p title="x" xss=1></p>',
        '<a href="java&#115;cript:x"></a>',
        "<script>x</script>",
        '<img src="https://elsewhere.example/x.png">',
        "<p>a <b>\u202eb</b> c</p>",
        "<p>6170</p>",
        '<p style="x"></p>',
    )
    assert all(Page(html).found for html in wrong)
    fine = "<p>a <bdi>\u202eb</bdi> c</p><p>\u202eb</p><p dir=auto>a \u202eb</p>"
    assert not Page(fine).found
