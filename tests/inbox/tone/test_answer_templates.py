"""Templates in force: shipped, changed, switched off, and an owner's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from factories import make_account, make_conversation, make_user
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.services import Services
from tanggap.inbox.tone import answer_templates
from tanggap.inbox.tone.answer_templates import NEW, read_template, templates_in_force
from tanggap.inbox.tone.tone import suggest_answers
from tanggap.rules.answers import Template, TemplateSyntaxError, default_templates
from tanggap.rules.answers.suggest import Suggestion
from tanggap.sdk.types import Formality
from tanggap.store.answer_templates import AnswerTemplate
from tanggap.store.audit import AuditEntry
from tanggap.store.conversations import Conversation

OWN = Template(
    key="refund-first",
    language="id",
    step="acknowledge",
    labels=("complaint",),
    formality=Formality.NEUTRAL,
    texts=("Halo {{ name }}, dana Anda sedang kami cek.", "Dananya kami cek, {{ name }}."),
)


@pytest.fixture
def user(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session).id


@pytest.fixture
def case(services: Services) -> Conversation:
    with services.database.write() as session:
        conversation = make_conversation(session, make_account(session, services))
        conversation.label, conversation.language = "complaint", "id"
        return conversation


def suggested(services: Services, case: Conversation, at_most: int = 50) -> list[Suggestion]:
    with services.database.read() as session:
        found = session.get_one(Conversation, case.id)
        return suggest_answers(services, session, found, "public", at_most)


def in_force(services: Services) -> tuple[Template, ...]:
    with services.database.read() as session:
        return templates_in_force(session)


def test_the_shipped_templates_are_in_force_at_first(services: Services) -> None:
    assert in_force(services) == default_templates()


def test_an_own_template_is_suggested_before_those_that_ship(
    services: Services, user: int, case: Conversation
) -> None:
    assert answer_templates.save_template(services, OWN, seen=NEW, user_id=user)
    first = suggested(services, case)[0]
    assert (first.key, first.text.startswith("Halo Kak")) == ("refund-first", True)
    with services.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.object_id) == ("template.created", "id/refund-first")


def test_a_changed_template_takes_the_place_of_the_shipped_one_until_removed(
    services: Services, user: int
) -> None:
    shipped = default_templates()[0]
    changed = replace(shipped, texts=("Teks baru {{ name }}.",))
    assert answer_templates.save_template(services, changed, seen=NEW, user_id=user)
    assert not answer_templates.save_template(services, changed, seen=1, user_id=user)
    assert changed in in_force(services)
    assert shipped not in in_force(services)
    with services.database.read() as session:
        kept = read_template(session, shipped.language, shipped.key)
    assert (kept.source, kept.revision) == ("changed", 1)
    answer_templates.remove_template(services, shipped.language, shipped.key, seen=1, user_id=user)
    assert set(in_force(services)) == set(default_templates())


def test_a_template_that_is_switched_off_is_not_suggested(
    services: Services, user: int, case: Conversation
) -> None:
    key = suggested(services, case)[0].key
    assert answer_templates.set_enabled(services, "id", key, False, user_id=user)
    assert key not in {one.key for one in suggested(services, case)}
    assert answer_templates.set_enabled(services, "id", key, True, user_id=user)
    assert key in {one.key for one in suggested(services, case)}


def test_whoever_saw_an_older_one_is_told(services: Services, user: int) -> None:
    answer_templates.save_template(services, OWN, seen=NEW, user_id=user)
    for seen in (NEW, 7):
        with pytest.raises(ConflictError):
            answer_templates.save_template(services, OWN, seen=seen, user_id=user)
        with pytest.raises(ConflictError):
            answer_templates.remove_template(services, "id", OWN.key, seen=seen, user_id=user)


def test_a_text_that_is_a_program_is_refused(services: Services, user: int) -> None:
    bad = replace(OWN, texts=("{{ name.__class__ }}",))
    with pytest.raises(TemplateSyntaxError):
        answer_templates.save_template(services, bad, seen=NEW, user_id=user)
    assert set(in_force(services)) == set(default_templates())


def test_a_stored_text_that_cannot_be_filled_in_any_more_is_passed_over(
    services: Services, user: int, case: Conversation
) -> None:
    answer_templates.save_template(services, OWN, seen=NEW, user_id=user)
    with services.database.write() as session:
        session.scalars(select(AnswerTemplate)).one().texts = ["{{ gone }}"]
    assert OWN.key not in {one.key for one in suggested(services, case)}


def test_an_unknown_template_is_not_found(services: Services) -> None:
    with services.database.read() as session, pytest.raises(NotFoundError):
        read_template(session, "id", "nobody")
