"""The new posts of one account while they are being placed: into which thread, which case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from tanggap.inbox.known import Known
from tanggap.inbox.posts.followed import SPLIT_THREAD
from tanggap.sdk.types import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow

CONTEXT = "post"
REPOST = "repost"


@dataclass(slots=True)
class Batch:
    """The new posts of one account while they are being placed."""

    account: Account
    posts: dict[str, IncomingPost]
    deliveries: dict[str, int | None]
    known: dict[str, Known]
    author_ids: dict[str, int] = field(default_factory=dict)
    post_ids: dict[str, int] = field(default_factory=dict)
    conversation_ids: dict[tuple[str, int], int] = field(default_factory=dict)
    now: datetime = field(default_factory=utcnow)
    labelled: Collection[str] = ()

    def posted_at(self, post: IncomingPost) -> datetime:
        """Date a post: a platform's clock may run ahead, and one from the future would stay on top.

        The same in the post and in its case, which are told to belong together by it.
        """
        return min(post.posted_at, self.now)

    def from_us(self, post: IncomingPost) -> bool:
        """Tell whether the company wrote the post."""
        return post.author_id == self.account.external_id

    def opens(self, post: IncomingPost) -> bool:
        """Tell whether the post belongs to a customer's conversation of its own."""
        return not self.from_us(post) and post.kind not in (CONTEXT, REPOST)

    def thread_of(self, post: IncomingPost) -> str:
        """Find the thread: one's own parent's, else as told, else the topmost id known of.

        Platforms that flatten threads tell a thread of its own for a person's comment under that
        same person's post; for the customer it is one matter.
        """
        passed: set[str] = set()
        while post.external_id not in passed:
            passed.add(post.external_id)
            parent = self.known.get(post.in_reply_to or "")
            if parent is not None and (self._continues(post, parent) or not post.thread_id):
                return parent.thread_id
            above = self.posts.get(post.in_reply_to or "")
            own = above is not None and above.author_id == post.author_id and self.opens(above)
            if post.thread_id and not own:
                return post.thread_id
            if above is None:
                return post.in_reply_to or post.external_id
            post = above
        return post.external_id

    def opened(self) -> set[str]:
        """Name the threads in which customers wrote."""
        return {self.thread_of(post) for post in self.posts.values() if self.opens(post)}

    @staticmethod
    def _continues(post: IncomingPost, parent: Known) -> bool:
        return parent.conversation_id is not None and parent.author == post.author_id

    def taken_apart(self, post: IncomingPost) -> int | None:
        """Find the case that people split off and in which this customer answers."""
        parent = self.known.get(post.in_reply_to or "")
        if parent is None or not (parent.case_thread or "").startswith(SPLIT_THREAD):
            return None
        own = parent.case_author_id == self.author_ids[post.author_id]
        return parent.conversation_id if own else None

    def conversation_of(self, post: IncomingPost, *, hops: int = 32) -> int | None:
        """Find the conversation: the customer's own, or the one that the company answers in."""
        if self.opens(post):
            key = (self.thread_of(post), self.author_ids[post.author_id])
            return self.taken_apart(post) or self.conversation_ids.get(key)
        if not self.from_us(post) or hops == 0:
            return None
        if post.in_reply_to in self.known:
            return self.known[post.in_reply_to].conversation_id
        if post.in_reply_to in self.posts:
            return self.conversation_of(self.posts[post.in_reply_to], hops=hops - 1)
        if post.recipient_id in self.author_ids:
            return self.conversation_ids.get(
                (self.thread_of(post), self.author_ids[post.recipient_id])
            )
        return None
