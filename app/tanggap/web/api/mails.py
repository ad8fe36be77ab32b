"""The e-mail leg of a case, mails without a case, and what platforms let us do with posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from tanggap.errors import NotFoundError
from tanggap.inbox.arrival import mail_strays
from tanggap.inbox.cases import moderating
from tanggap.inbox.mailbox import mail_legs
from tanggap.store.posts import Post
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import CASE, nothing, show_case
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Conversation, Covered, Thing
from tanggap.web.context import me, services, tasks

bp = blueprint("mails", "E-mail and posts")
_MAIL = "/mails/<int:mail_id>"


class MailQuery(Query):
    """Which page of mails is listed."""

    after: Id | None = None


class NewLeg(Body):
    """The address a case goes on with; without a subject the case's own."""

    address: Annotated[str, Field(min_length=3, max_length=254)]
    subject: Annotated[str, Field(max_length=150)] = ""


class PutIn(Body):
    """The case that a mail belongs to."""

    conversation_id: Id


class PostAction(Body):
    """What the platform is asked to do with a post."""

    action: Literal["hide", "show", "like", "unlike", "delete"]


class Stray(Thing):
    """A mail that waits for somebody to say where it belongs; `sender_hint` shows its sender."""

    id: int
    sender_name: str
    sender_hint: str
    subject: Covered
    text: Covered
    at: datetime
    received_at: datetime


class StrayPage(Thing):
    """A page of mails, newest first; `next` leads to the next one, as `after`."""

    items: list[Stray]
    next: int | None


class PostActions(Thing):
    """What can be done with a post now."""

    actions: list[str]


class Moderation(Thing):
    """Something asked of a platform; `state` is queued, running, done or failed."""

    id: int
    post_id: int
    action: str
    state: str
    error_code: str
    created_at: datetime
    done_at: datetime | None


@bp.post(CASE + "/mail")
@bp.input(NewLeg, arg_name="body")
@bp.output(Conversation)
def go_on(conversation_id: int, body: NewLeg) -> Conversation | Response:
    """Let a case go on by e-mail; answers with the visibility `email` go there."""
    with services().database.write() as db:
        mail_legs.go_on_by_mail(
            services(), db, conversation_id, me().id, address=body.address, subject=body.subject
        )
    return show_case(conversation_id)


@bp.get("/mails")
@bp.input(MailQuery, location="query", arg_name="query")
@bp.output(StrayPage)
def index(query: MailQuery) -> StrayPage:
    """List the mails that wait for somebody to say where they belong."""
    with services().database.read() as db:
        page = mail_strays.list_waiting(db, query.after)
        return StrayPage(items=[Stray.model_validate(row) for row in page.mails], next=page.after)


@bp.get(_MAIL)
@bp.output(Stray)
def show(mail_id: int) -> Stray:
    """Read one of them."""
    with services().database.read() as db:
        return Stray.model_validate(mail_strays.read_stray(db, mail_id))


@bp.post(_MAIL + "/put")
@bp.input(PutIn, arg_name="body")
@bp.output({}, status_code=204)
def put(mail_id: int, body: PutIn) -> Response:
    """Make a mail the customer's post in a case, and its sender whom the case goes on with."""
    with services().database.write() as db:
        mail_strays.put_in_case(services(), db, mail_id, body.conversation_id, me().id)
    return nothing()


@bp.post(_MAIL + "/dismiss")
@bp.output({}, status_code=204)
def dismiss(mail_id: int) -> Response:
    """Put a mail away that belongs to no case."""
    with services().database.write() as db:
        mail_strays.dismiss(db, mail_id, me().id)
    return nothing()


@bp.get("/posts/<int:post_id>/actions")
@bp.output(PostActions)
def actions(post_id: int) -> PostActions:
    """List what the platform lets the person do with a post now."""
    with services().database.read() as db:
        post = db.get(Post, post_id)
        if post is None:
            raise NotFoundError(f"post {post_id} does not exist")
        found = moderating.possible_actions(services(), db, post, me().role)
    return PostActions(actions=list(found))


@bp.post("/posts/<int:post_id>/actions")
@bp.input(PostAction, arg_name="body")
@bp.output(Moderation, status_code=202)
def moderate(post_id: int, body: PostAction) -> Moderation:
    """Ask the platform to act on a post; the same again while it is on its way is the same."""
    asked = moderating.ask(services(), post_id, body.action, user_id=me().id)
    tasks().moderate(asked.id)
    return Moderation.model_validate(asked)
