"""Read conversations: the list with the inbox's own filters, and one with its posts."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from tanggap.inbox.desk.conversation_view import ConversationView, Judged, Window, read_view
from tanggap.inbox.search import search
from tanggap.inbox.search.keyset import Cursor
from tanggap.inbox.teamwork.notes import notes_of
from tanggap.store.notes import Note
from tanggap.store.posts import Post as PostRow
from tanggap.web.api import things
from tanggap.web.api.asked import CaseQuery, ListQuery
from tanggap.web.api.routing import blueprint
from tanggap.web.context import me, services
from tanggap.web.desk.masking import masked_post
from tanggap.web.filters import read_list_args

bp = blueprint("conversations", "Conversations")


@bp.get("/conversations")
@bp.input(ListQuery, location="query", arg_name="query")
@bp.output(things.ConversationPage)
def index(query: ListQuery) -> things.ConversationPage:
    """List conversations.

    The newest come first, with `due` those that are due first; without `state` the open ones.
    """
    given = MultiDict(query.model_dump(exclude_none=True))
    args = read_list_args(given, me().id, me().team_ids)
    with services().database.read() as session:
        page = search.list_conversations(session, args.wanted, after=args.after)
    return things.ConversationPage(
        items=[things.Conversation.model_validate(row) for row in page.rows],
        next=str(page.after) if page.after else None,
    )


@bp.get("/conversations/<int:conversation_id>")
@bp.input(CaseQuery, location="query", arg_name="query")
@bp.output(things.Case)
def show(conversation_id: int, query: CaseQuery) -> things.Case:
    """Read a conversation with its newest posts, or with those before a place."""
    window = Window(before=Cursor.read(query.before or ""))
    with services().database.read() as session:
        view = read_view(session, conversation_id, me().id, window)
        notes = notes_of(session, conversation_id)
    return case_of(view, notes)


def case_of(view: ConversationView, notes: Sequence[Note]) -> things.Case:
    """Write a view down."""
    clocks = (*view.clocks.running, *view.clocks.paused, *view.clocks.over)
    return things.Case(
        conversation=things.Conversation.model_validate(view.conversation),
        posts=[judged_post(one) for one in view.posts],
        earlier=str(view.earlier) if view.earlier else None,
        ancestors=[plain_post(post) for post in view.ancestors],
        siblings=[plain_post(post) for post in view.siblings],
        replies=[things.Reply.model_validate(row) for row in view.replies],
        notes=[things.Note.model_validate(note) for note in notes],
        clocks=[things.Clock.model_validate(row) for row in clocks],
        seen_post_id=view.seen_post_id,
    )


def plain_post(post: PostRow) -> things.Post:
    """Write a post down, as the inbox shows it, whose label was not looked for."""
    own = set(things.Post.model_fields) - {"author", "text", "label", "label_by", "confidence"}
    return things.Post(
        author=things.Author.model_validate(post.author),
        text=masked_post(post),
        **{name: getattr(post, name) for name in own},
    )


def judged_post(one: Judged) -> things.Post:
    """Write a post down with what was said of it."""
    by = "person" if one.corrected else "model" if one.label else None
    confidence = one.verdict.confidence if one.verdict and not one.corrected else None
    said = {"label": one.label, "label_by": by, "confidence": confidence}
    return plain_post(one.post).model_copy(update=said)
