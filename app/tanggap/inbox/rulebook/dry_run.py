"""What a rule would do: hold it against posts that came in, and write nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows, look_up
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.rules import (
    Facts,
    Routing,
    Rule,
    RuleSet,
    compile_condition,
    evaluate_many,
    reads_of,
)
from tanggap.rules.covering import cover
from tanggap.rules.model import RuleRun
from tanggap.rules.reads import Reads
from tanggap.store.posts import TRIAGE_DONE, Post, VerdictRow
from tanggap.store.sql import among

MOST_POSTS: Final = 5_000
SHOWN: Final = 50
SECONDS: Final = 4.0
"""After this long a dry run ends with the posts it had."""

_BATCH: Final = 250
_SNIPPET: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes, as far as a dry run compares it; without a team it waits for anybody."""

    team: str | None
    priority: str
    not_ours: bool
    needs_human: bool

    @classmethod
    def of(cls, routing: Routing) -> Place:
        """Take the place out of a routing."""
        return cls(routing.team, routing.priority, routing.not_ours, routing.needs_human)


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as the list of matches shows it."""

    post_id: int
    conversation_id: int
    channel: str
    author: str
    text: str
    posted_at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Match:
    """One post that the rule matches, with where it goes without the rule and with it."""

    post: Seen
    before: Place
    after: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What came of it.

    `matched` posts fulfil the condition; `reached` of them are not kept from the rule by an
    earlier one that stops. `moves` counts changes of place. `cut_short` says that the time was up
    before all `asked` posts were looked at.
    """

    asked: int
    looked_at: int
    matched: int
    reached: int
    failed: int
    error: str
    matches: Sequence[Match]
    moves: Sequence[tuple[Place, Place, int]]
    cut_short: bool


def dry_run(
    session: Session,
    candidate: Rule,
    *,
    posts: int = 1_000,
    seconds: float = SECONDS,
) -> DryRun:
    """Hold a rule against the newest posts, alone and in its place among the rules in force.

    Raises `InvalidRuleError` when the condition cannot be used.
    """
    compile_condition(candidate.condition, labels=None)
    run = _Running(current_rules(session), candidate)
    ids = _newest(session, max(1, min(posts, MOST_POSTS)))
    seen, facts = _load(session, ids, run.reads)
    until = time.monotonic() + seconds
    for start in range(0, len(seen), _BATCH):
        if start and time.monotonic() > until:
            break
        run.add(seen[start : start + _BATCH], facts[start : start + _BATCH])
    return run.result(len(seen))


class _Running:
    """Counts while batches come in."""

    def __init__(self, current: RuleSet, candidate: Rule) -> None:
        others = [rule for rule in current.rules if rule.key != candidate.key]
        self._candidate = candidate = replace(candidate, enabled=True)
        self._alone = RuleSet([candidate], lists=current.named_lists)
        self._before = current
        self._after = RuleSet([*others, candidate], lists=current.named_lists)
        self.reads = reads_of(current, candidate.trigger)
        self.reads.add(reads_of(self._alone, candidate.trigger))
        self._matches: list[Match] = []
        self._moves: Counter[tuple[Place, Place]] = Counter()
        self._looked_at = self._matched = self._reached = self._failed = 0
        self._error = ""

    def add(self, rows: Sequence[Seen], facts: Sequence[Facts]) -> None:
        """Look at a batch."""
        self._looked_at += len(facts)
        trigger = self._candidate.trigger
        alone = evaluate_many(self._alone, facts, trigger)
        before = evaluate_many(self._before, facts, trigger)
        after = evaluate_many(self._after, facts, trigger)
        for row, one, old, new in zip(rows, alone, before, after, strict=True):
            places = Place.of(old.routing), Place.of(new.routing)
            if places[0] != places[1]:
                self._moves[places] += 1
            self._count(one.runs)
            if not any(run.matched for run in one.runs):
                continue
            self._matched += 1
            self._reached += self._candidate.key in new.routing.reasons
            if len(self._matches) < SHOWN:
                self._matches.append(Match(row, *places))

    def result(self, asked: int) -> DryRun:
        """Give what was counted."""
        return DryRun(
            asked=asked,
            looked_at=self._looked_at,
            matched=self._matched,
            reached=self._reached,
            failed=self._failed,
            error=self._error,
            matches=self._matches,
            moves=[(old, new, count) for (old, new), count in self._moves.most_common()],
            cut_short=self._looked_at < asked,
        )

    def _count(self, runs: Sequence[RuleRun]) -> None:
        error = next((run.error for run in runs if run.error), "")
        self._failed += bool(error)
        self._error = self._error or error


def _newest(session: Session, count: int) -> list[int]:
    """List the newest customers' posts that have a verdict and whose text is still kept."""
    query = (
        select(Post.id)
        .where(
            Post.triage == TRIAGE_DONE,
            Post.conversation_id.is_not(None),
            Post.purged_at.is_(None),
        )
        .order_by(Post.id.desc())
        .limit(count)
    )
    return list(session.scalars(query))


def _load(session: Session, ids: Sequence[int], reads: Reads) -> tuple[list[Seen], list[Facts]]:
    verdicts: dict[tuple[int, int], VerdictRow] = {}
    query = select(VerdictRow).where(among(session, VerdictRow.post_id, ids))
    for verdict in session.scalars(query.order_by(VerdictRow.id)):
        verdicts[verdict.post_id, verdict.revision] = verdict
    seen: list[Seen] = []
    facts: list[Facts] = []
    rows = load_rows(session, ids)
    known = look_up(session, rows, reads)
    for row in reversed(rows):
        found = verdicts.get((row.id, row.revision))
        if found is None:
            continue
        said = Verdict(
            found.label,
            found.confidence,
            found.probabilities,
            found.language,
            found.model_version,
        )
        facts.append(facts_of(row, said, found.certain, known))
        author = row.name or row.handle
        seen.append(
            Seen(
                row.id,
                row.conversation_id,
                row.channel,
                author,
                cover(row.text)[:_SNIPPET],
                row.posted_at,
                found.label,
            )
        )
    return seen, facts
