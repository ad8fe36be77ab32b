"""Ask customers to fill in a form, privately, and take what they answer into their case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox import single_use
from tanggap.inbox.cases.snooze import woken_by_reply
from tanggap.inbox.cases.wishes import refuse_preparing
from tanggap.inbox.clocks import clocks
from tanggap.inbox.events.endpoint_events import FORM_ANSWERED, note_event
from tanggap.inbox.events.notifications import notify
from tanggap.inbox.events.rule_events import fire
from tanggap.inbox.forms.form_answers import Filled, lines_of
from tanggap.inbox.forms.form_fields import FormDefinition, FormField, definition_of
from tanggap.inbox.forms.forms import KeptForm
from tanggap.inbox.services import Services
from tanggap.inbox.single_use import LinkOverError, MadeLink
from tanggap.rules import Trigger
from tanggap.rules.clocks import events
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.clocks import CaseEventRow
from tanggap.store.conversations import NOT_OURS, OPEN, RESOLVED, SNOOZED, Conversation
from tanggap.store.forms import VERIFY, FormPhoto, FormRequest, FormVersion
from tanggap.store.single_use import SingleUseLink

FORM = "form"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was asked of a customer, with the answers opened once there are any."""

    request: FormRequest
    definition: FormDefinition
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def purpose(self) -> str:
        """What the answers are for."""
        return self.request.version.form.purpose

    @property
    def state(self) -> str:
        """How far it is: asked, answered, withdrawn or expired."""
        if self.request.answered_at is not None:
            return "answered"
        if self.request.withdrawn_at is not None:
            return "withdrawn"
        return "expired" if self.request.expires_at <= utcnow() else "asked"

    @property
    def to_decide(self) -> bool:
        """Whether a person is to say if the details are those of the customer."""
        waits = self.request.answered_at is not None and self.request.decided_at is None
        return waits and self.purpose == VERIFY

    def lines(self, language: str) -> Sequence[tuple[FormField, str]]:
        """List questions and answers, photos apart."""
        return list(lines_of(self.definition, self.answers, language))

    def photo_label(self, key: str, language: str) -> str:
        """Give the question that a photo answers."""
        return next((one.label(language) for one in self.definition.fields if one.key == key), "")


def ask(
    services: Services,
    session: Session,
    conversation: Conversation,
    kept: KeptForm,
    *,
    user_id: int,
) -> MadeLink:
    """Prepare a form for the customer of a case and give the link that leads to it.

    Raises `DoNotContactError` where the person could not send it.
    """
    refuse_preparing(session, conversation, user_id)
    if not kept.form.active:
        raise ConflictError(f"the form {kept.form.key} is switched off")
    with_code = kept.form.purpose == VERIFY and kept.definition.asks_code
    request = FormRequest(
        form_version_id=kept.version.id,
        conversation_id=conversation.id,
        author_id=conversation.author_id,
        user_id=user_id,
        expires_at=utcnow() + single_use.LIFE,
    )
    session.add(request)
    session.flush()
    made = single_use.make_link(
        services,
        session,
        conversation,
        FORM,
        user_id=user_id,
        subject_id=request.id,
        with_code=with_code,
    )
    request.link_id, request.expires_at = made.link.id, made.link.expires_at
    request.language = made.link.language
    session.add(Change(conversation_id=conversation.id, kind="form_asked"))
    detail = {"form": kept.form.key, "version": kept.version.number, "case": conversation.id}
    audit.record(session, "form.asked", "form_request", request.id, user_id=user_id, detail=detail)
    return made


def open_request(session: Session, link: SingleUseLink) -> Asked:
    """Load what a link asks; raises `LinkOverError` where that is gone."""
    request = session.scalar(_request_query().where(FormRequest.id == link.subject_id))
    if request is None or request.answered_at is not None or request.withdrawn_at is not None:
        raise LinkOverError
    return Asked(request, definition_of(request.version.definition))


def take_answers(
    services: Services, session: Session, link: SingleUseLink, filled: Filled
) -> FormRequest:
    """Keep what the customer sent, use the link up, and let the case be worked on again.

    Raises `LinkOverError` when somebody else used the link just now.
    """
    single_use.use_up(session, link.id)
    request = session.get_one(FormRequest, link.subject_id)
    request.sealed_answers = services.vault.seal(filled.answers)
    request.answered_at = utcnow()
    for key, photo in filled.photos.items():
        session.add(
            FormPhoto(
                request_id=request.id,
                field=key,
                width=photo.width,
                height=photo.height,
                size=len(photo.content),
                sealed=services.vault.seal_bytes(photo.content),
            )
        )
    customer_came_back(session, request.conversation_id, request.answered_at)
    _tell(session, request)
    detail = {"case": request.conversation_id, "photos": len(filled.photos)}
    audit.record(session, "form.answered", "form_request", request.id, detail=detail)
    note_event(session, FORM_ANSWERED, request.conversation_id, request.id, request.id)
    return request


def customer_came_back(session: Session, conversation_id: int, at: datetime) -> None:
    """Count what a customer sent outside the platform as a message of theirs.

    The case opens, wakes if it slept, and its clocks run as they do when a post comes in.
    """
    case = session.get_one(Conversation, conversation_id, with_for_update=True)
    was = case.state
    if case.state != NOT_OURS:
        case.state, case.resolved_at, case.waits = OPEN, None, True
        case.revision += 1
    case.last_inbound_at = at
    session.add(CaseEventRow(conversation_id=case.id, at=at, what=events.CUSTOMER))
    session.flush()
    if was == SNOOZED:
        woken_by_reply(session, {case.id})
    if was == RESOLVED:
        fire(session, Trigger.CASE_REOPENED, case.id, occasion=f"came back {at.isoformat()}")
    clocks.move(session, {case.id})


def withdraw(session: Session, conversation_id: int, request_id: int, *, user_id: int) -> None:
    """Take back a form that the customer has not filled in."""
    request = session.get(FormRequest, request_id, with_for_update=True)
    if request is None or request.conversation_id != conversation_id:
        raise NotFoundError(f"form request {request_id} is not in case {conversation_id}")
    if request.answered_at is not None:
        raise ConflictError("the customer has answered already")
    request.withdrawn_at = utcnow()
    if request.link_id is not None:
        with suppress(LinkOverError):  # it may have ended by itself
            single_use.revoke(session, request.link_id, user_id=user_id)
    session.add(Change(conversation_id=conversation_id, kind="form_withdrawn"))


def asked_of(services: Services, session: Session, conversation_id: int) -> list[Asked]:
    """List what was asked in a case, newest first, with the answers opened."""
    query = (
        _request_query()
        .where(FormRequest.conversation_id == conversation_id)
        .order_by(FormRequest.id.desc())
        .limit(SHOWN)
    )
    return [_opened(services, request) for request in session.scalars(query)]


def read_photo(services: Services, session: Session, conversation_id: int, photo_id: int) -> bytes:
    """Open a photo of a case; raises `NotFoundError`."""
    sealed = session.scalar(
        select(FormPhoto.sealed)
        .join(FormRequest, FormRequest.id == FormPhoto.request_id)
        .where(FormPhoto.id == photo_id, FormRequest.conversation_id == conversation_id)
    )
    if sealed is None:
        raise NotFoundError(f"photo {photo_id} is not in case {conversation_id}")
    return services.vault.open_bytes(sealed)


def _opened(services: Services, request: FormRequest) -> Asked:
    answers: dict[str, Any] = {}
    if request.sealed_answers is not None:
        answers = services.vault.open(request.sealed_answers)
    return Asked(request, definition_of(request.version.definition), answers)


def _request_query() -> Select[FormRequest]:
    return select(FormRequest).options(
        joinedload(FormRequest.version).joinedload(FormVersion.form),
        joinedload(FormRequest.user),
        selectinload(FormRequest.photos),
    )


def _tell(session: Session, request: FormRequest) -> None:
    case = session.get_one(Conversation, request.conversation_id)
    owner = case.assignee_id or request.user_id
    notify(
        session,
        "form_answered",
        user_ids=[] if owner is None else [owner],
        team_id=case.team_id if owner is None else None,
        conversation_id=case.id,
        text=request.version.form.name_in(request.language),
        key=f"form:{request.id}",
    )
    session.add(Change(conversation_id=case.id, kind="form_answered"))
