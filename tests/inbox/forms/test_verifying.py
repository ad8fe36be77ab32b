"""Customers verified in private: by details, by a list, by a code; marks end and are revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_account, make_conversation, make_post, make_user
from tanggap.classifier import Verdict
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox import single_use
from tanggap.inbox.forms import form_requests, verifying
from tanggap.inbox.forms.form_answers import read_filled
from tanggap.inbox.forms.forms import verifying_form
from tanggap.inbox.forms.verifying import NoCodeError
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows, look_up
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import MadeLink, WrongCodeError
from tanggap.rules.reads import Reads
from tanggap.store.audit import AuditEntry
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.verifications import KnownCustomer, Verification

DETAILS = {"customer_number": "PLG 00-123", "last_four": "7890"}


@pytest.fixture
def case(services: Services) -> Conversation:
    with services.database.write() as session:
        case = make_conversation(session, make_account(session))
        case.assignee_id = make_user(session).id
        return case


def agent(case: Conversation) -> int:
    assert case.assignee_id is not None
    return case.assignee_id


def ask(services: Services, case: Conversation) -> MadeLink:
    with services.database.write() as session:
        kept, row = verifying_form(session), session.get_one(Conversation, case.id)
        return form_requests.ask(services, session, row, kept, user_id=agent(case))


def confirm(services: Services, made: MadeLink) -> int:
    with services.database.write() as session:
        link = single_use.find_link(session, made.token)
        asked = form_requests.open_request(session, link)
        filled = read_filled(asked.definition, DETAILS, {})
        assert not filled.problems
        return verifying.take_details(services, session, link, filled).id


def mark(services: Services, case: Conversation) -> Verification | None:
    with services.database.read() as session:
        return verifying.verified_mark(session, case.author_id)


def test_details_that_an_agent_compared_give_the_mark_for_its_days(
    services: Services, case: Conversation
) -> None:
    made = ask(services, case)
    assert len(made.code) == 6
    request = confirm(services, made)
    assert mark(services, case) is None
    with services.database.write() as session:
        verifying.decide(session, case.id, request, matches=True, user_id=agent(case))
    given = mark(services, case)
    assert given is not None
    assert (given.method, given.user_id) == (verifying.DETAILS, agent(case))
    assert timedelta(days=89) < given.expires_at - utcnow() <= timedelta(days=90)


def test_rules_know_who_is_verified(services: Services, case: Conversation) -> None:
    with services.database.write() as session:
        post = make_post(session, session.get_one(Conversation, case.id)).id
    with services.database.write() as session:
        rows = load_rows(session, [post])
        reads = Reads(paths={"author.identity_verified"})
        assert not look_up(session, rows, reads).verified
        session.add(
            Verification(
                author_id=case.author_id, method="code", expires_at=utcnow() + timedelta(days=1)
            )
        )
        session.flush()
        known = look_up(session, rows, reads)
        verdict = Verdict("question", 1.0, {"question": 1.0}, "id", "test")
        assert facts_of(rows[0], verdict, True, known).author.identity_verified


def test_details_that_do_not_match_give_none_and_are_decided_once(
    services: Services, case: Conversation
) -> None:
    request = confirm(services, ask(services, case))
    with services.database.write() as session:
        verifying.decide(session, case.id, request, matches=False, user_id=agent(case))
    assert mark(services, case) is None
    with services.database.write() as session, pytest.raises(ConflictError):
        verifying.decide(session, case.id, request, matches=True, user_id=agent(case))
    with services.database.write() as session, pytest.raises(NotFoundError):
        verifying.decide(session, case.id + 1, request, matches=True, user_id=agent(case))


@pytest.mark.parametrize(
    ("line", "listed"),
    [("plg00123; 7890", True), ("PLG-00123;7891", False), ("7890;PLG 00123", False)],
)
def test_details_in_the_list_verify_at_once_and_others_wait_for_a_person(
    services: Services, case: Conversation, line: str, listed: bool
) -> None:
    with services.database.write() as session:
        lines = ["", line, line, "PLG-9;1111"]
        assert verifying.replace_known(services, session, lines, user_id=agent(case)) == 2
    request = confirm(services, ask(services, case))
    given = mark(services, case)
    assert (given is not None and given.method == verifying.LIST) == listed
    with services.database.write() as session:
        stored = session.scalars(select(KnownCustomer.details_hash)).all()
        assert not any("7890" in one or "00123" in one for one in stored if len(one) != 64)
        assert verifying.known_count(session) == 2
        if not listed:
            verifying.decide(session, case.id, request, matches=True, user_id=agent(case))


def test_code_that_the_customer_tells_gives_the_mark_once(
    services: Services, case: Conversation
) -> None:
    with services.database.write() as session:
        first = verifying.ask_code(services, session, case, user_id=agent(case))
    with services.database.write() as session:
        made = verifying.ask_code(services, session, case, user_id=agent(case))
    wrong = first.code if first.code != made.code else "x"
    with pytest.raises(WrongCodeError):
        verifying.take_code(services, case.id, wrong, user_id=agent(case))
    verifying.take_code(services, case.id, made.code, user_id=agent(case))
    given = mark(services, case)
    assert given is not None
    assert given.method == verifying.CODE
    with pytest.raises(NoCodeError):
        verifying.take_code(services, case.id, made.code, user_id=agent(case))


def test_guessing_a_code_ends_it(services: Services, case: Conversation) -> None:
    with services.database.write() as session:
        made = verifying.ask_code(services, session, case, user_id=agent(case))
    for _ in range(single_use.ATTEMPTS):
        with pytest.raises(WrongCodeError):
            verifying.take_code(services, case.id, "no", user_id=agent(case))
    with pytest.raises(NoCodeError):
        verifying.take_code(services, case.id, made.code, user_id=agent(case))


def test_mark_ends_by_itself_and_by_hand(services: Services, case: Conversation) -> None:
    request = confirm(services, ask(services, case))
    with services.database.write() as session:
        verifying.decide(session, case.id, request, matches=True, user_id=agent(case))
    with services.database.write() as session:
        verifying.revoke_mark(session, case.id, user_id=agent(case))
    assert mark(services, case) is None
    with services.database.write() as session, pytest.raises(ConflictError):
        verifying.revoke_mark(session, case.id, user_id=agent(case))
    with services.database.write() as session:
        ended = utcnow() - timedelta(seconds=1)
        session.execute(update(Verification).values(revoked_at=None, expires_at=ended))
    assert mark(services, case) is None
    with services.database.read() as session:
        (one,) = verifying.verifications_of(session, case.author_id)
        assert one.revoked_by_id == agent(case)


def test_what_was_done_is_in_the_audit_log_without_the_details(
    services: Services, case: Conversation
) -> None:
    made = ask(services, case)
    request = confirm(services, made)
    with services.database.write() as session:
        verifying.decide(session, case.id, request, matches=True, user_id=agent(case))
        verifying.revoke_mark(session, case.id, user_id=agent(case))
    with services.database.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
    told = {entry.action for entry in entries}
    assert told >= {"form.asked", "form.answered", "author.verified", "author.mark_revoked"}
    written = " ".join(f"{entry.detail}" for entry in entries)
    assert not any(secret in written for secret in (*DETAILS.values(), made.code, made.token))
