"""Rules on what happens to cases: each event once, in order, never in circles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import ACCOUNT_ID, T0, incoming
from tanggap.inbox.cases import conversations
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook import action_runs, errand_runs
from tanggap.inbox.rulebook.rule_timed import fire_timed
from tanggap.inbox.services import Services
from tanggap.inbox.triage import rule_triggers
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules import Trigger, dump_rule, load_rule
from tanggap.sdk.types import Event, PostDeleted, PostEdited
from tanggap.store.accounts import Account
from tanggap.store.alerts import Alert
from tanggap.store.base import utcnow
from tanggap.store.conversations import NOT_OURS, OPEN, RESOLVED, Conversation
from tanggap.store.posts import Post
from tanggap.store.rule_events import Growth, RuleEvent, ScheduleMark
from tanggap.store.rules import RuleRow, RuleRun
from tanggap.store.users import Team


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        session.execute(update(RuleRow).values(enabled=False))
        make_app(services, session)
        return make_account(session, services)


def add_rule(
    services: Services, trigger: str, *actions: str, key: str = "r", **fields: Any
) -> None:
    more = "".join(f", {name}: {value!r}" for name, value in fields.items())
    condition = "" if "condition" in fields else ", condition: 'true'"
    written = (
        f"{{key: {key}, trigger: {trigger}{condition}{more}, actions: [{', '.join(actions)}]}}"
    )
    with services.database.write() as session:
        session.add(RuleRow(key=key, position=10, definition=dump_rule(load_rule(written))))


def record(services: Services, account: Account, *events: Event) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), events, source="webhook")
    triage_pending(services)


def run(services: Services) -> int:
    count = 0
    while done := rule_triggers.run_due(services):
        count += done
    while errand_runs.work_together(services):
        pass
    for run_id in action_runs.due_runs(services):
        action_runs.work_on(services, run_id)
    return count


def case(services: Services) -> Conversation:
    with services.database.read() as session:
        return session.scalars(select(Conversation)).one()


def matched(services: Services) -> list[str]:
    with services.database.read() as session:
        rows = session.execute(select(RuleRun.rule_key).where(RuleRun.matched).order_by(RuleRun.id))
        return [row.rule_key for row in rows]


def events(services: Services) -> Iterator[tuple[str, str]]:
    with services.database.read() as session:
        for row in session.scalars(select(RuleEvent).order_by(RuleEvent.id)):
            yield row.trigger, row.occasion


POST = incoming("1", "aplikasi error", thread_id="t")


@pytest.mark.parametrize(
    ("trigger", "second"),
    [
        (
            "post_edited",
            PostEdited(
                account_id=ACCOUNT_ID, external_id="1", text="error lagi", edited_at=utcnow()
            ),
        ),
        ("post_deleted", PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=utcnow())),
        (
            "engagement_grew",
            incoming("1", "aplikasi error", thread_id="t", metrics={"likes": 9}),
        ),
        (
            "author_replied",
            incoming("2", "halo?", thread_id="t", posted_at=T0 + timedelta(minutes=9)),
        ),
        ("case_opened", POST),
    ],
)
def test_what_befalls_a_post_sets_off_its_rules_once(
    services: Services, account: Account, trigger: str, second: Event
) -> None:
    add_rule(services, trigger, "set_priority: urgent")
    record(services, account, POST)
    with services.database.write() as session:
        session.execute(update(Conversation).values(first_answered_at=T0 + timedelta(minutes=5)))
    record(services, account, second)
    record(services, account, second)
    assert run(services) == 1
    assert (matched(services), case(services).priority_name) == (["r"], "urgent")
    assert run(services) == 0


def test_growth_counts_each_time_it_has_doubled(services: Services, account: Account) -> None:
    add_rule(services, "engagement_grew", "add_tags: [viral]")
    record(services, account, POST)
    for likes in (3, 9, 12, 17, 15):
        seen = incoming("1", "aplikasi error", thread_id="t", metrics={"likes": likes})
        record(services, account, seen)
    assert [trigger for trigger, _ in events(services)] == ["engagement_grew"] * 2
    with services.database.read() as session:
        assert session.scalars(select(Growth)).one().total == 15


def test_cases_that_are_resolved_reopened_and_assigned_set_off_their_rules(
    services: Services, account: Account
) -> None:
    for trigger in ("case_resolved", "case_reopened", "case_assigned"):
        add_rule(services, trigger, f"add_tags: [{trigger}]", key=trigger)
    record(services, account, POST)
    with services.database.write() as session:
        found = session.scalars(select(Conversation)).one()
        user = make_user(session)
        conversations.claim(session, found.id, user.id)
        session.expire(found)
        conversations.set_state(session, found.id, user.id, found.revision, RESOLVED)
    run(services)
    assert case(services).tags == ["case_assigned", "case_resolved"]
    later = incoming("2", "masih error", thread_id="t", posted_at=T0 + timedelta(minutes=9))
    record(services, account, later)
    assert (run(services), case(services).state) == (1, OPEN)
    assert case(services).tags[-1] == "case_reopened"


def test_an_event_waits_until_the_posts_of_its_case_are_labelled(
    services: Services, account: Account
) -> None:
    add_rule(services, "post_edited", "add_tags: [diubah]", condition='label == "praise"')
    record(services, account, POST)
    with services.database.write() as session:
        row = session.get_one(Account, account.id)
        edit = PostEdited(
            account_id=ACCOUNT_ID, external_id="1", text="mantap, makasih", edited_at=utcnow()
        )
        record_events(session, row, [edit], source="webhook")
    assert run(services) == 0
    triage_pending(services)
    assert run(services) == 1
    assert case(services).tags == ["diubah"]


def test_rules_leave_what_they_do_not_name(services: Services, account: Account) -> None:
    add_rule(services, "post_deleted", "add_tags: [dihapus]", "remove_tags: [lama]")
    record(services, account, POST)
    with services.database.write() as session:
        team = session.scalars(select(Team).where(Team.key == "sales")).one()
        session.execute(update(Conversation).values(team_id=team.id, priority=1, tags=["lama"]))
    gone = PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=utcnow())
    record(services, account, gone)
    run(services)
    now = case(services)
    assert (now.team_id, now.priority_name, now.tags) == (team.id, "high", ["dihapus"])


def test_a_rule_is_not_run_by_what_its_own_action_led_to(
    services: Services, account: Account
) -> None:
    """One rule puts the case aside, the other takes it back: a circle, were it not guarded."""
    add_rule(services, "case_assigned", "mark_not_ours", key="aside")
    add_rule(services, "case_reopened", "assign_team: sales", key="back")
    record(services, account, POST)
    with services.database.write() as session:
        session.execute(update(Conversation).values(state=NOT_OURS))
        found = session.scalars(select(Conversation.id)).one()
        fire(session, Trigger.CASE_REOPENED, found, occasion="test")
    assert run(services) < 8
    assert matched(services) == ["back", "aside"]
    with services.database.read() as session:
        held = session.scalars(select(RuleRun).where(RuleRun.matched.is_(False))).all()
    assert {one.error for one in held} <= {"its own action led here"}


def test_a_rule_acts_on_one_case_so_often_and_no_more(services: Services, account: Account) -> None:
    add_rule(services, "reply_failed", "add_tags: [gagal]")
    record(services, account, POST)
    with services.database.write() as session:
        found = session.scalars(select(Conversation.id)).one()
        for number in range(30):
            fire(session, Trigger.REPLY_FAILED, found, occasion=number)
    assert run(services) == 30
    assert len(matched(services)) == rule_triggers.MOST_A_CASE


def test_a_capped_rule_raises_one_alert_and_others_go_on(
    services: Services, account: Account
) -> None:
    add_rule(services, "post_triaged", "set_priority: low", at_most="2 per day", key="capped")
    add_rule(services, "post_triaged", "add_tags: [semua]", key="others")
    record(services, account, *[incoming(str(n), "error", thread_id=str(n)) for n in range(4)])
    record(services, account, incoming("9", "error", thread_id="9"))
    assert sorted(matched(services)) == ["capped"] * 2 + ["others"] * 5
    with services.database.read() as session:
        alert = session.scalars(select(Alert)).one()
    assert (alert.rule_key, alert.text) == ("capped", "capped: 2 per day")


def test_a_rule_that_is_switched_off_does_nothing(services: Services, account: Account) -> None:
    add_rule(services, "post_deleted", "add_tags: [dihapus]")
    with services.database.write() as session:
        session.execute(update(RuleRow).values(enabled=False))
    record(services, account, POST)
    gone = PostDeleted(account_id=ACCOUNT_ID, external_id="1", deleted_at=utcnow())
    record(services, account, gone)
    assert run(services) == 1
    assert (matched(services), case(services).tags) == ([], [])


def test_an_event_on_which_the_rules_fail_does_not_hold_up_the_others(
    services: Services, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_rule(services, "reply_failed", "add_tags: [gagal]")
    record(services, account, POST)
    with services.database.write() as session:
        found = session.scalars(select(Conversation.id)).one()
        for number in range(3):
            fire(session, Trigger.REPLY_FAILED, found, occasion=number)
    place = rule_triggers.place

    def falls(session: Any, batch: Any) -> None:
        if batch[0].event.occasion == "1":
            raise MemoryError
        place(session, batch)

    monkeypatch.setattr(rule_triggers, "place", falls)
    run(services)
    with services.database.read() as session:
        rows = session.scalars(select(RuleEvent).order_by(RuleEvent.id)).all()
    assert [bool(row.error) for row in rows] == [False, True, False]
    assert all(row.done_at for row in rows)


def test_a_customer_who_waits_too_long_is_noticed_once(
    services: Services, account: Account
) -> None:
    add_rule(services, "no_answer", "set_priority: urgent", timing="60 minutes")
    now = utcnow()
    first = incoming("1", "error", thread_id="t", posted_at=now - timedelta(minutes=70))
    again = incoming("2", "halo?", thread_id="t", posted_at=now - timedelta(minutes=10))
    fresh = incoming("3", "error", thread_id="u", posted_at=now - timedelta(minutes=50))
    old = incoming("4", "error", thread_id="v", posted_at=now - timedelta(days=9))
    record(services, account, first, again, fresh, old)
    assert (fire_timed(services), fire_timed(services)) == (1, 0)
    assert run(services) == 1
    with services.database.read() as session:
        urgent = session.scalars(select(Conversation).where(Conversation.priority == 0)).one()
    assert urgent.thread_id == "t"


def test_an_answer_ends_the_wait(services: Services, account: Account) -> None:
    add_rule(services, "no_answer", "set_priority: urgent", timing="60 minutes")
    now = utcnow()
    record(
        services,
        account,
        incoming("1", "error", thread_id="t", posted_at=now - timedelta(minutes=90)),
        incoming(
            "2",
            "kami cek",
            thread_id="t",
            posted_at=now - timedelta(minutes=80),
            author_id=ACCOUNT_ID,
            in_reply_to="1",
        ),
        incoming("3", "masih error", thread_id="t", posted_at=now - timedelta(minutes=30)),
    )
    assert fire_timed(services) == 0
    assert fire_timed(services, now + timedelta(minutes=31)) == 1


def test_a_schedule_runs_for_cases_under_way_each_time_it_is_due(
    services: Services, account: Account
) -> None:
    add_rule(services, "schedule", "add_tags: [pagi]", timing="every day at 08:00")
    record(services, account, POST, incoming("2", "error", thread_id="u"))
    with services.database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.thread_id == "u").values(state=RESOLVED)
        )
    now = utcnow()
    assert fire_timed(services, now) == 0
    assert fire_timed(services, now + timedelta(days=1)) == 1
    assert fire_timed(services, now + timedelta(days=1)) == 0
    assert run(services) == 1
    with services.database.read() as session:
        assert session.scalars(select(ScheduleMark)).one().rule_key == "r"
        tagged = session.scalars(select(Conversation)).all()
    assert sorted(tuple(one.tags) for one in tagged) == [(), ("pagi",)]


def test_actions_beside_the_routing_are_done_once_for_a_post_but_again_for_another_reply(
    services: Services, account: Account
) -> None:
    add_rule(services, "case_resolved", "raise_alert: Selesai", key="once")
    add_rule(services, "reply_failed", "raise_alert: Gagal", key="each")
    record(services, account, POST)
    with services.database.write() as session:
        found = session.scalars(select(Conversation.id)).one()
        for number in range(2):
            fire(session, Trigger.CASE_RESOLVED, found, occasion=number)
            fire(session, Trigger.REPLY_FAILED, found, occasion=number)
    run(services)
    with services.database.read() as session:
        texts = sorted(session.scalars(select(Alert.text)))
    assert texts == ["Gagal", "Gagal", "Selesai"]


def test_an_event_of_a_case_without_a_labelled_post_is_passed_over(
    services: Services, account: Account
) -> None:
    add_rule(services, "reply_failed", "add_tags: [gagal]")
    record(services, account, POST)
    with services.database.write() as session:
        found = session.scalars(select(Conversation.id)).one()
        session.execute(update(Post).values(from_us=True))
        fire(session, Trigger.REPLY_FAILED, found, occasion="x")
    assert (run(services), case(services).tags) == (1, [])
