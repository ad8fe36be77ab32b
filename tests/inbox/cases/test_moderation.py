"""Acting on posts: who may, what the platform permits, and that it is done whatever breaks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_conversation, make_post, make_user
from fakes import FakePlatform
from tanggap.errors import ConflictError, ForbiddenError
from tanggap.inbox.cases.moderating import NotPossibleError, ask, possible_actions
from tanggap.inbox.sending import moderation_work
from tanggap.inbox.services import Services
from tanggap.sdk.errors import AuthExpired, Gone, RateLimited, Rejected, Unavailable
from tanggap.sdk.types import Action
from tanggap.store.accounts import NEEDS_RECONNECT, Account
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.moderations import DONE, FAILED, QUEUED, RUNNING, Moderation
from tanggap.store.posts import Post
from tanggap.store.users import AGENT, SUPERVISOR


@pytest.fixture
def post(services: Services) -> Post:
    with services.database.write() as session:
        make_app(services, session)
        return make_post(session, make_conversation(session, make_account(session, services)))


@pytest.fixture
def agent(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session, role=AGENT).id


def load(services: Services, post: Post) -> Post:
    with services.database.read() as session:
        return session.get_one(Post, post.id)


def only(services: Services) -> Moderation:
    with services.database.read() as session:
        return session.scalars(select(Moderation)).one()


def make_due(services: Services) -> None:
    with services.database.write() as session:
        session.execute(update(Moderation).values(next_try_at=utcnow() - timedelta(seconds=1)))


def do(services: Services, post: Post, action: Action, user_id: int | None = None) -> Moderation:
    asked = ask(services, post.id, action, user_id=user_id)
    moderation_work.work_on(services, asked.id)
    return only(services)


@pytest.mark.parametrize("action", ["hide", "like", "delete"])
def test_platform_is_asked_and_the_post_shows_it(
    services: Services, post: Post, platform: FakePlatform, action: Action
) -> None:
    assert do(services, post, action).state == DONE
    assert platform.acted == [(action, post.external_id)]
    changed = load(services, post)
    assert [changed.hidden, changed.liked, changed.deleted_at is not None] == [
        action == "hide", action == "like", action == "delete"
    ]  # fmt: skip


def test_what_was_done_can_be_taken_back(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    for action in ("hide", "like", "show", "unlike"):
        moderation_work.work_on(services, ask(services, post.id, action).id)
    assert [action for action, _ in platform.acted] == ["hide", "like", "show", "unlike"]
    changed = load(services, post)
    assert (changed.hidden, changed.liked) == (False, False)


def test_what_the_platform_forbids_is_not_offered_and_not_done(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    platform.forbidden = {"like"}
    with services.database.read() as session:
        possible = possible_actions(services, session, load(services, post), SUPERVISOR)
    assert possible == ["hide", "delete"]
    with pytest.raises(NotPossibleError):
        ask(services, post.id, "like")


def test_agent_hides_but_does_not_delete(services: Services, post: Post, agent: int) -> None:
    with services.database.read() as session:
        possible = possible_actions(services, session, load(services, post), AGENT)
    assert possible == ["hide", "like"]
    with pytest.raises(ForbiddenError):
        ask(services, post.id, "delete", user_id=agent)
    ask(services, post.id, "hide", user_id=agent)
    with services.database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.user_id, entry.detail["action"]) == (
        "post_moderated",
        agent,
        "hide",
    )


def test_asking_twice_is_asking_once(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    first, second = ask(services, post.id, "hide"), ask(services, post.id, "hide")
    assert first.id == second.id
    with pytest.raises(ConflictError):
        ask(services, post.id, "delete")
    for _ in range(2):
        moderation_work.work_on(services, first.id)
    assert platform.acted == [("hide", post.external_id)]


@pytest.mark.parametrize(
    "fault", [Unavailable("away"), Unavailable("lost", reached=False), RuntimeError("a bug"),
              RateLimited(timedelta(minutes=9))],
)  # fmt: skip
def test_passing_trouble_is_tried_again(
    services: Services, post: Post, platform: FakePlatform, fault: Exception
) -> None:
    platform.action_faults = [fault]
    waiting = do(services, post, "hide")
    assert (waiting.state, bool(waiting.error)) == (QUEUED, True)
    if isinstance(fault, RateLimited):
        assert waiting.next_try_at > utcnow() + timedelta(minutes=8)
    make_due(services)
    for moderation_id in moderation_work.due_moderations(services):
        moderation_work.work_on(services, moderation_id)
    assert only(services).state == DONE


def test_refusal_is_shown_with_its_reason(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    platform.action_faults = [Rejected("not your post", "403")]
    failed = do(services, post, "hide")
    assert (failed.state, failed.error_code, failed.error) == (FAILED, "403", "not your post")
    assert not load(services, post).hidden


def test_expired_access_closes_the_account(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    platform.action_faults = [AuthExpired("token died", "revoked")]
    assert do(services, post, "hide").error_code == "revoked"
    with services.database.read() as session:
        assert session.scalar(select(Account.state)) == NEEDS_RECONNECT


@pytest.mark.parametrize(("action", "state"), [("hide", FAILED), ("delete", DONE)])
def test_post_that_is_gone_is_marked_deleted(
    services: Services, post: Post, platform: FakePlatform, action: Action, state: str
) -> None:
    platform.action_faults = [Gone("no such post", "404")]
    assert do(services, post, action).state == state
    assert load(services, post).deleted_at is not None


def test_action_of_a_dead_worker_is_done_by_another(
    services: Services, post: Post, platform: FakePlatform
) -> None:
    asked = ask(services, post.id, "hide")
    with services.database.write() as session:
        session.execute(
            update(Moderation).values(state=RUNNING, next_try_at=utcnow() - timedelta(seconds=1))
        )
    assert moderation_work.due_moderations(services) == [asked.id]
    moderation_work.work_on(services, asked.id)
    assert only(services).state == DONE


def test_nothing_is_tried_for_ever(services: Services, post: Post, platform: FakePlatform) -> None:
    asked = ask(services, post.id, "hide")
    with services.database.write() as session:
        session.execute(update(Moderation).values(created_at=utcnow() - timedelta(hours=7)))
    platform.action_faults = [Unavailable("away")]
    moderation_work.work_on(services, asked.id)
    assert only(services).state == FAILED
