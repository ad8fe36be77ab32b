"""Rules know how satisfied an author was last."""

from __future__ import annotations

from datetime import timedelta

from factories import make_account, make_conversation, make_post
from tanggap.classifier import Verdict
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows, look_up
from tanggap.inbox.services import Services
from tanggap.rules.conditions import compile_condition
from tanggap.rules.reads import Reads
from tanggap.store.base import utcnow
from tanggap.store.ratings import Rating

VERDICT = Verdict("complaint", 1.0, {"complaint": 1.0}, "id", "test")


def test_last_score_of_an_author_is_what_counts(services: Services) -> None:
    now = utcnow()
    with services.database.write() as session:
        account = make_account(session)
        cases = [make_conversation(session, account) for _ in range(2)]
        posts = [make_post(session, case, "mati lagi").id for case in cases]
        for days, score in ((3, 5), (1, 2), (0, None)):
            session.add(
                Rating(
                    conversation_id=cases[0].id,
                    author_id=cases[0].author_id,
                    channel="fake",
                    score=score,
                    answered_at=now - timedelta(days=days) if score else None,
                )
            )
    with services.database.read() as session:
        rows = load_rows(session, posts)
        known = look_up(session, rows, Reads(paths={"author.last_satisfaction"}))
        assert look_up(session, rows, Reads(paths={"label"})).scores == {}
        facts = [facts_of(row, VERDICT, True, known) for row in rows]
    assert [one.author.last_satisfaction for one in facts] == [2, 0]


def test_conditions_may_ask_for_it() -> None:
    condition = compile_condition("author.last_satisfaction in [1, 2]")
    assert condition.reads.paths == {"author.last_satisfaction"}
