"""The page of targets: table, editor, what a case falls under, the report and the badge."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_account, make_conversation
from fakes import change_channel
from tanggap.inbox.clocks import sla
from tanggap.inbox.services import Services
from tanggap.sdk import Responsiveness
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.clocks import ClockRow, SlaPolicy
from tanggap.store.conversations import Conversation
from visitors import Visitor

PAGE = "/admin/sla"


@pytest.fixture
def admin(app: Flask, services: Services) -> Visitor:
    return Visitor(app).sign_in(services)


def policy(services: Services, name: str) -> SlaPolicy | None:
    with services.database.read() as session:
        return session.scalar(select(SlaPolicy).where(SlaPolicy.name == name))


def clock(services: Services, account: int, minutes: float, took: float | None) -> None:
    """Make a case whose customer wrote some minutes ago."""
    from tanggap.store.accounts import Account

    with services.database.write() as session:
        case = make_conversation(session, session.get_one(Account, account), visibility="private")
        started = utcnow() - timedelta(minutes=minutes)
        row = ClockRow(
            conversation_id=case.id,
            kind="first_answer",
            period=1,
            started_at=started,
            due_at=started + timedelta(minutes=15),
            within_seconds=900,
            met_at=None if took is None else started + timedelta(minutes=took),
        )
        session.add(row)


def test_table_shows_the_default_policies(admin: Visitor) -> None:
    page = admin.get(PAGE).text
    for text in ("Every case", "Urgent on X", "every case", "day and night", "New policy"):
        assert text in page
    assert "style=" not in page


def test_policy_is_made_changed_and_deleted_with_audit_entries(
    admin: Visitor, services: Services
) -> None:
    fields = {"name": "Aduan pribadi", "label": "complaint", "visibility": "private"}
    fields |= {"first_answer": "20", "first_answer-unit": "minutes", "first_answer-always": "1"}
    fields |= {"share": "70", "left": "3", "enabled": "on"}
    assert admin.post(f"{PAGE}/new", fields).status_code == 303
    row = policy(services, "Aduan pribadi")
    assert row is not None
    assert (row.label, row.visibility, row.priority) == ("complaint", "private", None)
    assert row.targets == {"first_answer": [1200, True]}
    assert (row.warn_share, row.warn_seconds) == (0.7, 180)
    page = admin.get(f"{PAGE}/{row.id}").text
    assert 'value="20"' in page
    fields |= {"first_answer": "2", "first_answer-unit": "hours", "version": sla.version_of(row)}
    del fields["enabled"]
    assert admin.post(f"{PAGE}/{row.id}", fields).status_code == 303
    row = policy(services, "Aduan pribadi")
    assert row is not None
    assert row.targets == {"first_answer": [7200, True]}
    assert not row.enabled
    assert admin.post(f"{PAGE}/{row.id}", fields).status_code == 409
    admin.post(f"{PAGE}/{row.id}/delete")
    assert policy(services, "Aduan pribadi") is None
    with services.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        assert list(actions)[-3:] == [
            *("sla_policy.changed", "sla_policy.changed", "sla_policy.deleted")
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"label": "", "first_answer": "5"},
        {"label": "no such"},
        {"first_answer": "0"},
        {"first_answer": "1.5"},
        {"first_answer": "99999"},
        {"first_answer": ""},
        {"share": "101"},
        {"share": "0"},
        {"left": "-1"},
        {"team": "4711"},
    ],
)
def test_what_makes_no_sense_is_said_and_not_saved(
    admin: Visitor, services: Services, wrong: dict[str, str]
) -> None:
    right = {"name": "Uji", "label": "complaint", "first_answer": "5"}
    right |= {"first_answer-unit": "hours"}
    answer = admin.post(f"{PAGE}/new", right | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert policy(services, "Uji") is None


def test_policy_for_every_case_keeps_a_first_answer_and_cannot_be_deleted(
    admin: Visitor, services: Services
) -> None:
    row = policy(services, "Semua kasus")
    assert row is not None
    fields = {"name": "Semua kasus", "acknowledge": "5", "version": sla.version_of(row)}
    assert admin.post(f"{PAGE}/{row.id}", fields).status_code == 422
    admin.post(f"{PAGE}/{row.id}/delete")
    assert policy(services, "Semua kasus") is not None


def test_described_case_and_a_numbered_one_show_their_targets(
    admin: Visitor, case: Conversation
) -> None:
    page = admin.get(f"{PAGE}?priority=urgent").text.split('id="preview"')[1]
    assert "<bdi>Urgent</bdi>" in page
    assert admin.get(f"{PAGE}?case={case.id}").status_code == 200
    assert 'role="alert"' in admin.get(f"{PAGE}?case=4711").text
    assert admin.get(f"{PAGE}?priority=x&team=abc&label=<b>&days=9").status_code == 200


def test_report_counts_against_an_hour_and_a_day(admin: Visitor, services: Services) -> None:
    with services.database.write() as session:
        account = make_account(session).id
    for minutes, took in ((3000, 30), (3000, 90), (3000, None), (10, None), (9000, 1)):
        clock(services, account, minutes, took)
    report = admin.get(PAGE).text.split('id="report"')[1]
    cells = [cell.split("</td>")[0] for cell in report.split('<td class="number">')[1:]]
    assert cells == ["5", "3", "50 %", "75 %", "25 %"]


def test_badge_is_shown_for_accounts_whose_channel_declares_one(
    admin: Visitor, services: Services
) -> None:
    with services.database.write() as session:
        account = make_account(session).id
    assert "badge-picture" not in admin.get(PAGE).text
    change_channel(
        services,
        responsiveness=Responsiveness(
            badge={"id": "Sigap", "en": "Prompt"},
            share=0.9,
            within=timedelta(minutes=15),
            to=("private",),
        ),
    )
    assert "nothing to measure yet" in admin.get(PAGE).text
    for took in (1, 2, 3, 60):
        clock(services, account, 600, took)
    page = admin.get(PAGE).text
    for text in ("Prompt", "75 %", "Answer the next 6 messages in time", "badge-picture", "mark"):
        assert text in page
    assert "style=" not in page


def test_page_speaks_indonesian(admin: Visitor) -> None:
    admin.post("/language", {"language": "id"})
    page = admin.get(PAGE).text
    for text in ("Target respons", "Jawaban pertama", "siang malam", "Semua kasus"):
        assert text in page


def test_policy_that_ships_is_named_in_the_readers_language_and_kept_as_it_came(
    admin: Visitor, services: Services
) -> None:
    shipped = policy(services, "Mendesak")
    assert shipped is not None
    page = admin.get(f"{PAGE}/{shipped.id}").text
    assert 'value="Urgent"' in page
    assert "<h1><bdi>Urgent</bdi></h1>" in page
    version = re.findall(r'name="version" value="([^"]+)"', page)[0]
    typed = {"name": "Urgent", "priority": "urgent", "version": version, "first_answer": "20"}
    assert admin.post(f"{PAGE}/{shipped.id}", typed).status_code == 303
    assert policy(services, "Urgent") is None
    kept = policy(services, "Mendesak")
    assert kept is not None
    assert list(kept.targets) == ["first_answer"]
    admin.post("/language", {"language": "id"})
    assert 'value="Mendesak"' in admin.get(f"{PAGE}/{shipped.id}").text
