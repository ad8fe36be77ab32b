"""Ids as LinkedIn makes them: the time in the upper bits, a share beside its activity."""

from __future__ import annotations

from datetime import datetime

from tanggap.sdk.simulator import SimulatedPost
from tanggap_linkedin.urns import CommentUrn, local_id

_TIME_SHIFT = 22


def number(at: datetime, count: int) -> int:
    """Make an even number; the odd one after it is the activity of the same share."""
    return (int(at.timestamp() * 1000) << _TIME_SHIFT) + count * 2


def activity_of(post: SimulatedPost) -> str:
    """Name the activity of a share, or of the share a comment stands below."""
    return f"urn:li:activity:{int(local_id(root_of(post).id)) + 1}"


def share_of(urn: str) -> str:
    """Name the share of an activity; other URNs stay as they are."""
    if not urn.startswith("urn:li:activity:") or not local_id(urn).isdigit():
        return urn
    return f"urn:li:share:{int(local_id(urn)) - 1}"


def root_of(post: SimulatedPost) -> SimulatedPost:
    """Climb from a comment to the post it stands below."""
    while is_comment(post) and post.parent is not None:
        post = post.parent
    return post


def top_of(post: SimulatedPost) -> SimulatedPost:
    """Climb from a reply to the top-level comment of its thread."""
    while post.parent is not None and is_comment(post.parent):
        post = post.parent
    return post


def is_comment(post: SimulatedPost) -> bool:
    """Tell comments from posts by their URN."""
    return CommentUrn.read(post.id) is not None


def short(urn: str) -> str:
    """Write a comment's URN as `generatedActivity` has it."""
    return urn.replace("(urn:li:", "(", 1)


def comment_number(urn: str) -> str:
    """Give the id of a comment within its post."""
    comment = CommentUrn.read(urn)
    return comment.id if comment else ""


def milliseconds(at: datetime) -> int:
    """Write a time as LinkedIn does."""
    return int(at.timestamp() * 1000)
