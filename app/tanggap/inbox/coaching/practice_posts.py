"""Past posts to practise on: which ones fit, what they were, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from tanggap.classifier import has_content
from tanggap.inbox.cases.corrections import hash_text
from tanggap.rules.masking import mask
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Correction, Post, VerdictRow
from tanggap.store.practice import PracticeAnswer
from tanggap.store.sql import among

LOOKED_AT: Final = 200
"""Of so many cases, the newest that a person has not practised on, one is drawn."""

_HANDLE: Final = re.compile(r"(?<![\w@])@[\w.]{2,50}")
_SHORTEST_NAME: Final = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What a post is; `checked` when people said so, and not the classifier alone."""

    label: str
    checked: bool


def draw(
    session: Session,
    user_id: int,
    *,
    labels: Sequence[str],
    channel: str = "",
    focus: str = "",
    random: Random,
) -> int | None:
    """Draw a post that this person has not practised on; None when there is none left.

    Posts with a label that people checked come first. With a `focus` on one label about half of
    the posts bear it, so that the wish does not give the label away.
    """
    posts = _first_posts(session, _cases(session, user_id, channel))
    known = known_labels(session, posts)
    fitting = [post for post in posts if post.id in known and known[post.id].label in labels]
    wanted = focus and random.random() < 0.5
    pools = (
        [post for post in fitting if not wanted or known[post.id].label == focus],
        fitting,
    )
    for pool in pools:
        checked = [post for post in pool if known[post.id].checked]
        if pool:
            return random.choice(checked or pool).id
    return None


def practice_post(session: Session, post_id: int) -> Post | None:
    """Give a post with its case and account when it fits practice, else None."""
    post = session.scalar(
        select(Post)
        .join(Conversation, Conversation.id == Post.conversation_id)
        .where(Post.id == post_id, *_fits(), _is_answered())
        .options(joinedload(Post.author))
    )
    return post if post is not None and known_labels(session, [post]) else None


def known_labels(session: Session, posts: Sequence[Post]) -> Mapping[int, Known]:
    """Tell what posts are: people's word where they agree, else the classifier's where certain.

    A post about which people disagree is left out, and so is one that nothing is sure of.
    """
    texts = {post.id: hash_text(post.text) for post in posts}
    said: dict[int, dict[int, str]] = {}
    corrections = select(Correction).where(among(session, Correction.post_id, texts))
    for word in session.scalars(corrections.order_by(Correction.id)):
        if word.text_hash == texts[word.post_id]:
            said.setdefault(word.post_id, {})[word.user_id] = word.label
    revisions = {post.id: post.revision for post in posts}
    found: dict[int, Known] = {}
    verdicts = select(VerdictRow).where(among(session, VerdictRow.post_id, texts))
    for verdict in session.scalars(verdicts.order_by(VerdictRow.id)):
        if verdict.revision != revisions[verdict.post_id] or verdict.post_id in said:
            continue
        found.pop(verdict.post_id, None)
        if verdict.certain:
            found[verdict.post_id] = Known(verdict.label, checked=False)
    for post_id, words in said.items():
        if len(set(words.values())) == 1:
            found[post_id] = Known(next(iter(words.values())), checked=True)
    return found


def unnamed(text: str, author: Author, *, ours: str, stand_in: str) -> str:
    """Write a text without its customer: the name replaced, handles and personal data covered.

    `ours` is the account's own handle, which stays. Each word of the name goes too, for answers
    address people by one of them.
    """
    names = [author.name, author.handle, *re.findall(r"[^\W\d_]+", author.name)]
    wanted = {name.strip() for name in names if len(name.strip()) >= _SHORTEST_NAME}
    kept = f"@{ours}".casefold()
    text = _HANDLE.sub(lambda at: at[0] if at[0].casefold() == kept else f"@{stand_in}", text)
    if wanted:
        either = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
        text = re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda _: stand_in, text, flags=re.IGNORECASE)
    return mask(text)


def _fits() -> Iterable[ColumnElement[bool]]:
    """Hold for what customers wrote in public and what is there still."""
    return (
        Post.from_us.is_(False),
        Post.visibility == "public",
        Post.deleted_at.is_(None),
        Post.purged_at.is_(None),
        Post.hidden.is_(False),
    )


def _is_answered() -> ColumnElement[bool]:
    return or_(Conversation.first_answered_at.is_not(None), Conversation.resolved_at.is_not(None))


def _cases(session: Session, user_id: int, channel: str) -> Sequence[int]:
    """List the newest cases that were answered and that this person has not practised on."""
    tried = (
        select(PracticeAnswer.id)
        .join(Post, Post.id == PracticeAnswer.post_id)
        .where(PracticeAnswer.user_id == user_id, Post.conversation_id == Conversation.id)
    )
    query: Select[Any] = select(Conversation.id).where(
        Conversation.visibility == "public", _is_answered(), ~tried.exists()
    )
    if channel:
        query = query.where(Conversation.channel == channel)
    order = (Conversation.last_post_at.desc(), Conversation.id.desc())
    return list(session.scalars(query.order_by(*order).limit(LOOKED_AT)))


def _first_posts(session: Session, case_ids: Sequence[int]) -> Sequence[Post]:
    """List what each case began with, as far as it fits."""
    rank = func.row_number().over(
        partition_by=Post.conversation_id, order_by=(Post.posted_at, Post.id)
    )
    ranked = (
        select(Post.id, rank.label("rank"))
        .where(among(session, Post.conversation_id, case_ids), Post.from_us.is_(False))
        .subquery()
    )
    query = select(Post).join(ranked, ranked.c.id == Post.id).where(ranked.c.rank == 1, *_fits())
    return [post for post in session.scalars(query.order_by(Post.id)) if has_content(post.text)]
