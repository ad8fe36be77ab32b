"""The rules in force: a bad one never keeps the others from running."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from factories import make_account, make_app
from fakes import incoming
from tanggap.inbox import rule_triggers
from tanggap.inbox.record import record_events
from tanggap.inbox.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.triage import triage_pending
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
