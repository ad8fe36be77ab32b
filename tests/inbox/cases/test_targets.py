"""What a channel is told of a post, found by indexes however many posts there are."""

from __future__ import annotations

from datetime import timedelta

from factories import make_account, make_conversation, make_post
from fakes import T0
from queries import counted, plan_of
from tanggap.inbox.cases import targets
from tanggap.inbox.cases.targets import sdk_target
from tanggap.inbox.services import Services
from tanggap.store.posts import Author


def test_surroundings_of_a_post_are_found_by_indexes(services: Services) -> None:
    texts = ("in_reply_to", "quoted_id", "thread_id")
    given = {name: "1" if name in texts else 1 for name in targets._GIVEN}
    with services.database.read() as session:
        plan = plan_of(session, targets._around().params(given))
    assert "SCAN posts" not in plan
    assert "Seq Scan on posts" not in plan
    if services.database.is_sqlite:  # PostgreSQL chooses by figures that an empty table has none of
        assert "ix_posts_account_id_thread_id" not in plan


def test_surroundings_cost_one_statement_and_tell_the_latest_private_message(
    services: Services,
) -> None:
    with services.database.write() as session:
        account = make_account(session)
        case = make_conversation(session, account)
        post = make_post(session, case, posted_at=T0)
        make_post(session, case, visibility="private", posted_at=T0 + timedelta(hours=1))
        author = session.get_one(Author, case.author_id)
        elsewhere = make_conversation(session, account, author)
        late = make_post(
            session, elsewhere, visibility="private", posted_at=T0 + timedelta(hours=2)
        )
        session.flush()
        with counted(services.database) as statements:
            seen = sdk_target(session, post)
    assert len(statements) == 1
    assert seen.last_private_at == late.posted_at
    assert (seen.under_ours, seen.answers_us, seen.answered_privately) == (False, False, False)
