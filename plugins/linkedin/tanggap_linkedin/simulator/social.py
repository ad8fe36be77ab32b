"""Comments and posts over `/rest/`: read them, and comment as a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Draft, Grant, Person, Route, SimulatedPost, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_linkedin.simulator.gate import READ_FEED, READ_POSTS, WRITE_FEED, Gate, Refused
from tanggap_linkedin.simulator.urns import (
    activity_of,
    comment_number,
    is_comment,
    milliseconds,
    root_of,
    share_of,
    top_of,
)
from tanggap_linkedin.urns import CommentUrn

MAX_COMMENT = 1250
_ONE_COMMENT = "/rest/socialActions/<urn>/comments/<number>"
_PERMITTED = frozenset({"actor", "object", "message", "parentComment"})
_LITTLE = re.compile(r"([\\|{}@\[\]()<>#*_~])")


class Social:
    """The routes of `posts`, `socialActions` and `socialMetadata`."""

    def __init__(self, platform: Engine, gate: Gate) -> None:
        self._platform = platform
        self._world = platform.world
        self._gate = gate

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for method, path, scope, handler, target in (
            ("GET", "/rest/posts/<urn>", READ_POSTS, self._post, "poll"),
            ("GET", "/rest/socialActions/<urn>/comments", READ_FEED, self._list, "poll"),
            ("POST", "/rest/socialActions/<urn>/comments", WRITE_FEED, self._create, "reply"),
            ("GET", _ONE_COMMENT, READ_FEED, self._one, "poll"),
            ("POST", _ONE_COMMENT, WRITE_FEED, self._edit, "reply"),
            ("DELETE", _ONE_COMMENT, WRITE_FEED, self._delete, "reply"),
            ("GET", "/rest/socialMetadata/<urn>", READ_FEED, self._metadata, "poll"),
        ):
            yield Route(method, path, self._gate.guard(scope, handler), target)

    def _post(self, _request: Request, _grant: Grant, urn: str) -> Response:
        post = self.find(urn)
        if is_comment(post):
            raise Refused(404, f"{urn} is not a post")
        return json_response(
            {
                "id": post.id,
                "author": post.author.id,
                "commentary": _LITTLE.sub(r"\\\1", post.text),
                "visibility": "PUBLIC",
                "lifecycleState": "PUBLISHED",
                "createdAt": milliseconds(post.at),
                "publishedAt": milliseconds(post.at),
                "lastModifiedAt": milliseconds(post.edited_at or post.at),
            }
        )

    def _list(self, request: Request, _grant: Grant, urn: str) -> Response:
        with self._world.lock:
            found = [_comment(c) for c in self._below(self.find(urn))]
        return paged(request, found)

    def _one(self, _request: Request, _grant: Grant, urn: str, number: str) -> Response:
        return json_response(_comment(self._numbered(urn, number)))

    def _edit(self, request: Request, _grant: Grant, urn: str, number: str) -> Response:
        if request.headers.get("X-RestLi-Method") != "PARTIAL_UPDATE":
            raise Refused(400, "X-RestLi-Method must be PARTIAL_UPDATE")
        body: Any = request.get_json(force=True, silent=True)
        try:
            changed = {"message": body["patch"]["message"]["$set"]}
        except (KeyError, TypeError) as error:
            raise Refused(400, "patch.message.$set is needed") from error
        with self._world.lock:
            comment = self._numbered(urn, number)
            if comment.author is not self.page(request.args.get("actor")):
                raise Refused(403, "Only own comments", code=100, name="ACCESS_DENIED")
            self._platform.edit(comment, _text(changed))
        return Response(status=204)

    def _delete(self, request: Request, _grant: Grant, urn: str, number: str) -> Response:
        with self._world.lock:
            comment = self._numbered(urn, number)
            page = self.page(request.args.get("actor"))
            if page not in (comment.author, root_of(comment).author):
                raise Refused(403, "Not under a post of the page", code=100, name="ACCESS_DENIED")
            self._platform.delete(comment)
        return Response(status=204)

    def _numbered(self, urn: str, number: str) -> SimulatedPost:
        root = root_of(self.find(urn))
        return self.find(str(CommentUrn(activity_of(root), number)))

    def _metadata(self, _request: Request, _grant: Grant, urn: str) -> Response:
        post = self.find(urn)
        with self._world.lock:
            below = self._below(post)
            everything = len(below) + sum(
                len(self._below(c)) for c in below if not is_comment(post)
            )
        likes = post.metrics.get("likes", 0)
        return json_response(
            {
                "entity": activity_of(post) if not is_comment(post) else post.id,
                "commentsState": "OPEN",
                "commentSummary": {"count": everything, "topLevelCount": len(below)},
                "reactionSummaries": {"LIKE": {"reactionType": "LIKE", "count": likes}},
            }
        )

    def _create(self, request: Request, grant: Grant, urn: str) -> Response:
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict):
            raise Refused(400, "The body must be a JSON object")
        unpermitted = sorted(body.keys() - _PERMITTED)
        if unpermitted:
            named = ", ".join(f"/{name}" for name in unpermitted)
            raise Refused(403, f"Unpermitted fields present in REQUEST_BODY: [{named}]")
        with self._world.lock:
            target = self.find(urn)
            author = self.page(body.get("actor"))
            _check_place(target, body)
            post = self._platform.publish(
                Draft(
                    author=author,
                    text=_text(body),
                    kind="reply" if is_comment(target) else "comment",
                    account=author,
                    parent=target,
                    via_api=True,
                )
            )
            answer = _comment(post)
        answer["created"]["impersonator"] = grant.person_id
        return json_response(answer, 201, {"x-restli-id": comment_number(post.id)})

    def find(self, urn: str) -> SimulatedPost:
        """Find a post or a comment by any of its URNs."""
        comment = CommentUrn.read(urn)
        post = self._world.post(str(comment) if comment else share_of(urn))
        if post is None or post.deleted or root_of(post).deleted:
            raise Refused(404, f"{urn} does not exist", name="NOT_FOUND")
        return post

    def page(self, actor: object) -> Person:
        """Find the page that acts; a member may act for pages they administer alone."""
        page = next((p for p in self._world.accounts if p.id == actor), None)
        if page is None:
            raise Refused(403, "Not a page of this member", code=100, name="ACCESS_DENIED")
        return page

    def _below(self, post: SimulatedPost) -> Sequence[SimulatedPost]:
        def belongs(comment: SimulatedPost) -> bool:
            if comment.deleted or comment is post or not is_comment(comment):
                return False
            top = top_of(comment)
            if is_comment(post):
                return top is post
            return comment is top and root_of(comment) is post

        return [comment for comment in self._world.posts() if belongs(comment)]


def paged(request: Request, found: Sequence[object]) -> Response:
    """Answer with the page that `start` and `count` ask for."""
    try:
        start = max(int(request.args.get("start", "0")), 0)
        size = min(max(int(request.args.get("count", "10")), 1), 100)
    except ValueError as error:
        raise Refused(400, "start and count must be whole numbers") from error
    paging = {"start": start, "count": size, "links": [], "total": len(found)}
    return json_response({"paging": paging, "elements": found[start : start + size]})


def _check_place(target: SimulatedPost, body: dict[str, Any]) -> None:
    """Threads have two levels: a reply names the top-level comment as its parent."""
    about = body.get("object", "")
    if about and share_of(str(about)) != root_of(target).id:
        raise Refused(400, f"object {about} is not the post of this thread")
    if not is_comment(target):
        if "parentComment" in body:
            raise Refused(400, "parentComment needs a comment in the path")
        return
    parent = CommentUrn.read(str(body.get("parentComment", "")))
    if parent is None or str(parent) != target.id:
        raise Refused(400, "parentComment must be the comment of the path")
    if top_of(target) is not target:
        raise Refused(400, "parentComment must be a top-level comment")


def _text(body: dict[str, Any]) -> str:
    message = body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise Refused(400, "message.text must not be empty")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_COMMENT:
        raise Refused(400, f"message.text is longer than {MAX_COMMENT} characters")
    return text


def _comment(post: SimulatedPost) -> dict[str, Any]:
    top = top_of(post)
    likes = post.metrics.get("likes", 0)
    found: dict[str, Any] = {
        "id": comment_number(post.id),
        "commentUrn": post.id,
        "actor": post.author.id,
        "object": activity_of(post),
        "message": {"attributes": [], "text": post.text},
        "created": {"actor": post.author.id, "time": milliseconds(post.at)},
        "lastModified": {
            "actor": post.author.id,
            "time": milliseconds(post.edited_at or post.at),
        },
        "likesSummary": {
            "totalLikes": likes,
            "aggregatedTotalLikes": likes,
            "likedByCurrentUser": False,
            "selectedLikes": [],
        },
    }
    if top is not post:
        found["parentComment"] = top.id
    return found
