"""Posts that wake a resolved case: what the rule of reopened cases goes by."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clockwork import HOUR, answer, case, open_always, post, receive, set_state
from factories import make_account
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account
from tanggap.store.conversations import PRIORITIES
from tanggap.store.posts import Post
from tanggap.store.rules import RuleRun


@pytest.fixture
def account(services: Services, platform: Any) -> Account:
    open_always(services)
    with services.database.write() as session:
        return make_account(session)


def matched(services: Services) -> list[str]:
    """List the posts that the default rule of reopened cases took for such."""
    with services.database.read() as session:
        found = (
            select(Post.external_id)
            .join(RuleRun, RuleRun.post_id == Post.id)
            .where(RuleRun.rule_key == "reopened", RuleRun.matched)
        )
        return sorted(session.scalars(found))


def test_a_further_post_in_an_answered_case_does_not_reopen_it(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, HOUR))
    answer(services)
    receive(services, account, post(2))
    assert matched(services) == []
    assert PRIORITIES[case(services).priority] == "normal"


def test_the_first_post_after_a_case_was_resolved_reopens_it(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, HOUR))
    answer(services)
    set_state(services, "resolved")
    receive(services, account, post(2))
    receive(services, account, post(3))
    assert matched(services) == ["p2"]
    assert PRIORITIES[case(services).priority] == "high"


@pytest.mark.parametrize("state", ["open", "waiting"])
def test_what_a_person_opened_again_is_not_reopened_by_the_customer(
    services: Services, account: Account, state: Any
) -> None:
    receive(services, account, post(1, HOUR))
    set_state(services, "resolved")
    set_state(services, state)
    receive(services, account, post(2))
    assert matched(services) == []


def test_a_case_that_was_resolved_without_an_answer_is_reopened_too(
    services: Services, account: Account
) -> None:
    receive(services, account, post(1, HOUR))
    set_state(services, "resolved")
    receive(services, account, post(2))
    assert matched(services) == ["p2"]
