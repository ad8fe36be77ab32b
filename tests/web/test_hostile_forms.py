"""Every form of every page, sent with hostile text in every field in which people type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed

from hostile_rows import MARKUP, fill
from tanggap.inbox.services import Services
from visitors import Visitor, pages

TYPED: Final = {"text", "search", "email", "url", "tel", "password", "date", "time", "number", ""}
LAST: Final = ("/logout", "/end-others", "/end", "/deactivate", "/erase", "/delete", "/remove")
"""Ends of addresses whose forms end a session or take something away; they are sent last."""

ASKING: Final = {"/admin/single-sign-on"}
"""Forms whose answer depends on what a server elsewhere says, which has tests of its own."""


@dataclass(slots=True)
class Form:
    """What a page's form would send, and in which of its fields people type."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)

    def kind(self, app: Flask) -> tuple[str, frozenset[str]]:
        """Tell forms of one route with the same fields from others, whatever row they are about."""
        where = self.action.partition("?")[0]
        with suppress(MethodNotAllowed):  # forms that only show how others will look
            where = app.url_map.bind("localhost").match(where, "POST")[0]
        return where, frozenset(self.values)

    def filled(self, text: str) -> Mapping[str, str]:
        return self.values | dict.fromkeys(self.typed, text)


class Forms(HTMLParser):
    """Read the forms of a page; of several buttons the first one is pressed."""

    def __init__(self, where: str, html: str) -> None:
        super().__init__()
        self.where, self.found = where, list[Form]()
        self.open: Form | None = None
        self.chosen = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.open = Form(given.get("action") or self.where)
            self.found.append(self.open)
        name = given.get("name", "")
        if self.open is None or not (name or tag == "option"):
            return
        if tag == "textarea" or (tag == "input" and given.get("type", "") in TYPED):
            self.open.values[name] = ""
            self.open.typed.add(name)
        elif tag in ("input", "button"):
            self.open.values.setdefault(name, given.get("value", ""))
        elif tag == "select":
            self.chosen = name
            self.open.values[name] = ""
        elif tag == "option" and self.chosen:
            self.open.values[self.chosen] = self.open.values[self.chosen] or given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


def forms(app: Flask, admin: Visitor, services: Services) -> Iterator[Form]:
    """Collect the forms of all pages, each kind once."""
    known: dict[tuple[str, frozenset[str]], Form] = {}
    for _, where in pages(app):
        admin.come_back(services)
        answer = admin.get(where)
        if answer.mimetype == "text/html":
            for form in Forms(where, answer.text).found:
                known.setdefault(form.kind(app), form)
    yield from sorted(known.values(), key=lambda form: form.action.partition("?")[0].endswith(LAST))


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
def test_no_form_stumbles_over_what_is_typed_into_it(app: Flask, services: Services) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    admin = Visitor(app).sign_in(services)
    assert admin.user_id is not None
    fill(services, admin.user_id, "biasa")
    found = [form for form in forms(app, admin, services) if form.action not in ASKING]
    failed = []
    for form in found:
        admin.come_back(services)
        answer = admin.client.post(form.action, data=form.filled(f"{MARKUP}\x00\x1f\ufffe"))
        if answer.status_code >= 500:
            failed.append(f"{form.action} {sorted(form.typed)}")
    assert not failed, "\n".join(failed)
    assert len(found) > 70
