"""Personal data that customers wrote in public: masked wherever posts are shown, until asked."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.rules.masking import is_personal, mask, mask_links
from tanggap.store import audit
from tanggap.store.posts import Post
from tanggap.web.context import me, services
from tanggap.web.desk.inbox import list_args

bp = Blueprint("masking", __name__, url_prefix="/inbox/<int:conversation_id>/posts")


def install_masks(app: Flask) -> None:
    """Make the masks known to an app's templates."""
    app.add_template_filter(mask, "masked")
    app.add_template_filter(mask_links, "without_secrets")
    app.add_template_filter(masked_post)
    app.add_template_test(is_personal, "personal")
    app.add_template_test(_is_masked, "masked_post")
    app.add_template_global(can_hide)


def masked_post(post: Post) -> str:
    """Write a post as it is shown: what a customer wrote in public is masked."""
    return mask(post.text) if _may_be_masked(post) else mask_links(post.text)


def can_hide(channel: str) -> bool:
    """Tell whether a channel can hide posts on its platform."""
    found = services().registry.channel(channel)
    return found is not None and found.moderating is not None and found.moderating.hide is not None


@bp.post("/<int:post_id>/reveal")
def reveal(conversation_id: int, post_id: int) -> ResponseReturnValue:
    """Show a post as it was written, and log who looked."""
    with services().database.write() as db:
        post = _post(db, conversation_id, post_id)
        detail = {"case": conversation_id, "external_id": post.external_id}
        audit.record(db, "post.revealed", "post", post_id, user_id=me().id, detail=detail)
    part = "said" if "HX-Request" in request.headers else "revealed_page"
    return render_template(f"conversation/{part}.html", post=post, args=list_args())


def _post(db: Session, conversation_id: int, post_id: int) -> Post:
    """Find a post that stands in the case or around it: in the thread of the same account."""
    conversation = read_conversation(db, conversation_id)
    post = db.get(Post, post_id)
    if post is None or post.account_id != conversation.account_id or post.visibility != "public":
        raise NotFoundError(f"post {post_id} is not shown in conversation {conversation_id}")
    if post.thread_id != conversation.thread_id and post.conversation_id != conversation_id:
        raise NotFoundError(f"post {post_id} is not shown in conversation {conversation_id}")
    return post


def _may_be_masked(post: Post) -> bool:
    return not post.from_us and post.visibility == "public"


def _is_masked(post: Post) -> bool:
    return _may_be_masked(post) and is_personal(post.text)
