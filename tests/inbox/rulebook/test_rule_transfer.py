"""Rules as a YAML file: what goes out comes in again, all of it or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from factories import make_user
from tanggap.inbox.rulebook.rule_transfer import Imported, export_rules, import_rules
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.rules import InvalidRuleError, RuleSet, dump_rules, load_rules
from tanggap.store.audit import AuditEntry

REFUND = """
rules:
  - key: refund
    name: {id: Minta uang kembali, en: Asks for a refund}
    condition: words_any(["refund"])
    actions:
      - assign_team: care
"""


@pytest.fixture
def user(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session).id


def exported(services: Services) -> str:
    with services.database.read() as session:
        return export_rules(session)


def rules(services: Services) -> RuleSet:
    with services.database.read() as session:
        return current_rules(session)


def test_what_is_exported_is_imported_as_the_same(services: Services, user: int) -> None:
    text = exported(services)
    assert load_rules(text).rules == rules(services).rules
    count = len(rules(services).rules)
    done = import_rules(services, text, replace_all=True, user_id=user)
    assert done == Imported(created=0, changed=0, same=count, removed=0)
    assert exported(services) == text


def test_an_import_adds_or_replaces(services: Services, user: int) -> None:
    count = len(rules(services).rules)
    done = import_rules(services, REFUND, replace_all=False, user_id=user)
    assert done == Imported(created=1, changed=0, same=0, removed=0)
    assert len(rules(services).rules) == count + 1
    changed = REFUND.replace("care", "sales")
    done = import_rules(services, changed, replace_all=True, user_id=user)
    assert done == Imported(created=0, changed=1, same=0, removed=count)
    (rule,) = rules(services).rules
    assert (rule.key, rule.version) == ("refund", 2)
    with services.database.read() as session:
        entries = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert entries[:2] == ["rule.created", "rule.changed"]
    assert entries[2:] == ["rule.deleted"] * count


def test_the_order_of_the_file_is_taken_over(services: Services, user: int) -> None:
    before = rules(services).rules
    turned = [
        replace(rule, position=10 * number) for number, rule in enumerate(before[::-1], start=1)
    ]
    import_rules(services, dump_rules(RuleSet(turned)), replace_all=True, user_id=user)
    assert [rule.key for rule in rules(services).rules] == [rule.key for rule in before[::-1]]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (REFUND.replace("care", "nobody"), "no team 'nobody'"),
        (REFUND + REFUND.split("rules:")[1], "two rules have this key"),
        (REFUND.replace("words_any", "word_any"), "file line 5"),
        ("rules: [" + "x," * 10, ""),
        ("a" * 10_000_000, ""),
        ("rules:\n  - {key: x, condition: 'true', actions: [{call: none.such}]}", "no plugin"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_changes_nothing(
    services: Services, user: int, text: str, problem: str
) -> None:
    before = exported(services)
    with pytest.raises(InvalidRuleError) as caught:
        import_rules(services, text, replace_all=True, user_id=user)
    assert problem in str(caught.value)
    assert exported(services) == before
