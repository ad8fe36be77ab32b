"""Answer, for programs: drafts, checks, suggestions, and the way into the outbox."""

from __future__ import annotations

import hashlib

from flask import Response

from tanggap.errors import StaleThreadError
from tanggap.inbox.desk.conversation_view import pending_of_others, posts_after, read_conversation
from tanggap.inbox.mailbox.mail_legs import Leg
from tanggap.inbox.sending import approvals, drafts
from tanggap.inbox.sending import reply as replies
from tanggap.inbox.sending import undo as undoing
from tanggap.inbox.sending.intent import Intent, read_intent
from tanggap.inbox.sending.measuring import measure, prepare_text
from tanggap.inbox.tone.tone import check_draft, suggest_answers
from tanggap.store.replies import ReplyRow, reply_by_id
from tanggap.store.users import BLOCKING, User
from tanggap.web.api import pages, things
from tanggap.web.api.asked import KeyHeader, Meant, NewDraft, NewReply, Typed, WayQuery
from tanggap.web.api.conversations import plain_post
from tanggap.web.api.routing import blueprint
from tanggap.web.context import me, services, tasks
from tanggap.web.errors import explain
from tanggap.web.problems import problem

bp = blueprint("replies", "Replies")
_CASE = "/conversations/<int:conversation_id>"


@bp.post(_CASE + "/replies")
@bp.input(KeyHeader, location="headers", arg_name="head")
@bp.input(NewReply, arg_name="body")
@bp.output(things.Sent, status_code=202)
def send(conversation_id: int, head: KeyHeader, body: NewReply) -> things.Sent | Response:
    """Answer: into the outbox, or to a person who has to approve it.

    The same `Idempotency-Key` again gives the same answer and sends nothing twice. 409 when the
    thread has moved on since `seen_post_id`; the problem tells what is new.
    """
    try:
        return _send(conversation_id, head.idempotency_key, body)
    except StaleThreadError as error:
        return _stale(conversation_id, body.seen_post_id, error)


@bp.get("/replies/<int:reply_id>")
@bp.output(things.Reply)
def show(reply_id: int) -> things.Reply:
    """Read what became of an answer."""
    return _reply(reply_id)


@bp.post("/replies/<int:reply_id>/undo")
@bp.output(things.Reply)
def undo(reply_id: int) -> things.Reply:
    """Call one's own answer off while it waits; its text is a draft again."""
    undoing.undo(services(), reply_id, me().id)
    return _reply(reply_id)


@bp.post("/replies/<int:reply_id>/retry")
@bp.output(things.Reply)
def retry(reply_id: int) -> things.Reply:
    """Send a failed answer once more, or look again for one of unknown outcome."""
    row = replies.retry(services(), reply_id, me().id)
    tasks().work_on_reply(row.id)
    return _reply(reply_id)


@bp.post(_CASE + "/check")
@bp.input(Typed, arg_name="body")
@bp.output(things.Checked)
def check(conversation_id: int, body: Typed) -> things.Checked:
    """Count a text as the platform does, and say what the linter finds; nothing is kept."""
    with services().database.read() as db:
        conversation = read_conversation(db, conversation_id)
        user = db.get_one(User, me().id)
        measured = measure(services(), conversation, user, body.text, body.visibility)
        found = check_draft(
            services(),
            db,
            conversation,
            user,
            body.text,
            visibility=body.visibility,
            length=0 if measured.pieces else measured.length,
            limit=measured.limit,
        )
        blocking = conversation.team.blocking if conversation.team else BLOCKING
    return things.Checked(
        text=measured.text,
        length=measured.length,
        limit=measured.limit,
        pieces=[piece.text for piece in measured.pieces],
        findings=[
            things.Finding(
                code=one.code,
                severity=str(one.severity),
                message=dict(one.message),
                start=one.start,
                end=one.end,
                blocks=one.code in blocking,
            )
            for one in found
        ],
    )


@bp.get(_CASE + "/suggestions")
@bp.input(WayQuery, location="query", arg_name="query")
@bp.output(pages.SuggestionList)
def suggest(conversation_id: int, query: WayQuery) -> pages.SuggestionList:
    """List the templates that suit a conversation, filled in."""
    with services().database.read() as db:
        conversation = read_conversation(db, conversation_id)
        found = suggest_answers(services(), db, conversation, query.visibility)
    return pages.SuggestionList(items=[things.Suggestion.model_validate(one) for one in found])


@bp.get(_CASE + "/draft")
@bp.output(things.Draft)
def read_draft(conversation_id: int) -> things.Draft:
    """Read what the person has typed so far; an empty text where that is nothing."""
    return _draft(conversation_id)


@bp.put(_CASE + "/draft")
@bp.input(NewDraft, arg_name="body")
@bp.output(things.Draft)
def save_draft(conversation_id: int, body: NewDraft) -> things.Draft | Response:
    """Keep what was typed; with `base`, 409 when something else stands there by now."""
    try:
        with services().database.write() as db:
            read_conversation(db, conversation_id)
            drafts.save_draft(
                db,
                conversation_id=conversation_id,
                user_id=me().id,
                text=body.text,
                seen_post_id=body.seen_post_id,
                base=body.base,
                visibility=body.visibility or "",
                intent=_intent(body),
            )
    except drafts.OtherDraftError as other:
        kept = {"text": other.text, "base": drafts.fingerprint(other.text)}
        return problem(409, "other_draft", str(other), draft=kept)
    return _draft(conversation_id)


@bp.delete(_CASE + "/draft")
@bp.output({}, status_code=204)
def drop_draft(conversation_id: int) -> tuple[str, int]:
    """Forget what was typed."""
    with services().database.write() as db:
        read_conversation(db, conversation_id)
        drafts.drop_draft(db, conversation_id, me().id)
    return "", 204


def _reply(reply_id: int) -> things.Reply:
    with services().database.read() as db:
        return things.Reply.model_validate(reply_by_id(db, reply_id))


def _draft(conversation_id: int) -> things.Draft:
    with services().database.read() as db:
        read_conversation(db, conversation_id)
        draft = drafts.load_draft(db, conversation_id, me().id)
    text = draft.text if draft else ""
    return things.Draft(
        text=text,
        base=drafts.fingerprint(text),
        visibility=draft.visibility if draft else "",
        purpose=draft.purpose if draft else "",
        promised_until=draft.promised_until if draft else None,
        seen_post_id=draft.seen_post_id if draft else None,
        updated_at=draft.updated_at if draft else None,
    )


def _intent(body: Meant) -> Intent:
    """Read what an answer is for; a time that has passed is left out."""
    until = body.promised_until
    return read_intent(body.purpose, until.isoformat() if until else "")


def _send(conversation_id: int, key: str, body: NewReply) -> things.Sent | Response:
    with services().database.read() as db:
        conversation = read_conversation(db, conversation_id)
        user = db.get_one(User, me().id)
        held = replies.needs_approval(conversation, user)
    own: Leg = "private" if conversation.visibility == "private" else "public"
    written = replies.Written(
        body.text,
        body.visibility or own,
        body.seen_post_id,
        _intent(body),
        body.override_reason,
        tuple(dict.fromkeys(body.attachment_ids)),
    )
    if held:
        approval = approvals.submit(
            services(), user_id=me().id, conversation_id=conversation_id, written=written
        )
        return things.Sent(reply=None, approval_id=approval.id)
    queued = replies.queue_reply(
        services(),
        user_id=me().id,
        conversation_id=conversation_id,
        text=body.text,
        visibility=written.visibility,
        seen_post_id=written.seen_post_id,
        idempotency_key=own_key(key),
        intent=written.intent,
        override_reason=written.override_reason,
        attachments=written.attachments,
    )
    if _differs(queued, user, written):
        return problem(422, "invalid", "this idempotency key was used for another answer")
    tasks().work_on_reply(queued.id, queued.send_after)
    return things.Sent(reply=_reply(queued.id), approval_id=None)


def own_key(key: str) -> str:
    """Make a program's key one of this person alone, whatever others call theirs."""
    return "api-" + hashlib.sha256(f"{me().id}:{key}".encode()).hexdigest()[:56]


def _differs(queued: ReplyRow, user: User, written: replies.Written) -> bool:
    text = prepare_text(user, written.text, written.visibility)
    return (queued.text, queued.visibility) != (text, written.visibility)


def _stale(conversation_id: int, seen_post_id: int, error: StaleThreadError) -> Response:
    with services().database.read() as db:
        unseen = posts_after(db, conversation_id, seen_post_id)
        colleagues = pending_of_others(db, conversation_id, me().id)
    return problem(
        409,
        "stale_thread",
        explain(error),
        unseen=[plain_post(post).model_dump(mode="json") for post in unseen],
        colleagues=[things.Reply.model_validate(row).model_dump(mode="json") for row in colleagues],
    )
