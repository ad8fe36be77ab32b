"""Approving answers, for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from tanggap.inbox.sending import approvals
from tanggap.store.approvals import Approval as ApprovalRow
from tanggap.store.replies import reply_by_id
from tanggap.web.api.asked import Body, Text, Words
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Ours, Ref, Reply, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("approvals", "Approvals")
_ONE = "/approvals/<int:approval_id>"


class Approved(Body):
    """The words with which an answer goes; null leaves those of its author.

    Against a customer's wish not to be contacted the approver needs an `override_reason`.
    """

    text: Text | None = None
    override_reason: Words = ""


class SentBack(Body):
    """What its author is told."""

    words: Words = ""


class Approval(Thing):
    """An answer that somebody has to approve before it goes."""

    id: int
    conversation_id: int
    user: Ref
    text: Ours
    visibility: str
    purpose: str
    state: str
    words: str
    decider: Ref | None
    decided_at: datetime | None
    reply_id: int | None
    created_at: datetime


class ApprovalList(Thing):
    """Answers that wait."""

    items: list[Approval]


@bp.get("/approvals")
@bp.output(ApprovalList)
def index() -> ApprovalList:
    """List what waits for an approver, the longest waiting first."""
    with services().database.read() as db:
        found = approvals.list_waiting(db)
        return ApprovalList(items=[Approval.model_validate(one) for one, _case in found])


@bp.post(_ONE + "/approve")
@bp.input(Approved, arg_name="body")
@bp.output(Reply, status_code=202)
def approve(approval_id: int, body: Approved) -> Reply:
    """Let an answer of somebody else go, perhaps with other words.

    409 `stale_thread` when the customer has written since: its author has it again then.
    """
    queued = approvals.approve(
        services(), approval_id, me().id, text=body.text, override_reason=body.override_reason
    )
    tasks().work_on_reply(queued.id, queued.send_after)
    with services().database.read() as db:
        return Reply.model_validate(reply_by_id(db, queued.id))


@bp.post(_ONE + "/return")
@bp.input(SentBack, arg_name="body")
@bp.output(Approval)
def send_back(approval_id: int, body: SentBack) -> Approval:
    """Give an answer back to its author with words; it is a draft again."""
    return _decide(lambda db: approvals.send_back(db, approval_id, me().id, body.words))


@bp.post(_ONE + "/withdraw")
@bp.output(Approval)
def withdraw(approval_id: int) -> Approval:
    """Take one's own answer back before anybody decided; it is a draft again."""
    return _decide(lambda db: approvals.withdraw(db, approval_id, me().id))


def _decide(decide: Callable[[Session], ApprovalRow]) -> Approval:
    with services().database.write() as db:
        return Approval.model_validate(decide(db))
