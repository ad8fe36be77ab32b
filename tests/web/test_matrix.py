"""Role by route by object: what is out of sight is as if it were not there, on every route."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import tanggap
from corners import HIGH, WORD, Corner, Corners, limit, make_corners, make_person, picture
from programs import Program, fit_body
from tanggap.inbox.people.api_tokens import scopes_for
from tanggap.inbox.people.permissions import Permission, may
from tanggap.inbox.services import Services
from tanggap.store.limits import Shape, conditions
from tanggap.store.users import ADMIN, ROLES, SUPERVISOR
from tanggap.web.access import ROUTES
from tanggap.web.api_access import SCOPES
from tanggap.web.security import limiter
from visitors import Visitor

pytestmark = [
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
    pytest.mark.slow,
]

OF_A_CASE: Mapping[str, str] = {
    "alert_id": "alerts",
    "approval_id": "approvals",
    "author_id": "authors",
    "call_id": "call_backs",
    "consultation_id": "consultations",
    "conversation_id": "conversations",
    "attachment_id": "reply_attachments",
    "file_id": "mail_files",
    "join_id": "case_joins",
    "mail_id": "mails",
    "note_id": "notes",
    "other_id": "authors",
    "notification_id": "notifications",
    "photo_id": "form_photos",
    "preview_id": "post_previews",
    "post_id": "posts",
    "reply_id": "replies",
    "testimonial_id": "testimonials",
    "request_id": "form_requests",
}
"""Parameters that name something of a case, and the table that it stands in."""

OF_THE_COMPANY: Mapping[str, str] = {
    "message_id": "1",
    "token_id": "666000",
    "endpoint_id": "1",
    "account_id": "1",
    "channel": "fake",
    "delivery_id": "1",
    "erasure_id": "1",
    "exception_id": "1",
    "export_id": "1",
    "invitation_id": "1",
    "key": "fake",
    "kind": "csv",
    "language": "en",
    "macro_id": "1",
    "mailbox_id": "1",
    "name": "fake",
    "number": "1",
    "policy_id": "1",
    "shift_note_id": "1",
    "sign_in_id": "1",
    "state_id": "1",
    "team_id": "1",
    "token": "fake",
    "user_id": "1",
    "version": "fake",
    "view_id": "1",
}
"""Parameters that name what belongs to no case; people who are limited need a permission for it."""

ELSEWHERE: Mapping[tuple[str, str], str] = {("shift_notes.confirm", "note_id"): "1"}
"""Parameters that mean something of the company on a route of their own."""

KNOWN = set(OF_A_CASE) | set(OF_THE_COMPANY)
MISSING = 666_000
OTHERWISE: Mapping[str, str] = {
    "api_approvals.approve": "nobody approves what they wrote themselves",
    "api_approvals.send_back": "nobody approves what they wrote themselves",
    "api_bulk.run_macro": "no macro is written",
    "api_collecting.ask": "no form is published",
    "api_consultations.show": "the question was answered on the route before",
    "api_customers.unlink": "no two authors are linked",
    "api_joins.undo": "the row of the test is no real merge",
    "api_acts.take_note_back": "the note was taken back on the page before",
    "attachments.remove": "the routes after it need the picture",
    "api_attachments.remove": "the routes after it need the picture",
    "approvals.approve": "nobody approves what they wrote themselves",
    "practice.answer": "the case was not answered yet, and what is written is not whole",
    "approvals.send_back": "nobody approves what they wrote themselves",
    "author_cards.unlink": "no two authors are linked",
    "case_forms.ask": "no form is published",
    "handover.prepare": "nothing of what is typed can be prepared",
    "mails.address": "the address is no address",
    "media.picture": "the picture was never fetched",
    "macros.run": "no macro is written",
    "joins.merge": "there is no second case of the customer",
    "joins.undo": "the row of the test is no real merge",
}
"""Routes that refuse a person's own object here, and why; tests of their own show them at work."""

ADD_A_MAKER = (
    "the test does not know what these parameters name: add them to OF_A_CASE with the table of "
    "the object, or to OF_THE_COMPANY with a value"
)
FIELDS = re.compile(r"""form\.(?:get|getlist)\(\s*"(\w+)"|form\["(\w+)"\]|args\.get\(\s*"(\w+)\"""")
FORM = {
    "revision": "1",
    "state": "resolved",
    "label": "question",
    "text": "Baik, kami periksa.",
    "tag": "penting",
    "reason": "salah pilih",
    "words": "salah pilih",
    "visibility": "public",
    "seen_post_id": "1",
    "idempotency_key": "kunci-12345678",
    "action": "hide",
    "for": "1h",
    "minutes": "60",
    "outcome": "reached",
}
"""What most forms ask for; names that a route does not know are passed over."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One route with one method."""

    rule: Rule
    method: str

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    def address(self, corner: Corner | None, *, last: Corner | None = None) -> str:
        """Write the address with a corner's ids, or ids that nothing has; `last` for the last."""
        places = list(re.finditer(r"<(?:[^:>]+:)?(\w+)>", self.rule.rule))
        cased = [place[1] for place in places if self.table(place[1])]
        written = self.rule.rule
        for place in places:
            at = last if last is not None and place[1] == cased[-1] else corner
            written = written.replace(place[0], self._value(place[1], at), 1)
        return written

    def body(self, id_: int) -> dict[str, Any] | None:
        """Make a body that the API takes, which names an object."""
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", self.rule.rule)
        return fit_body(path, self.method, id_)

    def table(self, name: str) -> str | None:
        return None if (self.endpoint, name) in ELSEWHERE else OF_A_CASE.get(name)

    @property
    def tables(self) -> list[str]:
        return [table for name in self.rule.arguments if (table := self.table(name))]

    def _value(self, name: str, corner: Corner | None) -> str:
        table = self.table(name)
        if table is None:
            return ELSEWHERE.get((self.endpoint, name)) or OF_THE_COMPANY[name]
        return str(MISSING if corner is None else corner.ids[table])


class Person:
    """Somebody with a browser and a token; a brief one is told in a line what is refused."""

    def __init__(
        self, app: Flask, services: Services, user_id: int, role: str, *, brief: bool = False
    ) -> None:
        self.visitor = Visitor(app)
        self.visitor.user_id = user_id
        scopes = [scope.value for scope in scopes_for(role, limited=True)]
        self.program = Program(app, services, scopes=scopes, user_id=user_id)
        self.services = services
        self.head = {"Accept": "application/json"} if brief else {}

    def ask(self, cell: Cell, address: str, form: Mapping[str, Any] | None = None) -> TestResponse:
        if cell.rule.rule.startswith("/api/"):
            body = cell.body(int((form or {}).get("post", 1)))
            path = address.removeprefix("/api/v1")
            key = {"Idempotency-Key": "kunci-12345678"}
            return self.program.call(cell.method, path, body, key)
        with self.visitor.client.session_transaction() as cookie:
            cookie.clear()  # what the last page would have told on this one
        self.visitor.come_back(self.services)
        data = {**FORM, **(form or {})} if cell.method != "GET" else None
        return self.visitor.client.open(address, method=cell.method, data=data, headers=self.head)


def cells(app: Flask) -> list[Cell]:
    return [
        Cell(rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint in ROUTES and rule.arguments <= KNOWN  # other tests tell
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def of_cases(app: Flask) -> list[Cell]:
    return [cell for cell in cells(app) if cell.tables]


def allowed(role: str, endpoint: str) -> bool:
    row = ROUTES[endpoint]
    return not isinstance(row, Permission) or may(role, row, limited=True)


@pytest.fixture
def corners(app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Corners]:
    """Three corners, of which a supervisor who is limited sees the first."""
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(limiter, "enabled", False)
    user_id = make_person(services, SUPERVISOR)
    own = frozenset(OF_A_CASE.values()) & set(conditions(Shape("sqlite", 1, accounts=True)))
    made = make_corners(services, user_id, own_tables=own)
    limit(services, user_id, made.sight)
    before = [picture(services, corner) for corner in made.foreign]
    yield made
    after = [picture(services, corner) for corner in made.foreign]
    changed = [
        (name, sorted(set(then[name]) ^ set(now[name])))
        for then, now in zip(before, after, strict=True)
        for name in then
        if then[name] != now[name]
    ]
    assert not changed, f"these rows are out of sight and were changed: {changed}"


@pytest.fixture
def limited(app: Flask, services: Services, corners: Corners) -> Person:
    return Person(app, services, corners.own.ids["users"], SUPERVISOR)


def plain(answer: TestResponse) -> str:
    """Give what an answer says, without what differs from one request to the next."""
    text = re.sub(r"[\w.-]{40,}|[0-9a-f]{16,}|\d+", "#", answer.text)
    return re.sub(r'"(?:csrf_token|request_id)"[^,}>]*', "", text)


def test_what_every_parameter_names_is_known(app: Flask) -> None:
    names = {(rule.endpoint, name) for rule in app.url_map.iter_rules() for name in rule.arguments}
    assert sorted(one for one in names if one[1] not in KNOWN) == [], ADD_A_MAKER


def test_foreign_objects_are_answered_as_those_that_are_not_there(
    app: Flask, corners: Corners, limited: Person
) -> None:
    wrong = []
    for cell in of_cases(app):
        missing = limited.ask(cell, cell.address(None))
        if missing.status_code < 300:
            wrong.append((cell.endpoint, cell.method, "not there", missing.status_code))
        for corner in corners.foreign:
            answer = limited.ask(cell, cell.address(corner))
            same = (answer.status_code, plain(answer)) == (missing.status_code, plain(missing))
            if not same or answer.status_code >= 500 or WORD in answer.text:
                wrong.append((cell.endpoint, cell.method, corner.word, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_foreign_objects_do_not_come_along_with_one_s_own(
    app: Flask, corners: Corners, limited: Person
) -> None:
    wrong = []
    for cell in of_cases(app):
        if len(cell.tables) < 2:
            continue
        for corner in corners.foreign:
            answer = limited.ask(cell, cell.address(corners.own, last=corner))
            if answer.status_code != 404 or WORD in answer.text:
                wrong.append((cell.endpoint, cell.method, corner.word, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_own_objects_are_there(app: Flask, corners: Corners, limited: Person) -> None:
    wrong = []
    for cell in of_cases(app):
        if not allowed(SUPERVISOR, cell.endpoint) or cell.endpoint in OTHERWISE:
            continue
        answer = limited.ask(cell, cell.address(corners.own))
        if answer.status_code in (403, 404) or answer.status_code >= 500 or WORD in answer.text:
            wrong.append((cell.endpoint, cell.method, answer.status_code, answer.text[:300]))
    assert not wrong, "\n".join(map(str, wrong))


def test_no_list_export_or_feed_tells_of_what_is_out_of_sight(
    app: Flask, corners: Corners, limited: Person
) -> None:
    wrong = []
    ids = ",".join(str(corner.ids["conversations"]) for corner in corners.foreign)
    queries = ("", f"?q={WORD}&ids={ids}&since=0&state=any&label=question")
    for cell in cells(app):
        if cell.method != "GET" or cell.tables:
            continue
        for query in queries:
            answer = limited.ask(cell, f"{cell.address(None)}{query}")
            text = answer.text.replace(f"={WORD}", "").replace(f'"{WORD}"', "").replace(ids, "")
            if answer.status_code >= 500 or WORD in text or str(HIGH)[:3] + "00" in text:
                wrong.append((cell.endpoint, query, answer.status_code))
    assert [cell for cell in wrong if cell[0] != "health.readyz"] == []


def test_no_form_takes_the_id_of_something_out_of_sight(
    app: Flask, corners: Corners, limited: Person
) -> None:
    names = {
        name
        for file in (Path(tanggap.__file__).parent / "web").rglob("*.py")
        for found in FIELDS.findall(file.read_text("utf-8"))
        for name in found
        if name
    }
    corner, wrong = corners.other_team, []
    for table, action in (("conversations", "resolve"), ("posts", "tag")):
        id_ = str(corner.ids[table])
        form = dict.fromkeys(names - {"csrf_token"}, id_)
        form |= {"case": f"{id_}:1", "action": action, "tag": "penting", "scope": "ticked"}
        for cell in cells(app):
            if cell.method == "GET" or not allowed(SUPERVISOR, cell.endpoint):
                continue
            if cell.endpoint in OTHERWISE:
                continue
            answer = limited.ask(cell, cell.address(corners.own), form)
            if answer.status_code >= 500 or WORD in answer.text:
                wrong.append((cell.endpoint, cell.method, table, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", [role for role in ROLES if role != ADMIN])
def test_limits_leave_each_role_what_concerns_single_cases(
    app: Flask, services: Services, corners: Corners, role: str
) -> None:
    user_id = make_person(services, role)
    limit(services, user_id, corners.sight)
    person, wrong = Person(app, services, user_id, role, brief=True), []
    seen: set[object] = set()
    for cell in cells(app):
        scope = SCOPES.get(cell.endpoint)
        if scope in seen:
            continue  # the guard of the API goes by the scope alone
        seen |= {scope} - {None}
        if cell.method == "GET" and not cell.tables and allowed(role, cell.endpoint):
            continue  # pages; the list of a supervisor stands for all
        answer = person.ask(cell, cell.address(corners.other_team))
        refused = answer.status_code == 403
        if refused == allowed(role, cell.endpoint) and not _lacks_scope(answer, cell):
            wrong.append((cell.endpoint, cell.method, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def _lacks_scope(answer: TestResponse, cell: Cell) -> bool:
    """A token is refused what its scopes leave out, whatever its person may."""
    return cell.rule.rule.startswith("/api/") and answer.status_code == 403
