"""Write down what the rules considered and did, and how often each of them may still act."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from tanggap.inbox.rulebook.alerts import NewAlert, raise_alerts
from tanggap.inbox.rulebook.rule_facts import Known, look_up
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.rules import Facts, Outcome, RuleSet, Trigger, actions_to_data, reads_of
from tanggap.rules.reads import Reads
from tanggap.rules.timing import parse_cap
from tanggap.rules.values import read_values
from tanggap.store.base import utcnow
from tanggap.store.rules import Consideration, RuleOrder, RuleRun
from tanggap.store.sql import insert_rows

SAID_BY_THE_POST: Final = frozenset(
    {"text", "mentions", "hashtags", "links", "author.handle", "author.name"}
)
"""What is read from the post again and not stored twice, so that a purged post takes it along."""

_RUN_KEY: Final = ("post_id", "revision", "rule_key", "rule_version", "trigger", "occasion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """The rules held against one revision of a post on one occasion, and what came of it."""

    post_id: int
    revision: int
    facts: Facts
    outcome: Outcome
    occasion: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of one trigger as a batch of posts meets them, and what was looked up for it."""

    rules: RuleSet
    trigger: Trigger
    reads: Reads
    known: Known
    budgets: Mapping[str, int]


def open_book(
    session: Session, rows: Sequence[Row[Any]], trigger: Trigger = Trigger.POST_TRIAGED
) -> Book:
    """Load the rules in force and what they read of a batch."""
    rules = current_rules(session)
    reads = reads_of(rules, trigger)
    known = look_up(session, rows, reads)
    return Book(rules, trigger, reads, known, _budgets(session, rules, trigger))


def write_runs(session: Session, book: Book, batch: Sequence[Considered]) -> None:
    """Log who matched or failed, one by one, and what all of them saw, once a post."""
    now = utcnow()
    runs: list[dict[str, Any]] = [
        {
            "post_id": one.post_id,
            "revision": one.revision,
            "rule_key": run.rule_key,
            "rule_version": run.version,
            "trigger": book.trigger.value,
            "occasion": one.occasion,
            "matched": run.matched,
            "actions": actions_to_data(run.actions),
            "error": run.error,
            "created_at": now,
        }
        for one in batch
        for run in one.outcome.runs
        if run.matched or run.error
    ]
    insert_rows(session, RuleRun, runs, key=_RUN_KEY)
    _write_considerations(session, book, batch)
    for key in {run.rule_key for one in batch for run in one.outcome.runs if run.capped}:
        _alert_cap(session, book.rules, key)


def _budgets(session: Session, ruleset: RuleSet, trigger: Trigger) -> dict[str, int]:
    """Say how often each rule with a cap may still act.

    Workers that reckon at the same moment may together go over a cap by a batch.
    """
    capped = [rule for rule in ruleset.live(trigger) if rule.at_most]
    budgets: dict[str, int] = {}
    for rule in capped:
        cap = parse_cap(rule.at_most)
        used = session.scalar(
            select(func.count())
            .select_from(RuleRun)
            .where(
                RuleRun.rule_key == rule.key,
                RuleRun.created_at > utcnow() - cap.window,
                RuleRun.matched,
            )
        )
        budgets[rule.key] = cap.times - (used or 0)
    return budgets


def _write_considerations(session: Session, book: Book, batch: Sequence[Considered]) -> None:
    reads = book.reads
    stored = Reads(reads.paths - SAID_BY_THE_POST, reads.labels)
    orders: dict[tuple[tuple[str, int], ...], int] = {}
    rows: list[dict[str, Any]] = []
    live = tuple((rule.key, rule.version) for rule in book.rules.live(book.trigger))
    for one in batch:
        seen = tuple((run.rule_key, run.version) for run in one.outcome.runs)
        order = live if live[: len(seen)] == seen else seen
        if order not in orders:
            orders[order] = _order_id(session, order)
        values = read_values(one.facts, stored, book.rules.lists)
        if reads.teams:
            values["team_load"] = {
                key: one.facts.around.team_loads.get(key, 0) for key in sorted(reads.teams)
            }
        rows.append(
            {
                "post_id": one.post_id,
                "revision": one.revision,
                "trigger": book.trigger.value,
                "occasion": one.occasion,
                "order_id": orders[order],
                "reached": len(seen),
                "inputs": values,
                "created_at": utcnow(),
            }
        )
    key = ("post_id", "revision", "trigger", "occasion")
    insert_rows(session, Consideration, rows, key=key)


def _order_id(session: Session, order: Collection[tuple[str, int]]) -> int:
    rules = [list(pair) for pair in order]
    digest = hashlib.sha256(json.dumps(rules).encode()).hexdigest()
    found = select(RuleOrder.id).where(RuleOrder.digest == digest)
    known = session.scalar(found)
    if known is None:
        insert_rows(session, RuleOrder, [{"digest": digest, "rules": rules}], key=("digest",))
        known = session.execute(found).scalar_one()
    return known


def _alert_cap(session: Session, ruleset: RuleSet, key: str) -> None:
    rule = next(one for one in ruleset.rules if one.key == key)
    window = int(utcnow().timestamp() // parse_cap(rule.at_most).window.total_seconds())
    name = rule.name.id if rule.name.id == rule.name.en else f"{rule.name.id} / {rule.name.en}"
    alert = NewAlert(
        key=f"cap-{key}-{rule.version}-{window}", text=f"{name}: {rule.at_most}", rule_key=key
    )
    raise_alerts(session, [alert])
