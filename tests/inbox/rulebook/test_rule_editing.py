"""Changing the rules in force: versions, order, switches, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from factories import make_user
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.rulebook import rule_editing, rule_versions
from tanggap.inbox.rulebook.rule_editing import NEW, read_rule
from tanggap.inbox.rulebook.rule_versions import history
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.rules import AssignTeam, Call, InvalidRuleError, Name, Rule, SetPriority
from tanggap.store.audit import AuditEntry
from tanggap.store.rules import RuleRow

REFUND = Rule(
    key="refund",
    name=Name("Minta uang kembali", "Asks for a refund"),
    condition='words_any(["refund"])',
    actions=(AssignTeam("care"),),
    position=10,
)


@pytest.fixture
def user(services: Services) -> int:
    with services.database.write() as session:
        return make_user(session, "Ayu Lestari").id


def rule(services: Services, key: str) -> Rule:
    with services.database.read() as session:
        return read_rule(session, key)


def keys(services: Services) -> list[str]:
    with services.database.read() as session:
        return [one.key for one in current_rules(session).rules]


def entries(services: Services) -> list[AuditEntry]:
    with services.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.object_type == "rule")
        return list(session.scalars(query.order_by(AuditEntry.id)))


def test_a_new_rule_runs_after_all_others_and_is_audited(services: Services, user: int) -> None:
    assert rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user) == 1
    assert keys(services)[-1] == "refund"
    (entry,) = entries(services)
    assert (entry.action, entry.object_id, entry.user_id) == ("rule.created", "refund", user)


def test_a_change_makes_a_version_with_author_and_diff(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    changed = replace(REFUND, condition='words_any(["refund", "uang kembali"])')
    assert rule_editing.save_rule(services, changed, seen=1, user_id=user) == 2
    assert rule(services, "refund").condition == changed.condition
    with services.database.read() as session:
        newest, first = history(session, "refund")
    assert (newest.number, newest.current, newest.author) == (2, True, "Ayu Lestari")
    assert list(newest.diff) == [
        '-condition: words_any(["refund"])',
        '+condition: words_any(["refund", "uang kembali"])',
    ]
    assert (first.number, first.current, list(first.diff)) == (1, False, [])
    assert entries(services)[-1].detail == {"version": 2, "diff": list(newest.diff)}


def test_saving_the_same_again_makes_no_version(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    assert rule_editing.save_rule(services, REFUND, seen=1, user_id=user) == 1
    assert len(entries(services)) == 1


def test_whoever_saw_an_older_version_is_told(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    mine = replace(REFUND, actions=(SetPriority("high"),))
    rule_editing.save_rule(services, mine, seen=1, user_id=user)
    for seen in (NEW, 1):
        with pytest.raises(ConflictError):
            rule_editing.save_rule(services, REFUND, seen=seen, user_id=user)
    assert rule(services, "refund").actions == mine.actions


@pytest.mark.parametrize(
    ("values", "place", "fix"),
    [
        ({"condition": "lable"}, "line 1, column 1", "label"),
        ({"condition": 'label == "complain"'}, "column 10", "complaint"),
        ({"actions": (AssignTeam("car"),)}, "action 1", "care"),
        ({"actions": (SetPriority("low"), Call("notify.poste"))}, "action 2 (call)", ""),
    ],
)
def test_what_cannot_run_is_refused_with_place_and_fix_and_the_others_go_on(
    services: Services, user: int, values: dict[str, object], place: str, fix: str
) -> None:
    before = keys(services)
    with pytest.raises(InvalidRuleError) as caught:
        rule_editing.save_rule(services, replace(REFUND, **values), seen=NEW, user_id=user)  # type: ignore[arg-type]
    assert "rule 'refund'" in str(caught.value)
    assert place in str(caught.value)
    assert fix in caught.value.fix
    assert keys(services) == before
    assert entries(services) == []


def test_a_rule_is_switched_off_and_on_without_a_new_version(services: Services, user: int) -> None:
    assert rule_editing.set_enabled(services, "praise", False, user_id=user)
    assert not rule_editing.set_enabled(services, "praise", False, user_id=user)
    assert not rule(services, "praise").enabled
    assert rule_editing.set_enabled(services, "praise", True, user_id=user)
    assert (rule(services, "praise").enabled, rule(services, "praise").version) == (True, 1)
    assert [entry.action for entry in entries(services)] == ["rule.disabled", "rule.enabled"]


def test_a_rule_for_another_models_labels_can_be_switched_off_but_not_on(
    services: Services, user: int
) -> None:
    with services.database.write() as session:
        row = session.scalars(select(RuleRow).where(RuleRow.key == "praise")).one()
        row.definition = row.definition.replace('"praise"', '"gratitude"')
    rule_editing.set_enabled(services, "praise", False, user_id=user)
    with pytest.raises(InvalidRuleError, match="gratitude"):
        rule_editing.set_enabled(services, "praise", True, user_id=user)


def test_rules_are_moved_within_the_list(services: Services, user: int) -> None:
    before = keys(services)
    assert rule_editing.move_rule(services, before[2], -1, user_id=user)
    assert keys(services) == [before[0], before[2], before[1], *before[3:]]
    assert not rule_editing.move_rule(services, before[0], -1, user_id=user)
    assert rule_editing.move_rule(services, before[0], 999, user_id=user)
    assert keys(services)[-1] == before[0]
    assert entries(services)[0].detail == {"from": 3, "to": 2}


def test_a_deleted_rule_stops_and_can_be_restored(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    with pytest.raises(ConflictError):
        rule_editing.delete_rule(services, "refund", seen=7, user_id=user)
    rule_editing.delete_rule(services, "refund", seen=1, user_id=user)
    assert "refund" not in keys(services)
    with services.database.read() as session:
        assert list(rule_versions.deleted_rules(session)) == ["refund"]
        assert [one.current for one in history(session, "refund")] == [False]
    number = rule_editing.restore_version(services, "refund", 1, seen=NEW, user_id=user)
    assert (number, keys(services)[-1]) == (2, "refund")
    assert rule(services, "refund").condition == REFUND.condition


def test_an_earlier_version_becomes_the_newest_one(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    changed = replace(REFUND, actions=(SetPriority("urgent"),))
    rule_editing.save_rule(services, changed, seen=1, user_id=user)
    assert rule_editing.restore_version(services, "refund", 1, seen=2, user_id=user) == 3
    assert rule(services, "refund").actions == REFUND.actions
    with pytest.raises(NotFoundError):
        rule_editing.restore_version(services, "refund", 9, seen=3, user_id=user)


def test_a_free_key_is_found_beside_taken_ones(services: Services, user: int) -> None:
    rule_editing.save_rule(services, REFUND, seen=NEW, user_id=user)
    rule_editing.delete_rule(services, "refund", seen=1, user_id=user)
    with services.database.read() as session:
        assert rule_editing.free_key(session, "refund") == "refund-2"
        assert rule_editing.free_key(session, "delivery") == "delivery"


def test_unknown_rules_are_not_found(services: Services, user: int) -> None:
    with services.database.read() as session:
        for read in (read_rule, history):
            with pytest.raises(NotFoundError):
                read(session, "nobody")
    with pytest.raises(NotFoundError):
        rule_editing.set_enabled(services, "nobody", True, user_id=user)
    with pytest.raises(NotFoundError):
        rule_editing.move_rule(services, "nobody", 1, user_id=user)
