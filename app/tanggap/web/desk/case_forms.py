"""Forms and verification in the open case: ask, read what came, decide, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ReplyRefusedError
from tanggap.inbox import single_use
from tanggap.inbox.cases.wishes import refuse_preparing
from tanggap.inbox.desk.case_parts import Parts
from tanggap.inbox.desk.conversation_view import read_conversation, read_view
from tanggap.inbox.forms import form_requests, forms, verifying
from tanggap.inbox.forms.form_messages import message_of
from tanggap.inbox.forms.form_requests import Asked
from tanggap.inbox.media import form_photos
from tanggap.inbox.sending.drafts import save_draft
from tanggap.inbox.sending.ways import PRIVATE, list_ways
from tanggap.inbox.single_use import MadeLink
from tanggap.store.conversations import Conversation
from tanggap.store.forms import COLLECT, VERIFY
from tanggap.store.verifications import Verification
from tanggap.web.context import me, services
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.conversation import act
from tanggap.web.desk.inbox import list_args, open_parts, whole_page
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.i18n import told

bp = Blueprint("case_forms", __name__, url_prefix="/inbox/<int:conversation_id>/forms")

_BY_CODE = "code"


@dataclass(frozen=True, slots=True)
class CaseForms:
    """What was asked of a customer, when they were verified, and whether a code is out.

    Those who do not work on cases see the marks alone.
    """

    asked: Sequence[Asked]
    marks: Sequence[Verification]
    code_waits: bool

    @property
    def mark(self) -> Verification | None:
        """The verification that holds now."""
        return next((mark for mark in self.marks if mark.holds), None)


@bp.get("")
def menu(conversation_id: int) -> ResponseReturnValue:
    """Show what can be asked of the customer, or why nothing can."""
    with services().database.read() as db:
        refusal = private_refusal(db, read_conversation(db, conversation_id))
        kept = [one.form for one in forms.list_forms(db) if one.form.active]
        return render_template(
            "conversation/ask_menu.html",
            conversation_id=conversation_id,
            refusal=refusal,
            forms=[form for form in kept if form.purpose == COLLECT],
            verify=next((form for form in kept if form.purpose == VERIFY), None),
            args=list_args(),
        )


@bp.post("")
def ask(conversation_id: int) -> ResponseReturnValue:
    """Prepare the private message that leads to a form or holds a code; a person sends it."""
    text, problem = request.form.get("text", ""), ""
    try:
        with services().database.write() as db:
            conversation = read_conversation(db, conversation_id)
            problem = private_refusal(db, conversation)
            if not problem:
                made = make_link(db, conversation, request.form.get("form", ""))
                text = f"{text.rstrip()}\n\n{message_of(made)}".strip()
            save_draft(
                db,
                conversation_id=conversation_id,
                user_id=me().id,
                text=text,
                seen_post_id=read_id(request.form.get("seen_post_id")),
                visibility=(request.form.get("visibility") or "") if problem else PRIVATE,
            )
    except (ConflictError, ReplyRefusedError) as error:
        problem = explain(error)
    return _composer(conversation_id, text, problem)


@bp.post("/<int:request_id>/withdraw")
def withdraw(conversation_id: int, request_id: int) -> ResponseReturnValue:
    """Take back what the customer has not answered."""
    return act(
        conversation_id,
        lambda db: form_requests.withdraw(db, conversation_id, request_id, user_id=me().id),
    )


@bp.post("/<int:request_id>/decide")
def decide(conversation_id: int, request_id: int) -> ResponseReturnValue:
    """Say whether the details are those of the customer."""
    matches = request.form.get("verdict") == "yes"
    return act(
        conversation_id,
        lambda db: verifying.decide(
            db, conversation_id, request_id, matches=matches, user_id=me().id
        ),
    )


@bp.post("/code")
def take_code(conversation_id: int) -> ResponseReturnValue:
    """Compare the code that the customer told."""
    refused: list[ConflictError] = []
    with services().database.read() as db:
        read_conversation(db, conversation_id)
    try:
        code = request.form.get("code", "")
        verifying.take_code(services(), conversation_id, code, user_id=me().id)
    except ConflictError as error:
        refused.append(error)

    def tell(_db: Session) -> None:
        if refused:
            raise refused[0]

    return act(conversation_id, tell)


@bp.post("/revoke")
def revoke(conversation_id: int) -> ResponseReturnValue:
    """Take the verified mark from the customer."""
    return act(
        conversation_id,
        lambda db: verifying.revoke_mark(db, conversation_id, user_id=me().id),
    )


@bp.get("/photos/<int:photo_id>")
def photo(conversation_id: int, photo_id: int) -> Response:
    """Send a photo of the customer; nothing but a picture can come of it."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        content = form_requests.read_photo(services(), db, conversation_id, photo_id)
    answer = current_app.response_class(content, mimetype=form_photos.MEDIA_TYPE)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Disposition"] = f'inline; filename="photo-{photo_id}.jpg"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


_ALL: Final[Parts] = frozenset(("forms", "links", "verifications"))


@bp.app_template_global("case_forms")
def case_forms(conversation: Conversation, has: Parts = _ALL) -> CaseForms:
    """Give what was asked of the customer of a case, read once a request."""
    kept: dict[int, CaseForms] = g.setdefault("case_forms", {})
    if conversation.id not in kept:
        kept[conversation.id] = _read(conversation) if has & _ALL else CaseForms((), (), False)
    return kept[conversation.id]


def _read(conversation: Conversation) -> CaseForms:
    works = me().may("work_cases")
    with services().database.read() as db:
        return CaseForms(
            asked=form_requests.asked_of(services(), db, conversation.id) if works else (),
            marks=verifying.verifications_of(db, conversation.author_id),
            code_waits=works and bool(single_use.open_links(db, conversation.id, verifying.CODE)),
        )


def make_link(db: Session, conversation: Conversation, wanted: str) -> MadeLink:
    """Make the single-use link to a form, by its key, or a code."""
    if wanted == _BY_CODE:
        return verifying.ask_code(services(), db, conversation, user_id=me().id)
    kept = forms.read_form(db, wanted)
    return form_requests.ask(services(), db, conversation, kept, user_id=me().id)


def private_refusal(db: Session, conversation: Conversation) -> str:
    """Say why nothing can be sent in private; empty where it can."""
    try:
        refuse_preparing(db, conversation, me().id)
        ways = list_ways(services(), db, conversation)
    except ReplyRefusedError as error:
        return explain(error)
    private = next((way for way in ways if way.visibility == PRIVATE), None)
    if private is None:
        return str(
            gettext(
                "Nothing personal is asked in public, and this customer cannot be written to in "
                "private here. Invite them to write you a private message first."
            )
        )
    return told(private.refusal.message) if private.refusal is not None else ""


def _composer(conversation_id: int, text: str, problem: str) -> ResponseReturnValue:
    wanted = request.form.get("visibility") if problem else PRIVATE
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        composer = show_composer(db, view, text=text, wanted=wanted, problem=problem)
        if "HX-Request" not in request.headers:
            return whole_page(db, list_args(), view, composer)
        parts = open_parts(db, list_args(), view, composer)
        page = render_template("conversation/composer.html", **parts)
    return page, 409 if problem else 200, {"HX-Trigger": "conversation-changed"}
