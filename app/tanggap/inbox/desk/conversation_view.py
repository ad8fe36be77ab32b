"""Read all that the page of one conversation shows, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from tanggap.inbox.cases.conversations import missing
from tanggap.inbox.cases.moderating import newest_moderations
from tanggap.inbox.clocks.clock_view import CaseClocks, case_clocks
from tanggap.inbox.desk.case_parts import Parts, parts_of
from tanggap.inbox.desk.surroundings import SIBLINGS_SHOWN, ancestors_query, siblings_query
from tanggap.inbox.media.media_previews import previews_of
from tanggap.inbox.rulebook.action_runs import runs_of
from tanggap.inbox.rulebook.rulebook import rule_names
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.sending.drafts import load_draft
from tanggap.rules.model import Name
from tanggap.store.action_runs import ActionRun
from tanggap.store.conversations import Conversation
from tanggap.store.media import PostPreview
from tanggap.store.moderations import Moderation
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.replies import QUEUED, SENDING, SENT, UNDONE, UNKNOWN, Draft, ReplyPart, ReplyRow
from tanggap.store.rules import RuleRun

POSTS_SHOWN: Final = 100
POSTS_MOST: Final = 1_000
"""A page that a person made longer and longer ends here."""

REPLIES_SHOWN: Final = 50
UNSEEN_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A post with what was said of it: the newest verdict and a person's word, if any."""

    post: Post
    verdict: VerdictRow | None
    label: str | None
    corrected: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Which posts are shown: the newest, those before a place, or all from a place on."""

    before: Cursor | None = None
    since: Cursor | None = None


NEWEST: Final = Window()


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation with its surroundings.

    `ancestors` lead from the top of the thread to the first post, `siblings` are what others
    wrote in the same thread. `replies` are on their way or failed; sent ones are posts, and
    `senders` tells by post id who wrote them, `parts` which part of a long answer they are.
    `earlier` is the place before which there is more to show, and `since` that of the first post.
    `has` names what else hangs on the case.
    `seen_post_id` is the latest post that came in: whoever looks at this view has seen everything
    up to it. `previews` are the pictures of posts, by post and place.
    """

    conversation: Conversation
    posts: Sequence[Judged]
    earlier: Cursor | None
    since: Cursor | None
    window: Window
    ancestors: Sequence[Post]
    siblings: Sequence[Post]
    replies: Sequence[ReplyRow]
    senders: Mapping[int, ReplyRow]
    parts: Mapping[int, ReplyPart]
    moderations: Mapping[int, Moderation]
    rule_runs: Mapping[int, Sequence[RuleRun]]
    action_runs: Mapping[tuple[int, str, int], Sequence[ActionRun]]
    rule_names: Mapping[tuple[str, int], Name]
    draft: Draft | None
    seen_post_id: int
    clocks: CaseClocks
    has: Parts
    previews: Mapping[int, Mapping[int, PostPreview]]

    @property
    def answerable(self) -> bool:
        """Whether a post of the customer is left to answer."""
        return any(not j.post.from_us and j.post.deleted_at is None for j in self.posts)


def read_conversation(session: Session, conversation_id: int) -> Conversation:
    """Load a conversation with its people; raises `NotFoundError`, or `MovedError` where to."""
    conversation = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .options(
            joinedload(Conversation.author, innerjoin=True),
            joinedload(Conversation.account, innerjoin=True),
            joinedload(Conversation.assignee),
            joinedload(Conversation.team),
        )
    )
    if conversation is None:
        raise missing(session, conversation_id)
    return conversation


def read_view(
    session: Session, conversation_id: int, user_id: int, window: Window = NEWEST
) -> ConversationView:
    """Load everything the conversation page shows to this person."""
    conversation = read_conversation(session, conversation_id)
    most = POSTS_MOST if window.since else POSTS_SHOWN
    has = parts_of(session, conversation, user_id)
    posts = _load_posts(session, posts_query(conversation_id, window, most + 1, has), has)
    shown = posts[:most][::-1]
    first = Cursor(shown[0].posted_at, shown[0].id) if shown else None
    replies = list(session.scalars(_replies_query(conversation_id))) if "replies" in has else []
    answers = bool(shown) and shown[0].parent_id is not None
    ancestors = list(session.scalars(ancestors_query(shown[0]))) if answers else []
    known = {post.id for post in ancestors}
    siblings = list(session.scalars(siblings_query(conversation)))
    runs = _rule_runs(session, [post.id for post in shown])
    return ConversationView(
        conversation=conversation,
        posts=[_judged(post) for post in shown],
        earlier=first if _is_longer(conversation, window, len(posts)) else None,
        since=first,
        window=window,
        ancestors=ancestors[::-1],
        siblings=[post for post in siblings if post.id not in known][:SIBLINGS_SHOWN][::-1],
        replies=[reply for reply in replies[::-1] if reply.state != SENT or not reply.post_id],
        senders={reply.post_id: reply for reply in replies if reply.post_id}
        | {part.post_id: reply for reply in replies for part in reply.parts if part.post_id},
        parts={part.post_id: part for reply in replies for part in reply.parts if part.post_id},
        moderations=newest_moderations(session, [post.id for post in shown])
        if "moderations" in has
        else {},
        rule_runs=runs,
        action_runs=runs_of(session, list(runs)) if "action_runs" in has else {},
        rule_names=_names_of(session, runs),
        draft=load_draft(session, conversation_id, user_id) if "draft" in has else None,
        has=has,
        clocks=case_clocks(session, conversation_id),
        previews=previews_of(session, [*shown, *ancestors, *siblings]),
        seen_post_id=_newest_id(session, conversation_id, window, posts),
    )


def _names_of(
    session: Session, runs: Mapping[int, Sequence[RuleRun]]
) -> Mapping[tuple[str, int], Name]:
    keys = {run.rule_key for each in runs.values() for run in each}
    return rule_names(session, keys) if keys else {}


def _newest_id(
    session: Session, conversation_id: int, window: Window, posts: Sequence[Post]
) -> int:
    """Give the id of the post that came in last; an old one can come late."""
    if window == NEWEST and len(posts) <= POSTS_SHOWN:
        return max((post.id for post in posts), default=0)
    newest = select(func.max(Post.id)).where(Post.conversation_id == conversation_id)
    return session.scalar(newest) or 0


def posts_after(session: Session, conversation_id: int, seen_post_id: int) -> list[Post]:
    """List what came into a conversation since somebody looked, oldest first."""
    query = select(Post).where(Post.conversation_id == conversation_id, Post.id > seen_post_id)
    return list(
        session.scalars(
            query.options(joinedload(Post.author)).order_by(Post.id).limit(UNSEEN_SHOWN)
        )
    )


def pending_of_others(session: Session, conversation_id: int, user_id: int) -> list[ReplyRow]:
    """List answers of colleagues that are on their way."""
    query = _replies_query(conversation_id).where(
        ReplyRow.user_id != user_id, ReplyRow.state.in_((QUEUED, SENDING, UNKNOWN))
    )
    return list(session.scalars(query))


def _is_longer(conversation: Conversation, window: Window, found: int) -> bool:
    if window.since:
        return conversation.post_count > min(found, POSTS_MOST)
    return found > POSTS_SHOWN


def _load_posts(session: Session, query: Select[Post], has: Parts) -> list[Post]:
    posts = list(session.scalars(query))
    for name in _SELDOM.keys() - has:
        for post in posts:
            set_committed_value(post, name, [])
    return posts


_SELDOM: Final = {"revisions": Post.revisions, "corrections": Post.corrections}


def posts_query(
    conversation_id: int,
    window: Window = NEWEST,
    limit: int = POSTS_SHOWN + 1,
    has: Parts = frozenset(_SELDOM),
) -> Select[Post]:
    """Build the query of a conversation's posts, newest first."""
    query = (
        select(Post)
        .where(Post.conversation_id == conversation_id)
        .options(
            joinedload(Post.author, innerjoin=True),
            selectinload(Post.verdicts),
            *(selectinload(it) for name, it in _SELDOM.items() if name in has),
        )
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(limit)
    )
    if window.before:
        query = query.where(window.before.older(Post.posted_at, Post.id))
    if window.since:
        query = query.where(window.since.not_older(Post.posted_at, Post.id))
    return query


def _judged(post: Post) -> Judged:
    verdicts = [verdict for verdict in post.verdicts if verdict.revision == post.revision]
    verdict = verdicts[-1] if verdicts else None
    if post.corrections and (
        verdict is None or post.corrections[-1].created_at >= verdict.created_at
    ):
        return Judged(post, verdict, post.corrections[-1].label, corrected=True)
    return Judged(post, verdict, verdict.label if verdict else None, corrected=False)


def _replies_query(conversation_id: int) -> Select[ReplyRow]:
    return (
        select(ReplyRow)
        .where(ReplyRow.conversation_id == conversation_id, ReplyRow.state != UNDONE)
        .options(
            joinedload(ReplyRow.user, innerjoin=True),
            selectinload(ReplyRow.parts),
            selectinload(ReplyRow.attachments),
        )
        .order_by(ReplyRow.id.desc())
        .limit(REPLIES_SHOWN)
    )


def _rule_runs(session: Session, post_ids: Sequence[int]) -> Mapping[int, Sequence[RuleRun]]:
    runs: dict[int, list[RuleRun]] = {}
    query = select(RuleRun).where(RuleRun.post_id.in_(post_ids))
    for run in session.scalars(query.order_by(RuleRun.id)):
        runs.setdefault(run.post_id, []).append(run)
    return runs
