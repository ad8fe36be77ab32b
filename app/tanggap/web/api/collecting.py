"""Forms and verification in a case: what is asked of the customer, and what came, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.forms import form_requests, verifying
from tanggap.inbox.forms.form_messages import message_of
from tanggap.inbox.forms.form_requests import Asked
from tanggap.inbox.sending.ways import PRIVATE
from tanggap.web.api.asked import Body
from tanggap.web.api.cases import CASE, nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Ref, Thing
from tanggap.web.context import me, services
from tanggap.web.desk.case_forms import make_link, private_refusal
from tanggap.web.problems import problem

bp = blueprint("collecting", "Forms and verification")
_FORMS = CASE + "/form-requests"
_ONE = _FORMS + "/<int:request_id>"


class NewRequest(Body):
    """Which form is asked, by its key; `code` makes a code that the customer tells."""

    form: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class Verdict(Body):
    """Whether the details are those of the customer."""

    matches: bool


class Code(Body):
    """The code that the customer told."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class AskMessage(Thing):
    """The message that leads to the form or holds the code; send it privately, as it is made."""

    text: str
    visibility: str


class FormAnswer(Thing):
    """An answer to one question."""

    field: str
    question_id: str
    question_en: str
    answer: str


class FormRequest(Thing):
    """A form that was asked of a customer; `state` is asked, answered, withdrawn or expired."""

    id: int
    conversation_id: int
    form: str
    purpose: str
    state: str
    user: Ref | None
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    to_decide: bool
    answers: list[FormAnswer]
    photos: int


class Mark(Thing):
    """A verification of a customer."""

    id: int
    method: str
    verified_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    holds: bool


class FormRequestList(Thing):
    """What was asked in a case, newest first, and when its customer was verified."""

    items: list[FormRequest]
    verifications: list[Mark]


@bp.get(_FORMS)
@bp.output(FormRequestList)
def index(conversation_id: int) -> FormRequestList:
    """List what was asked of the customer of a case, with the answers."""
    with services().database.read() as db:
        case = read_conversation(db, conversation_id)
        found = form_requests.asked_of(services(), db, conversation_id)
        marks = verifying.verifications_of(db, case.author_id)
        return FormRequestList(
            items=[_request(one) for one in found],
            verifications=[Mark.model_validate(mark) for mark in marks],
        )


@bp.post(_FORMS)
@bp.input(NewRequest, arg_name="body")
@bp.output(AskMessage, status_code=201)
def ask(conversation_id: int, body: NewRequest) -> AskMessage | Response:
    """Make the single-use link to a form, or a code; the answer is the message to send.

    Nothing is sent by this, and the message is refused in public.
    """
    with services().database.write() as db:
        case = read_conversation(db, conversation_id)
        refusal = private_refusal(db, case)
        if refusal:
            return problem(422, "reply_refused", refusal, reason="no_private_way")
        text = message_of(make_link(db, case, body.form))
    return AskMessage(text=text, visibility=PRIVATE)


@bp.post(_ONE + "/withdraw")
@bp.output({}, status_code=204)
def withdraw(conversation_id: int, request_id: int) -> Response:
    """Take back what the customer has not answered."""
    with services().database.write() as db:
        form_requests.withdraw(db, conversation_id, request_id, user_id=me().id)
    return nothing()


@bp.post(_ONE + "/decide")
@bp.input(Verdict, arg_name="body")
@bp.output({}, status_code=204)
def decide(conversation_id: int, request_id: int, body: Verdict) -> Response:
    """Say whether the details that a customer confirmed are right."""
    with services().database.write() as db:
        verifying.decide(db, conversation_id, request_id, matches=body.matches, user_id=me().id)
    return nothing()


@bp.post(CASE + "/verification")
@bp.input(Code, arg_name="body")
@bp.output({}, status_code=204)
def take_code(conversation_id: int, body: Code) -> Response:
    """Verify the customer by the code they told; each try counts."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
    verifying.take_code(services(), conversation_id, body.code, user_id=me().id)
    return nothing()


@bp.delete(CASE + "/verification")
@bp.output({}, status_code=204)
def revoke(conversation_id: int) -> Response:
    """Take the verified mark from the customer."""
    with services().database.write() as db:
        verifying.revoke_mark(db, conversation_id, user_id=me().id)
    return nothing()


def _request(one: Asked) -> FormRequest:
    row = one.request
    return FormRequest(
        id=row.id,
        conversation_id=row.conversation_id,
        form=row.version.form.key,
        purpose=one.purpose,
        state=one.state,
        user=Ref.model_validate(row.user) if row.user else None,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        to_decide=one.to_decide,
        answers=[
            FormAnswer(
                field=field.key,
                question_id=field.label_id,
                question_en=field.label_en,
                answer=one.answers[field.key],
            )
            for field in one.definition.fields
            if field.key in one.answers
        ],
        photos=len(row.photos),
    )
