"""What can be done to posts where they stand: edits, hiding, likes, deletion."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Person, Route, SimulatedPost, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_facebook.simulator.gate import Caller, Gate, Missing, Refused
from tanggap_facebook.simulator.places import is_comment
from tanggap_facebook.simulator.reads import Reads
from tanggap_facebook.simulator.writes import MAX_COMMENT, body_of, text_of


class Moderation:
    """The routes that change what is there; a Page likes each post once at most."""

    def __init__(self, platform: Engine, gate: Gate, reads: Reads, root: str) -> None:
        self._platform = platform
        self._world = platform.world
        self._gate = gate
        self._reads = reads
        self._root = root
        self._liked: set[tuple[str, str]] = set()

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for method, path, handler in (
            ("POST", "<name>/likes", self._like),
            ("DELETE", "<name>/likes", self._unlike),
            ("POST", "<name>", self._change),
            ("DELETE", "<name>", self._delete),
        ):
            guarded = self._gate.guard(handler, "pages_manage_engagement")
            yield Route(method, f"{self._root}/{path}", guarded, "reply")

    def _change(self, request: Request, caller: Caller, name: str) -> Response:
        """Edit or hide: with `message` a comment's own text is replaced, it is never answered."""
        page, body = caller.as_page(), body_of(request)
        with self._world.lock:
            post = self._public(page, name)
            if "message" in body:
                if post.author is not page:
                    raise Refused("(#200) Only own comments can be edited", 200, status=403)
                self._platform.edit(post, text_of(body["message"], MAX_COMMENT))
            elif "is_hidden" in body:
                if post.author is page or not is_comment(post):
                    raise Refused("(#100) This comment cannot be hidden", 100)
                hidden = str(body["is_hidden"]).lower() in ("true", "1")
                if hidden != post.hidden:
                    post.hidden = hidden
                    self._platform.announce(post, "hidden")
        return json_response({"success": True})

    def _delete(self, _request: Request, caller: Caller, name: str) -> Response:
        page = caller.as_page()
        with self._world.lock:
            post = self._public(page, name)
            if post.author is not page and not is_comment(post):
                raise Refused("(#200) Only the Page's own posts can be deleted", 200, status=403)
            self._platform.delete(post)
        return json_response({"success": True})

    def _like(self, _request: Request, caller: Caller, name: str) -> Response:
        return self._set_like(caller, name, liked=True)

    def _unlike(self, _request: Request, caller: Caller, name: str) -> Response:
        return self._set_like(caller, name, liked=False)

    def _set_like(self, caller: Caller, name: str, *, liked: bool) -> Response:
        page = caller.as_page()
        with self._world.lock:
            post = self._public(page, name)
            key = (page.id, post.id)
            if liked != (key in self._liked):
                (self._liked.add if liked else self._liked.discard)(key)
                step = 1 if liked else -1
                post.metrics["likes"] = max(post.metrics.get("likes", 0) + step, 0)
        return json_response({"success": True})

    def _public(self, page: Person, name: str) -> SimulatedPost:
        post = self._reads.find(page, name)
        if post.private:
            raise Missing(name)
        return post
