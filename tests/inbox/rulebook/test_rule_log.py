"""Why a post is where it is: every rule considered, in order, with what it saw at that time."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app
from fakes import incoming
from queries import counted
from tanggap.errors import NotFoundError
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook import action_runs, errand_runs
from tanggap.inbox.rulebook.rule_log import Occasion, explain
from tanggap.inbox.services import Services
from tanggap.inbox.triage import rule_triggers
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules import AddTags, Trigger
from tanggap.store.base import utcnow
from tanggap.store.posts import Author, Post
from tanggap.store.rules import Consideration, RuleRow

RULES = [
    """{key: a, condition: 'author.followers > 10 && text.contains("error")',
    actions: [add_tags: [besar], raise_alert: Besar]}""",
    "{key: b, condition: '1 / engagement.likes > 1', actions: [add_tags: [x]]}",
    """{key: c, actions: [assign_team: care, stop],
    condition: 'label == "complaint" && probabilities.praise < 0.5 && team_load("care") < 3'}""",
    "{key: d, condition: 'true', actions: [add_tags: [y]]}",
    "{key: e, trigger: reply_failed, condition: conversation.answered, actions: [add_tags: [z]]}",
]


@pytest.fixture
def post_id(services: Services) -> int:
    with services.database.write() as session:
        session.execute(update(RuleRow).values(enabled=False))
        for number, rule in enumerate(RULES):
            session.add(RuleRow(key="abcde"[number], position=number, definition=rule))
        make_app(services, session)
        account = make_account(session, services)
        record_events(session, account, [incoming("1", "aplikasi error")], source="webhook")
        session.execute(update(Author).values(followers=50))
    triage_pending(services)
    while errand_runs.work_together(services):
        pass
    for run_id in action_runs.due_runs(services):
        action_runs.work_on(services, run_id)
    with services.database.read() as session:
        return session.scalars(select(Post.id)).one()


def told(services: Services, post_id: int) -> list[Occasion]:
    with services.database.read() as session:
        return explain(session, post_id)


def test_every_rule_considered_is_shown_with_its_inputs(services: Services, post_id: int) -> None:
    (occasion,) = told(services, post_id)
    assert (occasion.trigger, occasion.revision) == (Trigger.POST_TRIAGED, 1)
    first, second, third = occasion.rules
    assert (first.key, first.version, first.matched, first.name.en) == ("a", 1, True, "a")
    assert first.inputs == {"author.followers": 50, "text": "aplikasi error"}
    assert first.actions[0] == AddTags(("besar",))
    assert [errand.action for errand in first.errands] == ["raise_alert"]
    assert (second.matched, "ZeroDivision" in second.error) == (False, True)
    assert second.inputs == {"engagement.likes": 0}
    assert third.inputs["label"] == "complaint"
    assert set(third.inputs) == {"label", "probabilities.praise", "team_load(care)"}
    assert occasion.passed_over == [("d", 1)]


def test_inputs_are_those_of_that_time_under_the_rule_of_that_time(
    services: Services, post_id: int
) -> None:
    with services.database.write() as session:
        session.execute(update(Author).values(followers=9_000))
        session.execute(update(RuleRow).where(RuleRow.key == "a").values(current=False))
        session.add(
            RuleRow(
                key="a",
                version=2,
                position=1,
                definition="{key: a, condition: certain, actions: [stop]}",
            )
        )
    first = told(services, post_id)[0].rules[0]
    assert (first.version, first.inputs["author.followers"]) == (1, 50)
    assert "followers" in first.condition


def test_each_occasion_stands_by_itself(services: Services, post_id: int) -> None:
    with services.database.write() as session:
        post = session.get_one(Post, post_id)
        assert post.conversation_id is not None
        fire(session, Trigger.REPLY_FAILED, post.conversation_id, occasion="x")
    rule_triggers.run_due(services)
    latest, before = told(services, post_id)
    assert (latest.trigger, before.trigger) == (Trigger.REPLY_FAILED, Trigger.POST_TRIAGED)
    assert [(one.key, one.inputs) for one in latest.rules] == [
        ("e", {"conversation.answered": False})
    ]


def test_words_and_names_are_not_stored_twice(services: Services, post_id: int) -> None:
    with services.database.read() as session:
        stored = session.scalars(select(Consideration.inputs)).one()
    assert "text" not in stored
    assert set(stored["author"]) == {"followers"}
    with services.database.write() as session:
        session.execute(update(Post).values(text="", purged_at=utcnow()))
    assert told(services, post_id)[0].rules[0].inputs["text"] == ""


def test_the_number_of_rules_does_not_change_the_number_of_queries(
    services: Services, post_id: int
) -> None:
    with counted(services.database) as statements:
        told(services, post_id)
    assert len(statements) <= 11


def test_a_post_that_does_not_exist_is_said_so(services: Services) -> None:
    with pytest.raises(NotFoundError, match="post 99"):
        told(services, 99)
