"""Label and route stored posts, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict, needs_human
from tanggap.inbox.cases.views import post_views
from tanggap.inbox.rulebook.rule_facts import facts_of, load_rows
from tanggap.inbox.rulebook.rule_runs import Book, open_book
from tanggap.inbox.services import Services
from tanggap.inbox.serving import classifier_now
from tanggap.inbox.triage import triage_results
from tanggap.inbox.triage.triage_results import Triaged
from tanggap.plugins import observers
from tanggap.rules import evaluate_many
from tanggap.store.base import utcnow
from tanggap.store.posts import TRIAGE_PENDING, Post
from tanggap.store.sql import among, skip_locked

log = structlog.get_logger(__name__)

SMALL: Final = 64
"""A batch of fewer posts is not worth a worker of its own."""


def triage_pending(
    services: Services, limit: int | None = None, *, call: Callable[[], object] | None = None
) -> int:
    """Triage up to `limit` posts and count them; 0 means that none is waiting.

    A batch is leased first, then labelled outside any transaction (that takes the time), then
    written at once. A worker that dies in between loses the lease, never the posts; one that was
    too slow finds its verdicts written already and changes nothing. `call` is called before the
    labelling when more posts wait than are taken, so that others can begin with those.
    """
    rows: Sequence[Row[Any]] = ()
    book = None
    with services.database.write() as session:
        share, waiting = (limit, 0) if limit else _fair_share(services, session)
        ids = _lease(services, session, share)
        if ids:
            rows = load_rows(session, ids)
            book = open_book(session, rows)
    if book is None:
        return 0
    if call is not None and waiting > len(ids):
        call()
    classifier = classifier_now(services.classifier)
    verdicts = classifier.classify([row.text for row in rows])
    batch = decide(rows, verdicts, classifier.thresholds, book)
    with services.database.write() as session:
        written = triage_results.write(session, batch, book)
    log.info("posts triaged", posts=len(written), leased=len(rows))
    observe(services, written)
    return len(rows)


def decide(
    rows: Sequence[Row[Any]],
    verdicts: Sequence[Verdict],
    thresholds: Mapping[str, float],
    book: Book,
) -> list[Triaged]:
    """Hold the rules against labelled posts."""
    certain = [not needs_human(verdict, thresholds) for verdict in verdicts]
    now = utcnow()
    facts = [facts_of(*one, book.known, now) for one in zip(rows, verdicts, certain, strict=True)]
    outcomes = evaluate_many(book.rules, facts, budgets=book.budgets)
    return [
        Triaged(row.id, row.revision, row.conversation_id, row.posted_at, verdict, sure, seen, out)
        for row, verdict, sure, seen, out in zip(
            rows, verdicts, certain, facts, outcomes, strict=True
        )
    ]


def observe(services: Services, written: Sequence[Triaged]) -> None:
    """Tell plugins of posts whose verdicts were written."""
    if not written or not observers.observes(services.registry, "tanggap_post_triaged"):
        return
    with services.database.read() as session:
        views = post_views(session, [one.post_id for one in written])
    for one in written:
        observers.post_triaged(
            services.registry, views[one.post_id], one.verdict, one.outcome.routing
        )


def _fair_share(services: Services, session: Session) -> tuple[int, int]:
    """Say how many posts to take, with much to do many, but not what idle workers could do.

    Says also how many wait, as far as anybody needs to know.
    """
    settings = services.settings
    workers, most = settings.effective_triage_workers, settings.triage_batch
    some = _free(utcnow()).limit(workers * most).subquery()
    waiting = session.scalar(select(func.count()).select_from(some)) or 0
    return min(most, max(-(-waiting // workers), SMALL)), waiting


def _free(now: datetime) -> Select[int]:
    """Build the query of posts that wait and that no worker has."""
    free = Post.triage_claimed_until.is_(None) | (Post.triage_claimed_until < now)
    return select(Post.id).where(Post.triage == TRIAGE_PENDING, free).order_by(Post.id)


def _lease(services: Services, session: Session, limit: int) -> list[int]:
    """Take posts for this worker alone until the lease ends."""
    now = utcnow()
    ids = list(session.scalars(skip_locked(session, _free(now).limit(limit))))
    if ids:
        until = now + timedelta(seconds=services.settings.triage_lease_seconds)
        session.execute(
            update(Post)
            .where(among(session, Post.id, ids))
            .values(triage_claimed_until=until)
            .execution_options(synchronize_session=False)
        )
    return ids
