"""Questions to another team about a case, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tanggap.inbox.teamwork import consultations
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import CASE
from tanggap.web.api.conversations import plain_post
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Post, Ref, TeamRef, Thing
from tanggap.web.context import me, services

bp = blueprint("consultations", "Consultations")
_ONE = "/consultations/<int:consultation_id>"
Asking = Annotated[str, Field(min_length=1, max_length=4_000)]


class QuestionQuery(Query):
    """Whose questions are listed: those to one's own teams, or all."""

    of: Literal["mine", "all"] = "mine"


class Question(Body):
    """What a team is asked, and within how much of its open time it should answer."""

    team_id: Id
    question: Asking
    within: Literal["1h", "4h", "1d", "3d"] = "4h"


class Answered(Body):
    """What a team answers."""

    text: Asking


class Consultation(Thing):
    """A question to another team, with its own clock."""

    id: int
    conversation_id: int
    team: TeamRef
    user: Ref
    question: str
    created_at: datetime
    due_at: datetime
    broken_at: datetime | None
    answer: str
    answered_at: datetime | None
    answered_by: Ref | None
    withdrawn_at: datetime | None


class ConsultationList(Thing):
    """Questions, what is due first on top."""

    items: list[Consultation]


class AskedQuestion(Thing):
    """A question that waits, with the newest posts of its case, oldest first."""

    consultation: Consultation
    posts: list[Post]


@bp.get("/consultations")
@bp.input(QuestionQuery, location="query", arg_name="query")
@bp.output(ConsultationList)
def index(query: QuestionQuery) -> ConsultationList:
    """List what teams are asked and have not answered."""
    teams = None if query.of == "all" else me().team_ids
    with services().database.read() as db:
        found = consultations.list_waiting(db, teams)
        return ConsultationList(items=[Consultation.model_validate(one) for one, _case in found])


@bp.get(_ONE)
@bp.output(AskedQuestion)
def show(consultation_id: int) -> AskedQuestion:
    """Read a question that waits, with the thread it is about, even of a case out of sight."""
    with services().database.read() as db:
        found = consultations.read_question(db, consultation_id)
        return AskedQuestion(
            consultation=Consultation.model_validate(found.asked),
            posts=[plain_post(post) for post in found.posts],
        )


@bp.post(CASE + "/consultations")
@bp.input(Question, arg_name="body")
@bp.output(Consultation, status_code=201)
def ask(conversation_id: int, body: Question) -> Consultation:
    """Ask a team about the case; 409 while it has not answered the last question."""
    with services().database.write() as db:
        asked = consultations.ask(
            db,
            conversation_id=conversation_id,
            team_id=body.team_id,
            user_id=me().id,
            question=body.question,
            within=body.within,
        )
        db.flush()
        return Consultation.model_validate(asked)


@bp.post(_ONE + "/answer")
@bp.input(Answered, arg_name="body")
@bp.output(Consultation)
def answer(consultation_id: int, body: Answered) -> Consultation:
    """Answer a question; who asked and who has the case are told."""
    with services().database.write() as db:
        done = consultations.answer(db, consultation_id, me().id, body.text)
        return Consultation.model_validate(done)


@bp.post(_ONE + "/withdraw")
@bp.output(Consultation)
def withdraw(consultation_id: int) -> Consultation:
    """Take a question back that nobody has answered."""
    with services().database.write() as db:
        return Consultation.model_validate(consultations.withdraw(db, consultation_id, me().id))
