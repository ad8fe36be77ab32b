"""What stands around a case beside its posts, for programs."""

from __future__ import annotations

from datetime import datetime

from tanggap.inbox.desk.conversation_view import read_view
from tanggap.inbox.desk.desk_view import read_desk
from tanggap.inbox.handover.handover import load_handover
from tanggap.web.api.approvals import Approval
from tanggap.web.api.calls import Call
from tanggap.web.api.cases import CASE
from tanggap.web.api.consultations import Consultation
from tanggap.web.api.followups import Score
from tanggap.web.api.joins import Join
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Ref, Thing
from tanggap.web.context import me, services

bp = blueprint("beside", "Around a case")


class Sleeping(Thing):
    """Until when a case sleeps, or what woke it; without a time until the customer writes."""

    user: Ref
    until: datetime | None
    words: str
    created_at: datetime
    woken_at: datetime | None
    woken_by: str


class Handover(Thing):
    """How a case went private and back; `closing` says how it was concluded."""

    invited_at: datetime | None
    private_at: datetime | None
    solved_at: datetime | None
    closing: str
    closed_at: datetime | None
    closing_post_id: int | None
    reason: str


class Beside(Thing):
    """What colleagues do around a case; `approvals` wait, or came back to the person lately."""

    tier: str
    do_not_contact: bool
    sleep: Sleeping | None
    handover: Handover | None
    approvals: list[Approval]
    consultations: list[Consultation]
    call_backs: list[Call]
    joins: list[Join]
    scores: list[Score]
    mail_address_hint: str


@bp.get(CASE + "/beside")
@bp.output(Beside)
def show(conversation_id: int) -> Beside:
    """Read what colleagues do around a case: approvals, questions, calls, merges, scores."""
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        found = read_desk(db, view, me().id)
        way = load_handover(db, conversation_id)
        leg = found.mail.leg
        return Beside(
            tier=found.author.tier,
            do_not_contact=found.author.do_not_contact,
            sleep=Sleeping.model_validate(found.snooze) if found.snooze else None,
            handover=Handover.model_validate(way) if way else None,
            approvals=[Approval.model_validate(row) for row in found.approvals],
            consultations=[Consultation.model_validate(row) for row in found.consultations],
            call_backs=[Call.model_validate(row) for row in found.calls],
            joins=[Join.model_validate(row) for row in found.joins],
            scores=[Score.model_validate(row) for row in found.ratings],
            mail_address_hint=leg.address_hint if leg else "",
        )
