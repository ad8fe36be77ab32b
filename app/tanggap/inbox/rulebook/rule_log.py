"""Say why a post is where it is: every rule that was considered, with what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.errors import NotFoundError
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows
from tanggap.inbox.rulebook.rule_runs import SAID_BY_THE_POST
from tanggap.inbox.rulebook.rulebook import current_rules, rules_of
from tanggap.rules import Action, Rule, Trigger, actions_from_data
from tanggap.rules.conditions import Condition, try_condition
from tanggap.rules.model import Name
from tanggap.rules.reads import Reads
from tanggap.rules.values import read_values
from tanggap.store.action_runs import ActionRun
from tanggap.store.posts import Post, PostRevision
from tanggap.store.rules import Consideration, RuleOrder, RuleRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One rule with what became of it: it matched, did not, failed or was held (`error`).

    `inputs` are the values of the names in its condition, by name, as they were then; what the
    post itself says (text, author) is read from the post, and gone when that was removed.
    `errands` are what it did beside the routing.
    """

    key: str
    version: int
    name: Name
    condition: str
    matched: bool
    error: str
    actions: tuple[Action, ...]
    inputs: Mapping[str, Any]
    errands: Sequence[ActionRun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One time that the rules were held against a post; `rules` are in their order.

    `passed_over` are rules that came after one that stops.
    """

    trigger: Trigger
    at: datetime
    revision: int
    rules: Sequence[Considered]
    passed_over: Sequence[tuple[str, int]]


def explain(session: Session, post_id: int) -> list[Occasion]:
    """Tell what the rules did with a post, the latest occasion first.

    Costs the same number of queries however many rules and occasions there are. Raises
    `NotFoundError`.
    """
    post = session.get(Post, post_id)
    if post is None:
        raise NotFoundError(f"post {post_id} does not exist")
    rows = session.execute(
        select(Consideration, RuleOrder.rules)
        .join(RuleOrder, RuleOrder.id == Consideration.order_id)
        .where(Consideration.post_id == post_id)
        .order_by(Consideration.id.desc())
    ).all()
    runs: dict[tuple[str, str, int, str, int], RuleRun] = {}
    for run in session.scalars(select(RuleRun).where(RuleRun.post_id == post_id)):
        runs[run.trigger, run.occasion, run.revision, run.rule_key, run.rule_version] = run
    errands = _errands(session, post_id)
    known = rules_of(session, {str(key) for _, order in rows for key, _ in order})
    said = _said_by_post(session, post)
    found: list[Occasion] = []
    for row, order in rows:
        rules = [
            _considered(
                known.get((key, version)),
                (key, version),
                runs.get((row.trigger, row.occasion, row.revision, key, version)),
                _joined(row.inputs, said.get(row.revision, {})),
                [e for e in errands.get((key, version), ()) if e.occasion in ("", row.occasion)],
            )
            for key, version in order[: row.reached]
        ]
        found.append(
            Occasion(
                trigger=Trigger(row.trigger),
                at=row.created_at,
                revision=row.revision,
                rules=rules,
                passed_over=[(key, version) for key, version in order[row.reached :]],
            )
        )
    return found


def _errands(session: Session, post_id: int) -> dict[tuple[str, int], list[ActionRun]]:
    found: dict[tuple[str, int], list[ActionRun]] = {}
    query = select(ActionRun).where(ActionRun.post_id == post_id).order_by(ActionRun.id)
    for errand in session.scalars(query):
        found.setdefault((errand.rule_key, errand.rule_version), []).append(errand)
    return found


def _considered(
    rule: Rule | None,
    named: tuple[str, int],
    run: RuleRun | None,
    values: Mapping[str, Any],
    errands: Sequence[ActionRun],
) -> Considered:
    key, version = named
    return Considered(
        key=key,
        version=version,
        name=rule.name if rule else Name(key, key),
        condition=rule.condition if rule else "",
        matched=run is not None and run.matched,
        error=run.error if run else "",
        actions=actions_from_data(run.actions) if run and run.actions else (),
        inputs=_inputs(rule.condition, values) if rule else {},
        errands=errands if run is not None and run.matched else (),
    )


def _joined(stored: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Put what was stored and what the post says together, group by group."""
    joined = dict(stored)
    for name, value in said.items():
        joined[name] = {**joined.get(name, {}), **value} if isinstance(value, dict) else value
    return joined


def _inputs(condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what a condition names out of the values of all."""
    compiled = try_condition(condition)
    if not isinstance(compiled, Condition):
        return {}
    reads = compiled.reads
    wanted: dict[str, Any] = {}
    for path in sorted(reads.paths):
        group, dot, name = path.partition(".")
        if path == "probabilities":
            told = values.get(path, {})
            wanted.update({f"{path}.{one}": told.get(one) for one in sorted(reads.labels)})
        elif dot:
            wanted[path] = values.get(group, {}).get(name)
        else:
            wanted[path] = values.get(path)
    loads = values.get("team_load", {})
    wanted.update({f"team_load({key})": loads.get(key) for key in sorted(reads.teams)})
    return wanted


def _said_by_post(session: Session, post: Post) -> dict[int, dict[str, Any]]:
    """Read what the post says, for each of its revisions."""
    rows = load_rows(session, [post.id])
    if not rows:
        return {}
    reads = Reads(paths=set(SAID_BY_THE_POST))
    lists = current_rules(session).lists
    nothing = Verdict("", 0.0, {}, "", "")
    texts = {
        row.revision: row.text
        for row in session.scalars(select(PostRevision).where(PostRevision.post_id == post.id))
    } | {post.revision: post.text}
    said: dict[int, dict[str, Any]] = {}
    for revision, text in texts.items():
        facts = facts_of(rows[0], nothing, False)
        values = read_values(replace(facts, text=text), reads, lists)
        said[revision] = values
    return said
