"""Dry runs: what a rule would have done to posts that came in, without doing it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import func, select

from factories import make_account, make_conversation, make_post
from queries import counted
from tanggap.inbox.rulebook.dry_run import MOST_POSTS, DryRun, Place, dry_run
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules import Action, AddTags, AssignTeam, InvalidRuleError, Name, Rule, SetPriority
from tanggap.store import Base
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.rules import RuleRow

CARE = Place("care", "normal", not_ours=False, needs_human=False)
SALES = Place("sales", "urgent", not_ours=False, needs_human=False)


def rule(condition: str, *actions: Action, key: str = "new", position: int = 999) -> Rule:
    steps = actions or (AssignTeam("sales"), SetPriority("urgent"))
    return Rule(key=key, name=Name(key, key), condition=condition, actions=steps, position=position)


@pytest.fixture
def posts(services: Services) -> list[int]:
    """Thirty posts that went through the classifier and the default rules."""
    with services.database.write() as session:
        account = make_account(session)
        ids = []
        for number in range(30):
            conversation = make_conversation(session, account)
            text = f"paket saya rusak dan kecewa, refund {number}" if number % 3 else "terima kasih"
            ids.append(make_post(session, conversation, text, triage=TRIAGE_PENDING).id)
    triage_pending(services)
    return ids


def run(services: Services, candidate: Rule, **values: float) -> DryRun:
    with services.database.read() as session:
        return dry_run(session, candidate, **values)  # type: ignore[arg-type]


def rows(services: Services) -> Mapping[str, int]:
    with services.database.read() as session:
        tables = Base.metadata.sorted_tables
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_matches_are_counted_and_shown_and_nothing_is_written(
    services: Services, posts: list[int]
) -> None:
    before = rows(services)
    found = run(services, rule('words_any(["refund"])'))
    assert (found.asked, found.looked_at, found.matched, found.reached) == (30, 30, 20, 20)
    assert found.matches[0].post.post_id == posts[-1]
    assert "refund" in found.matches[0].post.text
    assert found.matches[0].after == SALES
    assert rows(services) == before


def test_changes_of_place_are_counted_from_and_to(services: Services, posts: list[int]) -> None:
    (change,) = run(services, rule('label == "complaint"')).moves
    assert change == (CARE, SALES, 20)
    assert run(services, rule('label == "complaint"', AddTags(("x",)))).moves == []


def test_a_rule_that_an_earlier_one_stops_before_is_not_reached(
    services: Services, posts: list[int]
) -> None:
    stopped = run(services, rule('label == "none" || label == "complaint"'))
    assert stopped.matched >= stopped.reached
    first = run(services, rule("true", position=0))
    assert (first.matched, first.reached) == (30, 30)


def test_a_changed_rule_takes_the_place_of_the_one_in_force(
    services: Services, posts: list[int]
) -> None:
    with services.database.read() as session:
        position = session.scalars(select(RuleRow.position).where(RuleRow.key == "praise")).one()
    found = run(services, rule("false", key="praise", position=position))
    assert found.matched == 0
    assert sum(count for _, _, count in found.moves) == 10
    assert all(old.team == "marketing" for old, _, _ in found.moves)


def test_only_the_newest_posts_are_looked_at(services: Services, posts: list[int]) -> None:
    found = run(services, rule("true"), posts=7)
    assert found.looked_at == 7
    assert [match.post.post_id for match in found.matches] == posts[:-8:-1]
    assert run(services, rule("true"), posts=MOST_POSTS * 10).looked_at == 30


def test_posts_whose_text_is_gone_are_left_out(services: Services, posts: list[int]) -> None:
    with services.database.write() as session:
        post = session.get_one(Post, posts[-1])
        post.purged_at, post.text = post.posted_at, ""
    assert run(services, rule("true")).looked_at == 29


def test_the_number_of_queries_does_not_grow_with_the_posts(
    services: Services, posts: list[int]
) -> None:
    needed = []
    for count in (2, 30):
        with counted(services.database) as statements:
            run(services, rule("true"), posts=count)
        needed.append(len([one for one in statements if one.startswith("SELECT")]))
    assert needed[0] == needed[1] <= 5


def test_a_failing_condition_is_counted_with_its_reason(
    services: Services, posts: list[int]
) -> None:
    found = run(services, rule("engagement.likes / engagement.replies > 1"))
    assert found.failed == 30
    assert found.error
    with pytest.raises(InvalidRuleError):
        run(services, rule("nonsense"))


def test_without_posts_there_is_nothing_to_match(services: Services) -> None:
    found = run(services, rule("true"))
    assert (found.looked_at, found.matched, found.matches, found.cut_short) == (0, 0, [], False)
