"""What people do with conversations, for programs: claim, assign, move on, tag, note, label."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from tanggap.inbox.cases import conversations, tags
from tanggap.inbox.cases import snooze as sleeping
from tanggap.inbox.cases.conversations import KEEP
from tanggap.inbox.learning import labelling
from tanggap.inbox.teamwork import notes
from tanggap.store.base import utcnow
from tanggap.web.api import pages, things
from tanggap.web.api.asked import (
    Assignment,
    Corrected,
    NewNote,
    PriorityChange,
    Said,
    Sleep,
    StateChange,
    TagChange,
    TaskQuery,
)
from tanggap.web.api.cases import CASE, act
from tanggap.web.api.routing import blueprint
from tanggap.web.context import me, services
from tanggap.web.labels import current_labels

bp = blueprint("acts", "Acts")


@bp.post(CASE + "/claim")
@bp.output(things.Conversation)
def claim(conversation_id: int) -> things.Conversation | Response:
    """Take a conversation that nobody has.

    409 when somebody was faster. Taking what one has already changes nothing.
    """
    return act(conversation_id, lambda db: conversations.claim(db, conversation_id, me().id))


@bp.post(CASE + "/release")
@bp.output(things.Conversation)
def release(conversation_id: int) -> things.Conversation | Response:
    """Give a conversation back."""
    return act(conversation_id, lambda db: conversations.release(db, conversation_id, me().id))


@bp.put(CASE + "/assignment")
@bp.input(Assignment, arg_name="body")
@bp.output(things.Conversation)
def assign(conversation_id: int, body: Assignment) -> things.Conversation | Response:
    """Give a conversation to a team, a person, both, or with null to nobody."""
    given = body.model_fields_set
    if given == {"revision"}:
        return act(conversation_id, lambda _db: None)
    team_id = body.team_id if "team_id" in given else KEEP
    assignee_id = body.assignee_id if "assignee_id" in given else KEEP
    return act(
        conversation_id,
        lambda db: conversations.assign(
            db,
            conversation_id,
            me().id,
            body.revision,
            team_id=team_id,
            assignee_id=assignee_id,
        ),
    )


@bp.put(CASE + "/state")
@bp.input(StateChange, arg_name="body")
@bp.output(things.Conversation)
def set_state(conversation_id: int, body: StateChange) -> things.Conversation | Response:
    """Resolve, park, open or put aside a conversation; 409 when it changed since `revision`."""
    return act(
        conversation_id,
        lambda db: conversations.set_state(db, conversation_id, me().id, body.revision, body.state),
    )


@bp.put(CASE + "/priority")
@bp.input(PriorityChange, arg_name="body")
@bp.output(things.Conversation)
def set_priority(conversation_id: int, body: PriorityChange) -> things.Conversation | Response:
    """Say how urgent a conversation is."""
    return act(
        conversation_id,
        lambda db: conversations.set_priority(
            db, conversation_id, me().id, body.revision, body.priority
        ),
    )


@bp.put(CASE + "/snooze")
@bp.input(Sleep, arg_name="body")
@bp.output(things.Conversation)
def snooze(conversation_id: int, body: Sleep) -> things.Conversation | Response:
    """Put a conversation to sleep until a time, or until the customer writes."""
    until = sleeping.fit_until(body.until, utcnow()) if body.until else None
    return act(
        conversation_id,
        lambda db: sleeping.snooze(
            db, conversation_id, me().id, body.revision, until=until, words=body.words
        ),
    )


@bp.patch(CASE + "/tags")
@bp.input(TagChange, arg_name="body")
@bp.output(things.Conversation)
def change_tags(conversation_id: int, body: TagChange) -> things.Conversation | Response:
    """Add and remove tags."""

    def change(db: Session) -> None:
        tags.change_tags(db, conversation_id, me().id, add=body.add, remove=body.remove)

    return act(conversation_id, change)


@bp.put(CASE + "/label")
@bp.input(Corrected, arg_name="body")
@bp.output(things.Conversation)
def correct_label(conversation_id: int, body: Corrected) -> things.Conversation | Response:
    """Say what the customer's newest post is, or that its label is right."""
    labels = current_labels()

    def correct(db: Session) -> None:
        conversations.correct_label(
            db, conversation_id, me().id, body.label, labels=labels, reason=body.reason
        )

    return act(conversation_id, correct)


@bp.put("/posts/<int:post_id>/label")
@bp.input(Said, arg_name="body")
@bp.output({}, status_code=204)
def label_post(post_id: int, body: Said) -> tuple[str, int]:
    """Say what any post of a customer is."""
    with services().database.write() as db:
        labelling.answer(db, post_id, me().id, body.label, labels=current_labels())
    return "", 204


@bp.get("/labelling")
@bp.input(TaskQuery, location="query", arg_name="query")
@bp.output(pages.Labelling)
def next_to_label(query: TaskQuery) -> pages.Labelling:
    """Give the post this person is asked to label next, behind one that they skipped."""
    with services().database.read() as db:
        asked = labelling.next_asked(db, me().id, query.after)
        progress = labelling.read_progress(db)
    task = pages.LabelTask.model_validate(asked) if asked else None
    return pages.Labelling(task=task, done=progress.done, total=progress.total)


@bp.post(CASE + "/notes")
@bp.input(NewNote, arg_name="body")
@bp.output(things.Note, status_code=201)
def write_note(conversation_id: int, body: NewNote) -> things.Note:
    """Leave a note to colleagues; those it calls by `@` are told."""
    with services().database.write() as db:
        note = notes.write_note(
            db, conversation_id=conversation_id, user_id=me().id, text=body.text
        )
        return things.Note.model_validate(note)


@bp.delete("/notes/<int:note_id>")
@bp.output(things.Note)
def take_note_back(note_id: int) -> things.Note:
    """Remove the words of one's own note."""
    with services().database.write() as db:
        return things.Note.model_validate(notes.take_back(db, note_id, me().id))
