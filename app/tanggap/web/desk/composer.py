"""Writing an answer: the counter, the autosaved draft, sending and sending again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import get_args

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ReplyRefusedError, StaleThreadError, TanggapError
from tanggap.inbox.desk.conversation_view import (
    pending_of_others,
    posts_after,
    read_conversation,
    read_view,
)
from tanggap.inbox.learning.similar import find_similar
from tanggap.inbox.mailbox.mail_legs import Leg
from tanggap.inbox.sending import approvals, drafts, measuring
from tanggap.inbox.sending import reply as replies
from tanggap.inbox.sending import undo as undoing
from tanggap.inbox.sending.intent import PLAIN, Intent, read_intent
from tanggap.inbox.tone import macros
from tanggap.inbox.tone.tone import case_profile, check_draft, suggest_answers
from tanggap.sdk.types import Visibility
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow
from tanggap.store.storable import storable
from tanggap.store.users import User
from tanggap.web.context import me, services, tasks
from tanggap.web.desk.attachments import chosen_ids, keep_descriptions
from tanggap.web.desk.composer_view import show_composer
from tanggap.web.desk.inbox import address_of, list_args, open_parts, whole_page
from tanggap.web.errors import explain
from tanggap.web.filters import read_id
from tanggap.web.tone.tone_view import shown
from tanggap.web.tone.tone_words import advice

bp = Blueprint("composer", __name__)


@bp.post("/inbox/<int:conversation_id>/measure")
def measure(conversation_id: int) -> ResponseReturnValue:
    """Count a text as the platform will, initials included, and cut it where that is needed."""
    with services().database.read() as db:
        conversation = read_conversation(db, conversation_id)
        user = db.get_one(User, me().id)
        own: Visibility = "private" if conversation.visibility == "private" else "public"
        text, visibility = request.form.get("text", ""), _visibility() or own
        measured = measuring.measure(services(), conversation, user, text, visibility)
        findings = check_draft(
            services(),
            db,
            conversation,
            user,
            text,
            visibility=visibility,
            length=0 if measured.pieces else measured.length,
            limit=measured.limit,
        )
    return {
        "findings": [shown(finding) for finding in findings if finding.code != "too_long"],
        "length": measured.length,
        "limit": measured.limit,
        "text": measured.text,
        "pieces": [{"text": piece.text, "length": piece.length} for piece in measured.pieces],
    }


@bp.get("/inbox/<int:conversation_id>/answers")
def answers(conversation_id: int) -> ResponseReturnValue:
    """Show the templates that suit this case, filled in; choosing one puts it into the text."""
    with services().database.read() as db:
        conversation = read_conversation(db, conversation_id)
        by = request.args.get("visibility")
        wanted: Visibility = "private" if by in ("private", "email") else "public"
        found = suggest_answers(services(), db, conversation, wanted)
        profile = case_profile(services(), db, conversation)
        offered = macros.offer(services(), db, conversation, wanted, me().team_ids)
        similar = find_similar(services(), db, conversation, wanted)
    return render_template(
        "conversation/answers.html",
        suggestions=found,
        advice=list(advice(profile)),
        similar=similar,
        macros=offered,
        conversation=conversation,
    )


@bp.post("/inbox/<int:conversation_id>/composer")
def show(conversation_id: int) -> ResponseReturnValue:
    """Show the composer for the way of answering that a person chose; the text stays."""
    with services().database.read() as db:
        read_conversation(db, conversation_id)
    return _answer(conversation_id, text=request.form.get("text", ""))


@bp.post("/inbox/<int:conversation_id>/draft")
def save_draft(conversation_id: int) -> ResponseReturnValue:
    """Keep what was typed so far, unless another window of the person holds something else."""
    text = request.form.get("text", "")
    try:
        with services().database.write() as db:
            read_conversation(db, conversation_id)
            drafts.save_draft(
                db,
                conversation_id=conversation_id,
                user_id=me().id,
                text=text,
                seen_post_id=_seen_post_id() or None,
                base=request.form.get("base"),
                on_the_way=request.form.getlist("on_the_way"),
                visibility=_visibility() or "",
                intent=_intent(),
            )
    except drafts.OtherDraftError as other:
        if "closing" in request.form:
            return _keep_both(conversation_id, other.text, text)
        return {"text": other.text, "base": drafts.fingerprint(other.text)}, 409
    return {"base": drafts.fingerprint(storable(text))}


def _keep_both(conversation_id: int, kept: str, text: str) -> ResponseReturnValue:
    """Keep two windows' texts, because the one that asks is closing and nobody can choose."""
    both = text if kept in text else f"{kept}\n\n{text}"
    with services().database.write() as db:
        drafts.save_draft(
            db,
            conversation_id=conversation_id,
            user_id=me().id,
            text=both,
            seen_post_id=_seen_post_id() or None,
            visibility=_visibility() or "",
            intent=_intent(),
        )
    return {"text": both, "base": drafts.fingerprint(storable(both))}


@bp.post("/inbox/<int:conversation_id>/reply")
def send(conversation_id: int) -> ResponseReturnValue:
    """Put the answer into the outbox or hand it in, or say why not and keep the text."""
    text = request.form.get("text", "")
    try:
        with services().database.write() as db:
            conversation = read_conversation(db, conversation_id)
            keep_descriptions(db, conversation_id)
            held = replies.needs_approval(conversation, db.get_one(User, me().id))
        own: Visibility = "private" if conversation.visibility == "private" else "public"
        way, seen = _visibility() or own, _seen_post_id()
        files = chosen_ids()
        written = replies.Written(text, way, seen, _intent(), _override_reason(), files)
        if held:
            approvals.submit(
                services(), user_id=me().id, conversation_id=conversation_id, written=written
            )
            return _answer(conversation_id)
        queued = replies.queue_reply(
            services(),
            user_id=me().id,
            conversation_id=conversation_id,
            text=text,
            visibility=written.visibility,
            seen_post_id=written.seen_post_id,
            idempotency_key=request.form.get("key", "")[:64] or secrets.token_urlsafe(24),
            intent=written.intent,
            override_reason=written.override_reason,
            attachments=files,
        )
    except (StaleThreadError, ReplyRefusedError) as error:
        return _not_sent(conversation_id, text, error)
    tasks().work_on_reply(queued.id, queued.send_after)
    return _answer(conversation_id)


@bp.post("/replies/<int:reply_id>/undo")
def undo(reply_id: int) -> ResponseReturnValue:
    """Call an answer off while it waits; its text is a draft again."""
    row = undoing.undo(services(), reply_id, me().id, typed=request.form.get("text", ""))
    return _answer(row.conversation_id)


@bp.post("/replies/<int:reply_id>/retry")
def retry(reply_id: int) -> ResponseReturnValue:
    """Send a failed answer once more, or look again for one of unknown outcome."""
    row = replies.retry(services(), reply_id, me().id)
    tasks().work_on_reply(row.id)
    return _answer(row.conversation_id, part="thread")


def _not_sent(conversation_id: int, text: str, error: TanggapError) -> ResponseReturnValue:
    """Keep the text as a draft and show the composer with what stands against sending."""
    seen = _seen_post_id()
    with services().database.write() as db:
        drafts.save_draft(
            db,
            conversation_id=conversation_id,
            user_id=me().id,
            text=text,
            seen_post_id=seen or None,
            visibility=_visibility() or "",
            intent=_intent(),
        )
    if not isinstance(error, StaleThreadError):
        return _answer(conversation_id, 422, text=text, problem=explain(error))
    with services().database.read() as db:
        unseen = posts_after(db, conversation_id, seen)
        colleagues = pending_of_others(db, conversation_id, me().id)
    problem = gettext(
        "The conversation has moved on. Read what is new, then send again if it still fits."
    )
    return _answer(
        conversation_id, 409, text=text, problem=problem, unseen=unseen, colleagues=colleagues
    )


def _answer(
    conversation_id: int,
    status: int = 200,
    *,
    text: str | None = None,
    problem: str = "",
    unseen: Sequence[Post] = (),
    colleagues: Sequence[ReplyRow] = (),
    part: str = "composer",
) -> ResponseReturnValue:
    """Show a part of the conversation as it is now; without scripts, the whole page."""
    args = list_args()
    if status == 200 and "HX-Request" not in request.headers:
        return redirect(address_of(conversation_id, args), 303)
    with services().database.read() as db:
        view = read_view(db, conversation_id, me().id)
        composer = show_composer(
            db,
            view,
            text=text,
            wanted=_visibility(),
            problem=problem,
            unseen=unseen,
            colleagues=colleagues,
            intent=_intent() if text is not None else PLAIN,
            override_reason=_override_reason() if text is not None else "",
        )
        if "HX-Request" not in request.headers:
            return whole_page(db, args, view, composer), status
        parts = open_parts(db, args, view, composer)
        page = render_template(f"conversation/{part}.html", **parts)
    return page, status, {"HX-Trigger": "conversation-changed"}


def _intent() -> Intent:
    """Read what the answer is for; unticking it leaves a plain answer."""
    return read_intent(request.form.get("purpose", ""), request.form.get("promised_until", ""))


def _override_reason() -> str:
    return request.form.get("override_reason", "")


def _seen_post_id() -> int:
    return read_id(request.form.get("seen_post_id")) or 0


def _visibility() -> Leg | None:
    chosen = request.form.get("visibility")
    return next((one for one in (*get_args(Visibility), "email") if one == chosen), None)
