"""Plugins' rule actions: checked when saved, done once after the routing, logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app
from fakes import FakePlatform, incoming
from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook import action_runs, errand_runs
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.plugins.registry import Registry
from tanggap.rules import Rule, load_rule
from tanggap.rules.problems import InvalidRuleError
from tanggap.sdk import (
    ConfigField,
    PostView,
    RateLimited,
    Rejected,
    RuleAction,
    Unavailable,
    Verdict,
    hookimpl,
)
from tanggap.store.accounts import Account
from tanggap.store.action_runs import DONE, FAILED, QUEUED, RUNNING, ActionRun
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.rules import RuleRow

RULE = """
key: tell
name: {id: Beri tahu, en: Tell}
condition: label == "complaint"
actions:
  - set_priority: high
  - call: {action: notes.write, url: "https://chat.example/x", text: halo}
"""
FIELDS = (ConfigField("url", "URL", "url"), ConfigField("text", "Text", required=False))


@dataclass
class Notes:
    """A plugin that writes notes down."""

    faults: list[Exception] = field(default_factory=list)
    written: list[tuple[Mapping[str, str], PostView, Verdict]] = field(default_factory=list)
    reach: str = ""

    @hookimpl
    def tanggap_rule_actions(self) -> Iterable[RuleAction]:
        yield RuleAction(key="write", name={"en": "Write a note"}, run=self.write, fields=FIELDS)

    def write(self, values: Mapping[str, str], post: PostView, verdict: Verdict, http: Any) -> None:
        if self.reach:
            http.request("GET", self.reach)
        if self.faults:
            raise self.faults.pop(0)
        self.written.append((values, post, verdict))


@pytest.fixture
def notes(services: Services) -> Notes:
    made = Notes()
    services.registry.add("notes", "1", made)
    with services.database.write() as session:
        session.add(RuleRow(key="tell", position=-1, definition=RULE))
    return made


@pytest.fixture
def post(services: Services, notes: Notes) -> Post:
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        record_events(session, account, [incoming("1", "internet mati error")], source="webhook")
    triage_pending(services)
    with services.database.read() as session:
        return session.scalars(select(Post)).one()


def only(services: Services) -> ActionRun:
    with services.database.read() as session:
        return session.scalars(select(ActionRun)).one()


def work(services: Services, *, due: bool = False) -> ActionRun:
    if due:
        with services.database.write() as session:
            session.execute(update(ActionRun).values(next_try_at=utcnow() - timedelta(seconds=1)))
    for run_id in action_runs.due_runs(services):
        action_runs.work_on(services, run_id)
    return only(services)


def test_action_gets_its_fields_the_post_and_a_link_to_the_case(
    services: Services, post: Post, notes: Notes
) -> None:
    assert work(services).state == DONE
    ((values, seen, verdict),) = notes.written
    assert values == {"url": "https://chat.example/x", "text": "halo"}
    assert (seen.text, verdict.label) == ("internet mati error", "complaint")
    assert seen.case_url == f"http://127.0.0.1:8000/inbox/{post.conversation_id}"


def test_action_is_done_once_for_a_version_and_a_post(
    services: Services, post: Post, notes: Notes
) -> None:
    work(services)
    with services.database.write() as session:
        session.execute(update(Post).values(triage="pending", revision=2, text="error lagi"))
    triage_pending(services)
    work(services)
    assert len(notes.written) == 1


@pytest.mark.parametrize("fault", [Unavailable("away"), RateLimited(timedelta(minutes=9))])
def test_passing_trouble_is_tried_again(
    services: Services, post: Post, notes: Notes, fault: Exception
) -> None:
    notes.faults = [fault]
    waiting = work(services)
    assert (waiting.state, bool(waiting.error)) == (QUEUED, True)
    assert work(services, due=True).state == DONE


@pytest.mark.parametrize("fault", [Rejected("no such room"), ZeroDivisionError("a bug")])
def test_failure_stands_beside_the_rule(
    services: Services, post: Post, notes: Notes, fault: Exception
) -> None:
    notes.faults = [fault]
    failed = work(services)
    assert failed.state == FAILED
    assert str(fault) in failed.error
    with services.database.read() as session:
        conversation_id = session.scalars(select(Conversation.id)).one()
        view = read_view(session, conversation_id, 0)
    assert [run.state for run in view.action_runs[post.id, "tell", 1]] == [FAILED]


def test_action_reaches_the_typed_address_alone(
    services: Services, post: Post, notes: Notes
) -> None:
    notes.reach = "https://evil.example/"
    assert "evil.example" in work(services).error


def test_action_whose_worker_died_is_not_done_twice(
    services: Services, post: Post, notes: Notes
) -> None:
    with services.database.write() as session:
        past = utcnow() - timedelta(minutes=5)
        session.execute(update(ActionRun).values(state=RUNNING, next_try_at=past))
    assert work(services).state == FAILED
    assert notes.written == []


def test_action_of_a_plugin_that_is_gone_fails(services: Services, post: Post) -> None:
    services.registry.rule_actions.clear()
    assert "no installed plugin" in work(services).error


def test_action_with_a_field_named_email_is_done_by_itself(services: Services, post: Post) -> None:
    with services.database.write() as session:
        session.execute(update(ActionRun).values({"values": {"email": "ayu@contoh.example"}}))
    assert errand_runs.work_together(services) == 0
    assert action_runs.due_runs(services) == [only(services).id]


def rule(call: str) -> Rule:
    return load_rule(RULE[: RULE.index("  - call")] + f"  - call: {call}\n")


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("notes.wirte", "no plugin offers 'notes.wirte'"),
        ("notes.write", "URL is needed"),
        ('{action: notes.write, url: "https://x.example", txt: a}', "has no field 'txt'"),
        ("{action: notes.write, url: nonsense}", "whole address"),
    ],
)
def test_rule_is_checked_before_it_is_saved(notes: Notes, call: str, problem: str) -> None:
    registry = Registry()
    registry.add("notes", "1", notes)
    with pytest.raises(InvalidRuleError, match=problem):
        action_runs.check_rule(registry, rule(call))


@pytest.mark.parametrize(
    "call", ["{}", "[1]", "notes", "Notes.Write", "{action: notes.write, n: 5}"]
)
def test_call_that_cannot_be_read_is_refused(call: str) -> None:
    with pytest.raises(InvalidRuleError, match="call"):
        rule(call)


def test_good_rule_passes_and_is_written_back_the_same(notes: Notes) -> None:
    registry = Registry()
    registry.add("notes", "1", notes)
    good = load_rule(RULE)
    action_runs.check_rule(registry, good)
    assert good.actions[1].argument() == {
        "action": "notes.write", "url": "https://chat.example/x", "text": "halo"
    }  # fmt: skip


@pytest.mark.parametrize(
    "actions",
    [
        ["not an action"],
        [RuleAction(key="Bad Key", name="x", run=lambda *_: None)],
        [RuleAction(key="a", name="x", run=lambda *_: None)] * 2,
    ],
)
def test_bad_declaration_is_refused(actions: list[Any]) -> None:
    class Bad:
        @hookimpl
        def tanggap_rule_actions(self) -> list[Any]:
            return actions

    with pytest.raises((TypeError, ValueError), match="rule"):
        Registry().add("bad", "1", Bad())


def test_platform_and_account_are_untouched(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    work(services)
    assert platform.sent == []
    with services.database.read() as session:
        assert session.scalar(select(Account.health_status)) == "ok"
