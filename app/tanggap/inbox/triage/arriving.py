"""Label posts while they arrive, so that they are stored with their verdict and in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session

from tanggap.classifier import Classifier, Verdict
from tanggap.inbox.posts.record_batch import CONTEXT, REPOST
from tanggap.inbox.rulebook.rule_facts import load_rows
from tanggap.inbox.rulebook.rule_runs import open_book
from tanggap.inbox.services import Services
from tanggap.inbox.serving import classifier_now
from tanggap.inbox.triage import triage_results
from tanggap.inbox.triage.triage import decide
from tanggap.inbox.triage.triage_results import Triaged
from tanggap.sdk.types import Event, IncomingPost
from tanggap.store.posts import TRIAGE_DONE
from tanggap.store.storable import storable

log = structlog.get_logger(__name__)

MOST: Final = 700
"""More posts than these are stored first: labelling so many takes a core one and a half seconds."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one classifier says of texts that are about to be stored, by the text as stored."""

    verdicts: Mapping[str, Verdict]
    thresholds: Mapping[str, float]


def label(services: Services, events: Iterable[Event]) -> Labelled | None:
    """Label the posts of customers; None when they are to be stored first and triaged then.

    That is so when they are too many, and when the classifier fails: what came in is worth more
    than its label.
    """
    texts = list(dict.fromkeys(_texts(events)))
    if not 0 < len(texts) <= MOST:
        return None
    try:
        classifier: Classifier = classifier_now(services.classifier)
        verdicts = classifier.classify(texts)
    except Exception:
        log.exception("posts cannot be labelled yet", posts=len(texts))
        return None
    return Labelled(dict(zip(texts, verdicts, strict=True)), classifier.thresholds)


def place(session: Session, post_ids: Sequence[int], labelled: Labelled) -> list[Triaged]:
    """Write the verdicts of posts that were just stored as labelled, and put their cases in place.

    A post that was edited before it came has another text by now; it waits for triage.
    """
    session.flush()
    rows = [
        row
        for row in load_rows(session, post_ids)
        if row.triage == TRIAGE_DONE and row.text in labelled.verdicts
    ]
    if not rows:
        return []
    book = open_book(session, rows)
    verdicts = [labelled.verdicts[row.text] for row in rows]
    batch = decide(rows, verdicts, labelled.thresholds, book)
    triage_results.write_first(session, batch, book)
    return batch


def _texts(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        if isinstance(event, IncomingPost) and _is_customers(event):
            yield storable(event.text)


def _is_customers(post: IncomingPost) -> bool:
    return post.author_id != post.account_id and post.kind not in (CONTEXT, REPOST)
