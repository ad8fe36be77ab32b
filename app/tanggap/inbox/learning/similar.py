"""Find resolved cases that were about the same matter, and what was answered in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from tanggap.classifier import BundleError, Embedder, HashingEmbedder, OnnxEmbedder, has_content
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.services import Services
from tanggap.inbox.serving import ServingClassifier, serving_place
from tanggap.rules.personal import find_personal
from tanggap.rules.signature import without_initials
from tanggap.store.base import utcnow
from tanggap.store.case_vectors import CaseVector
from tanggap.store.conversations import RESOLVED, Conversation
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.sql import among, upsert
from tanggap.store.users import User

SHOWN: Final = 3
LOOKED_AT: Final = 60
BATCH: Final = 32
NEAR: Final = 0.84
"""How near a case has to be to be shown: any two posts to one company come to 0.7."""

NEAR_BY_WORDS: Final = 0.35
_LAG: Final = timedelta(seconds=2)
_SHORTEST: Final = 10
_COVER: Final = "•••"


@dataclass(frozen=True, slots=True)
class Similar:
    """A resolved case that is near, with personal data covered."""

    conversation_id: int
    question: str
    answer: str
    label: str | None
    resolved_at: datetime | None
    score: float


def embedder_of(services: Services, session: Session) -> Embedder:
    """Give what makes vectors of the active bundle, or of words where no bundle serves."""
    if not isinstance(services.classifier, ServingClassifier):
        return services.similar.embedder("words") or services.similar.keep(
            "words", HashingEmbedder()
        )
    place = serving_place(services.settings, session)
    key = f"{place.folder}|{place.sha256}"
    threads = services.settings.model_threads
    return services.similar.embedder(key) or services.similar.keep(
        key, OnnxEmbedder(place.folder, threads=threads)
    )


def is_due(services: Services) -> bool:
    """Tell whether a case was resolved that has no vector yet."""
    with services.database.read() as session:
        try:
            version = embedder_of(services, session).version
        except BundleError:
            return False
        return session.scalar(_resolved_query(session, version, 1)) is not None


def index_resolved(services: Services, limit: int = BATCH) -> int:
    """Make the vectors of cases that were resolved, oldest first; tells of how many.

    It goes on where it stopped, and a case that is resolved anew is made anew.
    """
    with services.database.read() as session:
        embedder = embedder_of(services, session)
        query = _resolved_query(session, embedder.version, limit)
        cases = list(session.scalars(query))
        questions, answers = _questions(session, cases), _answers(session, cases)
    texts = [questions[case.id].text if case.id in questions else "" for case in cases]
    vectors = embedder.embed(texts) if texts else ()
    rows = [
        {
            "conversation_id": case.id,
            "version": embedder.version,
            "vector": vector.astype(np.float16).tobytes(),
            "question_id": questions[case.id].id if case.id in questions else None,
            "answer_id": answers[case.id].id if case.id in answers else None,
            "resolved_at": case.resolved_at,
            "made_at": utcnow(),
        }
        for case, vector in zip(cases, vectors, strict=True)
    ]
    if rows:
        with services.database.write() as session:
            _write(session, rows)
    return len(rows)


def find_similar(
    services: Services, session: Session, conversation: Conversation, visibility: str
) -> Sequence[Similar]:
    """List the nearest resolved cases that were answered, as far as this session may see them.

    Answers that were given in private are shown for private answers alone.
    """
    question = _questions(session, [conversation]).get(conversation.id)
    if question is None or not has_content(question.text):
        return ()
    embedder = embedder_of(services, session)
    [vector] = embedder.embed([question.text])
    near = NEAR_BY_WORDS if isinstance(embedder, HashingEmbedder) else NEAR
    nearest = services.similar.nearest(session, embedder.version, vector, LOOKED_AT)
    scores = {id_: score for id_, score in nearest if score >= near and id_ != conversation.id}
    return _shown(session, scores, visibility) if scores else ()


def covered(text: str) -> str:
    """Cover personal data in a text."""
    parts, at = [], 0
    for found in find_personal(text):
        parts += [text[at : found.start], _COVER]
        at = found.end
    return "".join([*parts, text[at:]])


def _shown(session: Session, scores: Mapping[int, float], visibility: str) -> Sequence[Similar]:
    """Load what is near: posts that are there still, each answer once."""
    cases = {
        case.id: case
        for case in session.scalars(
            select(Conversation).where(Conversation.id.in_(scores), Conversation.state == RESOLVED)
        )
    }
    rows = session.scalars(select(CaseVector).where(CaseVector.conversation_id.in_(cases))).all()
    posts = _posts(session, rows)
    signed = _initials(session, [row.answer_id for row in rows if row.answer_id is not None])
    shown: dict[str, Similar] = {}
    for row in sorted(rows, key=lambda one: -scores[one.conversation_id]):
        question, answer = posts.get(row.question_id or 0), posts.get(row.answer_id or 0)
        if question is None or answer is None:
            continue
        if answer.visibility == "private" and visibility != "private":
            continue
        text = without_initials(answer.text, signed.get(answer.id, ""))
        case = cases[row.conversation_id]
        shown.setdefault(
            text,
            Similar(
                conversation_id=case.id,
                question=covered(question.text),
                answer=covered(text),
                label=case.label,
                resolved_at=case.resolved_at,
                score=scores[case.id],
            ),
        )
    return list(shown.values())[:SHOWN]


def _posts(session: Session, rows: Sequence[CaseVector]) -> dict[int, Post]:
    ids = {id_ for row in rows for id_ in (row.question_id, row.answer_id) if id_ is not None}
    there = (Post.deleted_at.is_(None), Post.purged_at.is_(None))
    found = session.scalars(select(Post).where(among(session, Post.id, ids), *there))
    return {post.id: post for post in found}


def _initials(session: Session, post_ids: Sequence[int]) -> dict[int, str]:
    """Map our posts to how whoever wrote them signs."""
    rows = session.execute(
        select(ReplyRow.post_id, User.initials)
        .join(User, User.id == ReplyRow.user_id)
        .where(ReplyRow.post_id.in_(post_ids))
    )
    return {post_id: initials for post_id, initials in rows if post_id is not None}


def _resolved_query(session: Session, version: str, limit: int) -> Select[Conversation]:
    """Select what was resolved after the last one that has a vector, oldest first."""
    last = session.execute(
        select(CaseVector.resolved_at, CaseVector.conversation_id)
        .where(CaseVector.version == version)
        .order_by(CaseVector.resolved_at.desc(), CaseVector.conversation_id.desc())
        .limit(1)
    ).first()
    query = select(Conversation).where(Conversation.resolved_at <= utcnow() - _LAG)
    if last is not None:
        query = query.where(Cursor(*last).later(Conversation.resolved_at, Conversation.id))
    order = (Conversation.resolved_at, Conversation.id)
    return query.options(joinedload(Conversation.author)).order_by(*order).limit(limit)


def _questions(session: Session, cases: Sequence[Conversation]) -> dict[int, Post]:
    """Find what each customer asked: their first post with something to say, else the first."""
    found: dict[int, Post] = {}
    for post in _first_posts(session, cases, from_us=False):
        id_ = post.conversation_id or 0
        short = id_ in found and len(found[id_].text.strip()) < _SHORTEST
        if id_ not in found or (short and len(post.text.strip()) >= _SHORTEST):
            found[id_] = post
    return found


def _answers(session: Session, cases: Sequence[Conversation]) -> dict[int, Post]:
    """Find our last answer of each case that says something."""
    found: dict[int, Post] = {}
    for post in _first_posts(session, cases, from_us=True):
        if len(post.text.strip()) >= _SHORTEST:
            found[post.conversation_id or 0] = post
    return found


def _first_posts(
    session: Session, cases: Sequence[Conversation], *, from_us: bool
) -> Sequence[Post]:
    """List posts of cases, oldest first: the first three of the customer, the last three of us."""
    order = (Post.posted_at, Post.id)
    wanted = (column.desc() for column in order) if from_us else order
    rank = func.row_number().over(partition_by=Post.conversation_id, order_by=tuple(wanted))
    ranked = (
        select(Post.id, rank.label("rank"))
        .where(
            among(session, Post.conversation_id, [case.id for case in cases]),
            Post.from_us.is_(from_us),
            Post.deleted_at.is_(None),
            Post.purged_at.is_(None),
        )
        .subquery()
    )
    query = select(Post).join(ranked, ranked.c.id == Post.id).where(ranked.c.rank <= 3)
    return list(session.scalars(query.order_by(*order)))


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    statement = upsert(session, CaseVector)
    names = [name for name in rows[0] if name != "conversation_id"]
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id"],
            set_={name: statement.excluded[name] for name in names},
        ),
        list(rows),
    )
