"""Posts over the API: lists, single looks, writing, liking, hiding, deleting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Draft, Person, Route, SimulatedPost, json_response
from tanggap_discourse.limits import MAX_LENGTH
from tanggap_discourse.simulator.gate import FORBIDDEN, NOT_FOUND, Gate, Refused
from tanggap_discourse.simulator.shapes import LIKE, looked_at, post_id, serialized

if TYPE_CHECKING:
    from tanggap_discourse.simulator.platform import SimulatedDiscourse

PAGE_SIZE = 50
SHORTEST, SHORTEST_MESSAGE = 20, 10
_FLAGS = frozenset({3, 4, 8})


class Posts:
    """The moderator's view of the forum."""

    def __init__(self, forum: SimulatedDiscourse, gate: Gate, moderator: Person) -> None:
        self._forum = forum
        self._gate = gate
        self._moderator = moderator

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for method, path, handler, target in (
            ("GET", "/posts.json", self._latest, "poll"),
            ("GET", "/private-posts.json", self._private, "poll"),
            ("GET", "/posts/by_number/<topic>/<number>.json", self._look, None),
            ("POST", "/posts.json", self._write, "reply"),
            ("DELETE", "/posts/<number>.json", self._delete, "any"),
            ("PUT", "/posts/<number>/unhide.json", self._unhide, "any"),
            ("POST", "/post_actions.json", self._act, "any"),
            ("DELETE", "/post_actions/<number>.json", self._undo, "any"),
        ):
            yield Route(method, path, self._gate.guard(handler), target=target)

    def _latest(self, request: Request) -> Response:
        return self._page(request, "latest_posts", private=False)

    def _private(self, request: Request) -> Response:
        return self._page(request, "private_posts", private=True)

    def _page(self, request: Request, root: str, *, private: bool) -> Response:
        before = request.args.get("before", 0, type=int)
        found = [
            post
            for post in reversed(self._forum.world.posts())
            if post.private == private
            and not (post.deleted or post.hidden)
            and (before <= 0 or post_id(post) < before)
        ]
        return json_response({root: [serialized(post) for post in found[:PAGE_SIZE]]})

    def _look(self, _request: Request, topic: str, number: str) -> Response:
        post = self._forum.world.post(f"{topic}/{number}")
        if post is None:
            raise NOT_FOUND
        return json_response(looked_at(post))

    def _write(self, request: Request) -> Response:
        body = request.get_json()
        raw = str(body.get("raw", "")).strip()
        new = body.get("archetype") == "private_message"
        draft = self._message(body, raw) if new else self._answer(body, raw)
        private = new or bool(draft.parent and draft.parent.private)
        shortest = SHORTEST_MESSAGE if private else SHORTEST
        if len(raw) < shortest:
            raise Refused(422, f"Body is too short (minimum is {shortest} characters)")
        if len(raw) > MAX_LENGTH:
            raise Refused(422, f"Body is limited to {MAX_LENGTH} characters")
        post = self._forum.publish(draft)
        if new:
            post.extra["title"] = body["title"]
        return json_response(serialized(post))

    def _answer(self, body: dict[str, object], raw: str) -> Draft:
        parent = self._forum.world.post(f"{body['topic_id']}/{body['reply_to_post_number']}")
        if parent is None or parent.deleted:
            raise NOT_FOUND
        if any(post.via_api and post.text == raw and post.parent is parent for post in self._all()):
            raise Refused(422, "Body is too similar to what you recently posted")
        kind = "message" if parent.private else "reply"
        other = parent.recipient if parent.ours else parent.author
        return self._draft(raw, kind, parent=parent, recipient=other if parent.private else None)

    def _message(self, body: dict[str, object], raw: str) -> Draft:
        person = self._forum.world.by_handle(str(body.get("target_recipients", "")))
        if person is None:
            raise Refused(422, "You must select a valid user")
        if not body.get("title"):
            raise Refused(422, "Title can't be blank")
        return self._draft(raw, "message", recipient=person)

    def _draft(
        self,
        raw: str,
        kind: str,
        *,
        parent: SimulatedPost | None = None,
        recipient: Person | None = None,
    ) -> Draft:
        return Draft(
            author=self._moderator,
            text=raw,
            kind="message" if kind == "message" else "reply",
            account=self._moderator,
            parent=parent,
            recipient=recipient,
            via_api=True,
        )

    def _delete(self, _request: Request, number: str) -> Response:
        post = self._by_id(number)
        if post.deleted:
            raise NOT_FOUND
        self._forum.delete(post)
        return Response("", 200)

    def _act(self, request: Request) -> Response:
        body = request.get_json()
        post, kind = self._by_id(body["id"]), int(body["post_action_type_id"])
        if post.ours or post.deleted:
            raise FORBIDDEN
        if kind == LIKE:
            if post.extra.get("liked") == "yes":
                raise FORBIDDEN
            post.extra["liked"] = "yes"
        elif kind in _FLAGS and body.get("take_action") == "true":
            self._hide(post, hidden=True)
        else:
            raise Refused(400, "invalid post action type", "invalid_parameters")
        return json_response(looked_at(post))

    def _undo(self, request: Request, number: str) -> Response:
        post = self._by_id(number)
        if request.args.get("post_action_type_id", type=int) != LIKE or "liked" not in post.extra:
            raise NOT_FOUND
        del post.extra["liked"]
        return json_response(looked_at(post))

    def _unhide(self, _request: Request, number: str) -> Response:
        self._hide(self._by_id(number), hidden=False)
        return Response("", 200)

    def _hide(self, post: SimulatedPost, *, hidden: bool) -> None:
        with self._forum.world.lock:
            post.hidden = hidden
            self._forum.announce(post, "hidden")

    def _by_id(self, number: object) -> SimulatedPost:
        found = next((post for post in self._all() if post_id(post) == int(str(number))), None)
        if found is None:
            raise NOT_FOUND
        return found

    def _all(self) -> list[SimulatedPost]:
        return self._forum.world.posts()
