"""Label and route stored posts, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict, needs_human
from tanggap.inbox import triage_results
from tanggap.inbox.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.inbox.serving import classifier_now
from tanggap.inbox.triage_results import Triaged
from tanggap.inbox.views import post_view
from tanggap.plugins import observers
from tanggap.rules import (
    AuthorFacts,
    ConversationFacts,
    EngagementFacts,
    Facts,
    evaluate_many,
)
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import TRIAGE_PENDING, Author, Post
from tanggap.store.sql import among, skip_locked

log = structlog.get_logger(__name__)


def triage_pending(services: Services, limit: int | None = None) -> int:
    """Triage up to `limit` posts and count them; 0 means that none is waiting.

    A batch is leased first, then labelled outside any transaction (that takes the time), then
    written at once. A worker that dies in between loses the lease, never the posts; one that was
    too slow finds its verdicts written already and changes nothing.
    """
    rows: Sequence[Row[Any]] = ()
    rules = None
    with services.database.write() as session:
        ids = _lease(services, session, limit or services.settings.triage_batch)
        if ids:
            rows = load_rows(session, ids)
            rules = current_rules(session)
    if rules is None:
        return 0
    classifier = classifier_now(services.classifier)
    verdicts = classifier.classify([row.text for row in rows])
    thresholds = classifier.thresholds
    certain = [not needs_human(verdict, thresholds) for verdict in verdicts]
    outcomes = evaluate_many(
        rules, [facts_of(*one) for one in zip(rows, verdicts, certain, strict=True)]
    )
    batch = [
        Triaged(row.id, row.revision, row.conversation_id, row.posted_at, verdict, sure, outcome)
        for row, verdict, sure, outcome in zip(rows, verdicts, certain, outcomes, strict=True)
    ]
    with services.database.write() as session:
        written = triage_results.write(session, batch, rules.triggers)
    log.info("posts triaged", posts=len(written), leased=len(rows))
    _observe(services, written)
    return len(rows)


def _lease(services: Services, session: Session, limit: int) -> list[int]:
    """Take posts for this worker alone until the lease ends."""
    now = utcnow()
    free = Post.triage_claimed_until.is_(None) | (Post.triage_claimed_until < now)
    ids = list(
        session.scalars(
            skip_locked(
                session,
                select(Post.id)
                .where(Post.triage == TRIAGE_PENDING, free)
                .order_by(Post.id)
                .limit(limit),
            )
        )
    )
    if ids:
        until = now + timedelta(seconds=services.settings.triage_lease_seconds)
        session.execute(
            update(Post)
            .where(among(session, Post.id, ids))
            .values(triage_claimed_until=until)
            .execution_options(synchronize_session=False)
        )
    return ids


def load_rows(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Load all that the rules may know of posts, in one query."""
    return session.execute(
        select(
            Post.id,
            Post.revision,
            Post.conversation_id,
            Post.posted_at,
            Post.text,
            Post.kind,
            Post.visibility,
            Post.mentions,
            Post.metrics,
            Author.handle,
            Author.name,
            Author.followers,
            Author.verified,
            Account.channel,
            Account.handle.label("account"),
            Conversation.state,
            Conversation.post_count,
            Conversation.first_answered_at,
        )
        .join(Author, Author.id == Post.author_id)
        .join(Account, Account.id == Post.account_id)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(among(session, Post.id, ids))
        .order_by(Post.posted_at, Post.id)
    ).all()


def facts_of(row: Row[Any], verdict: Verdict, certain: bool) -> Facts:
    """Make a post's facts of its row and its verdict."""
    return Facts(
        label=verdict.label,
        confidence=verdict.confidence,
        certain=certain,
        probabilities=verdict.probabilities,
        language=verdict.language,
        channel=row.channel,
        account=row.account,
        kind=row.kind,
        visibility=row.visibility,
        text=row.text,
        mentions=row.mentions,
        author=AuthorFacts(
            handle=row.handle,
            name=row.name,
            followers=row.followers or 0,
            verified=row.verified,
        ),
        engagement=EngagementFacts(
            likes=_figure(row.metrics, "likes"),
            replies=_figure(row.metrics, "replies"),
            reposts=_figure(row.metrics, "reposts"),
        ),
        conversation=ConversationFacts(
            state=row.state,
            posts=max(row.post_count, 1),
            reopened=row.first_answered_at is not None and row.posted_at > row.first_answered_at,
        ),
    )


def _figure(metrics: dict[str, Any], name: str) -> int:
    value = metrics.get(name, 0)
    return value if isinstance(value, int) else 0


def _observe(services: Services, written: Sequence[Triaged]) -> None:
    if not written or not observers.observes(services.registry, "tanggap_post_triaged"):
        return
    with services.database.read() as session:
        views = {
            one.post_id: post_view(session, session.get_one(Post, one.post_id)) for one in written
        }
    for one in written:
        observers.post_triaged(
            services.registry, views[one.post_id], one.verdict, one.outcome.routing
        )
