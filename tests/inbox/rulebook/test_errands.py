"""What rules have the inbox do: tell people, by e-mail too, raise alerts, hide posts, wish."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from factories import make_account, make_app, make_user
from fakes import incoming
from queries import counted
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.rulebook import action_runs, errand_runs
from tanggap.inbox.services import Services
from tanggap.inbox.triage.triage import triage_pending
from tanggap.rules import dump_rule, load_rule
from tanggap.store.accounts import Account
from tanggap.store.action_runs import DONE, FAILED, QUEUED, ActionRun
from tanggap.store.alerts import Alert
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow
from tanggap.store.conversations import Conversation
from tanggap.store.handlings import Handling
from tanggap.store.moderations import Moderation
from tanggap.store.notifications import Notification
from tanggap.store.posts import Post
from tanggap.store.rules import RuleRow
from tanggap.store.users import Team, User


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail on a loopback port; `refuse` answers every recipient with a no."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.refuse = False
        self.taken: list[tuple[list[str], Message]] = []


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        people: list[str] = []
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "RCPT":
                people.append(line.split("<")[1].split(">")[0])
            if word == "DATA":
                self.say("354 go on")
                self.server.taken.append((people, message_from_bytes(self.body())))
            if word == "QUIT":
                return self.say("221 bye")
            self.say("550 no" if word == "RCPT" and self.server.refuse else "250 fine")
        return None

    def body(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def arrive(services: Services, actions: str, *texts: str) -> None:
    """Have a rule with these actions meet posts."""
    rule = load_rule(f"{{key: tell, name: {{id: Awas, en: Beware}}, condition: 'true', {actions}}}")
    with services.database.write() as session:
        session.add(RuleRow(key="tell", position=1_000, definition=dump_rule(rule)))
        make_app(services, session)
        account = make_account(session, services)
        events = [
            incoming(str(n), text, thread_id="t", kind="comment")
            for n, text in enumerate(texts or ("aplikasi error",))
        ]
        record_events(session, session.get_one(Account, account.id), events, source="webhook")
    triage_pending(services)


def work(services: Services) -> list[ActionRun]:
    while errand_runs.work_together(services):
        pass
    for run_id in action_runs.due_runs(services):
        action_runs.work_on(services, run_id)
    with services.database.read() as session:
        return list(session.scalars(select(ActionRun).order_by(ActionRun.id)))


def join(services: Services, team: str, **values: Any) -> User:
    with services.database.write() as session:
        user: User = make_user(session, **values)
        found = session.scalars(select(Team).where(Team.key == team)).one()
        found.members.append(user)
        return user


def told(services: Services) -> list[tuple[int, str]]:
    with services.database.read() as session:
        rows = session.execute(select(Notification.user_id, Notification.text))
        return sorted((row.user_id, row.text) for row in rows)


def test_team_is_told_in_the_inbox_once(services: Services) -> None:
    ayu, budi = join(services, "care"), join(services, "care", name="Budi")
    arrive(services, "actions: [{notify: {team: care, text: Baca ini}}]")
    assert [run.state for run in work(services)] == [DONE]
    with services.database.write() as session:
        session.execute(update(Post).values(triage="pending", revision=2, text="error lagi"))
    triage_pending(services)
    work(services)
    assert told(services) == sorted([(ayu.id, "Baca ini"), (budi.id, "Baca ini")])


def test_without_words_the_rules_name_is_told(services: Services) -> None:
    ayu = join(services, "care")
    arrive(services, f"actions: [{{notify: {{person: {ayu.email}}}}}]")
    work(services)
    assert told(services) == [(ayu.id, "Awas / Beware")]


def test_nobody_to_tell_stands_beside_the_rule(services: Services) -> None:
    arrive(services, "actions: [mark_not_ours, {notify: {assignee: true}}]")
    (run,) = work(services)
    assert run.state == FAILED
    assert "nobody to tell" in run.error


def test_mail_goes_to_each_in_their_language(services: Services, mail: MailServer) -> None:
    ayu = join(services, "care")
    budi = join(services, "care", name="Budi", language="en")
    settings = replace(
        services.settings,
        smtp_host="127.0.0.1",
        smtp_port=mail.server_address[1],
        smtp_security="none",
        smtp_from="inbox@contoh.example",
    )
    services = replace(services, settings=settings)
    arrive(services, "actions: [{notify: {team: care, text: Baca ini, email: true}}]")
    assert [run.state for run in work(services)] == [DONE]
    (first, second) = mail.taken
    assert (first[0], first[1]["Subject"]) == ([ayu.email], "Tanggap: Awas")
    assert (second[0], second[1]["Subject"]) == ([budi.email], "Tanggap: Beware")
    assert "http://127.0.0.1:8000/inbox/" in first[1].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert budi.email not in str(first[1])


def test_mail_server_that_is_away_is_tried_again_and_one_that_refuses_is_not(
    services: Services, mail: MailServer
) -> None:
    join(services, "care")
    away = replace(services.settings, smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    arrive(services, "actions: [{notify: {team: care, email: true}}]")
    (run,) = work(replace(services, settings=away))
    assert run.state == QUEUED
    assert "cannot be reached" in run.error
    with services.database.write() as session:
        session.execute(update(ActionRun).values(next_try_at=utcnow()))
    mail.refuse = True
    there = replace(away, smtp_port=mail.server_address[1])
    (run,) = work(replace(services, settings=there))
    assert run.state == FAILED
    assert "refused" in run.error
    assert len(told(services)) == 1


def test_without_a_mail_server_the_inbox_is_told_alone(services: Services) -> None:
    join(services, "care")
    arrive(services, "actions: [{notify: {team: care, email: true}}]")
    (run,) = work(services)
    assert (run.state, "TANGGAP_SMTP_HOST" in run.error) == (FAILED, True)
    assert len(told(services)) == 1


def test_alert_is_raised_once_for_a_post(services: Services) -> None:
    arrive(services, "actions: [{raise_alert: {text: Krisis, level: incident}}]")
    work(services)
    work(services)
    with services.database.read() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.text, alert.level, alert.rule_key) == ("Krisis", "incident", "tell")
        assert alert.conversation_id == session.scalar(select(Conversation.id))


def test_errands_are_done_in_the_same_few_statements_however_many_they_are(
    services: Services,
) -> None:
    join(services, "care")
    arrive(services, "actions: [{raise_alert: Krisis}, {notify: care}]", "aplikasi error")
    with counted(services.database) as few:
        assert errand_runs.work_together(services) == 2
    with services.database.write() as session:
        account = session.scalars(select(Account)).one()
        posts = [incoming(f"m{n}", "aplikasi error", thread_id=f"m{n}") for n in range(30)]
        record_events(session, account, posts, source="webhook")
    triage_pending(services)
    with counted(services.database) as many:
        assert errand_runs.work_together(services) == 60
    assert len(many) == len(few)
    assert [run.state for run in work(services)] == [DONE] * 62
    assert len(told(services)) == 31


def test_errand_that_breaks_keeps_no_other_from_being_done(services: Services) -> None:
    arrive(services, "actions: [{raise_alert: Krisis}, pause_clock: all]")
    with services.database.write() as session:
        broken = session.scalars(select(ActionRun).where(ActionRun.action == "pause_clock")).one()
        broken.values = {}
    first, second = work(services)
    assert (first.state, second.state) == (DONE, FAILED)
    assert "KeyError" in second.error
    with services.database.read() as session:
        assert session.scalars(select(Alert)).one().text == "Krisis"


def test_post_is_hidden_where_its_platform_lets_us(services: Services) -> None:
    arrive(services, "actions: [hide]")
    assert [run.state for run in work(services)] == [DONE]
    with services.database.read() as session:
        asked = session.scalars(select(Moderation)).one()
        assert (asked.action, asked.user_id) == ("hide", None)


def test_wishes_for_a_case_are_kept_and_the_newest_post_decides(services: Services) -> None:
    ayu = join(services, "care")
    actions = """actions: [assign_by_load: {skills: [kpr], sticky: true}, set_tone_profile: formal,
        suggest_template: ack-outage, require_approval, add_tags: [baru], remove_tags: [baru]]"""
    arrive(services, actions, "aplikasi error", "jam buka berapa?")
    with services.database.read() as session:
        wish = session.scalars(select(Handling)).one()
        case = session.scalars(select(Conversation)).one()
    assert (wish.by_load, wish.skills, wish.sticky) == (True, ["kpr"], True)
    assert (wish.tone, wish.template) == ("formal", "ack-outage")
    assert (case.needs_approval, case.tags) == (True, [])
    named = f"{{key: b, condition: 'true', actions: [assign_person: {ayu.email}]}}"
    with services.database.write() as session:
        session.add(RuleRow(key="b", position=1_001, definition=named))
        session.execute(update(Post).values(triage="pending"))
    triage_pending(services)
    with services.database.read() as session:
        wish = session.scalars(select(Handling)).one()
    assert (wish.assignee_id, wish.by_load, wish.tone) == (ayu.id, False, "formal")


def test_clocks_are_held_to_a_target_of_their_own_paused_and_resumed(services: Services) -> None:
    actions = """actions: [start_clock: {clock: first_answer, within: 5 minutes},
        pause_clock: first_answer, resume_clock: all]"""
    arrive(services, actions)
    assert [run.state for run in work(services)] == [DONE] * 3
    with services.database.read() as session:
        happened = [row.what for row in session.scalars(select(CaseEventRow))]
    assert {"target", "paused", "resumed"} <= set(happened)
