"""The rules in force: a bad one never keeps the others from running."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from factories import make_account, make_app
from fakes import incoming
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.triage import rule_triggers
from tanggap.inbox.triage.triage import triage_pending
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.rules import Consideration, RuleRow, RuleRun

GOOD = "{key: good, condition: 'true', actions: [add_tags: [jalan]]}"
BAD = {
    "syntax": "{key: bad, condition: '((', actions: [stop]}",
    "unknown name": "{key: bad, condition: labl, actions: [stop]}",
    "type": "{key: bad, condition: label, actions: [stop]}",
    "action": "{key: bad, condition: 'true', actions: [explode]}",
    "no YAML": "{key: bad",
    "aliases": "{key: &a bad, condition: *a, actions: [stop]}",
    "fails as it runs": "{key: bad, condition: '1 / engagement.likes == 1', actions: [stop]}",
    "list that is gone": "{key: bad, condition: 'words_list(\"gone\")', actions: [stop]}",
    "slow pattern": "{key: bad, condition: 'text.matches(\"(a+)+$\")', actions: [add_tags: [x]]}",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_the_others_run_whatever_is_wrong_with_one(services: Services, bad: str) -> None:
    with services.database.write() as session:
        session.execute(delete(RuleRow))
        session.add(RuleRow(key="bad", position=1, definition=bad))
        session.add(RuleRow(key="good", position=2, definition=GOOD))
        make_app(services, session)
        account = make_account(session, services)
        text = "error " + "a" * 5_000 + "!"
        record_events(session, account, [incoming("1", text)], source="webhook")
    assert triage_pending(services) == 1
    with services.database.read() as session:
        assert session.scalars(select(Conversation.tags)).one() == ["jalan"]
        keys = {row.rule_key for row in session.scalars(select(RuleRun)) if row.error}
        assert keys <= {"bad"}
        assert "good" in {rule.key for rule in current_rules(session).rules}


@pytest.mark.parametrize("together", [False, True], ids=["alone", "with-newer"])
def test_an_imported_case_is_as_old_as_its_first_post(services: Services, together: bool) -> None:
    old = incoming("1", "error", thread_id="t", posted_at=utcnow() - timedelta(hours=50))
    newer = incoming("2", "lagi", thread_id="t", posted_at=utcnow() - timedelta(hours=1))
    definition = (
        "{key: old, condition: 'conversation.age_hours > 49 && conversation.age_hours < 51',"
        " actions: [add_tags: [lama]]}"
    )
    with services.database.write() as session:
        session.execute(delete(RuleRow))
        session.add(RuleRow(key="old", position=1, definition=definition))
        account = make_account(session, services)
        record_events(session, account, [old, newer] if together else [old], source="import")
    triage_pending(services)
    with services.database.read() as session:
        runs = session.scalars(select(RuleRun).where(RuleRun.matched)).all()
        assert len(runs) == 1 + together
        assert session.scalars(select(Conversation.tags)).one() == ["lama"]


def test_what_rules_saw_is_dropped_after_its_time(services: Services) -> None:
    with services.database.write() as session:
        make_app(services, session)
        account = make_account(session, services)
        posts = [incoming(str(n), "error", thread_id=str(n)) for n in range(2)]
        record_events(session, account, posts, source="webhook")
    triage_pending(services)
    with services.database.write() as session:
        first = session.scalars(select(Consideration.id).order_by(Consideration.id)).first()
        long_ago = utcnow() - rule_triggers.KEEP_CONSIDERATIONS - timedelta(days=1)
        session.execute(
            update(Consideration).where(Consideration.id == first).values(created_at=long_ago)
        )
        rule_triggers.forget_old(session)
        assert first not in list(session.scalars(select(Consideration.id)))
        assert len(list(session.scalars(select(Consideration.id)))) == 1
