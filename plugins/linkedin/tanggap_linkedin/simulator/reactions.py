"""Reactions over `/rest/reactions`: one of each page on each post or comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Grant, Route, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_linkedin.simulator.gate import READ_FEED, WRITE_FEED, Gate, Refused
from tanggap_linkedin.simulator.social import Social, paged

TYPES = frozenset({"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"})
_OWN = re.compile(r"\(actor:(?P<actor>[^,]+),entity:(?P<entity>.+)\)")
_ALL = re.compile(r"\(entity:(?P<entity>.+)\)")


class Reactions:
    """The routes of `reactions`."""

    def __init__(self, platform: Engine, gate: Gate, social: Social) -> None:
        self._world = platform.world
        self._gate = gate
        self._social = social
        self._given: dict[tuple[str, str], str] = {}

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for method, path, scope, handler, target in (
            ("POST", "/rest/reactions", WRITE_FEED, self._react, "reply"),
            ("DELETE", "/rest/reactions/<key>", WRITE_FEED, self._withdraw, "reply"),
            ("GET", "/rest/reactions/<key>", READ_FEED, self._list, "poll"),
        ):
            yield Route(method, path, self._gate.guard(scope, handler), target)

    def _react(self, request: Request, _grant: Grant) -> Response:
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict) or body.get("reactionType") not in TYPES:
            raise Refused(400, "reactionType must be one of the known types")
        with self._world.lock:
            page = self._social.page(request.args.get("actor"))
            post = self._social.find(str(body.get("root", "")))
            key = (page.id, post.id)
            if key in self._given:
                raise Refused(409, "The reaction exists already", name="CONFLICT")
            self._given[key] = body["reactionType"]
            post.metrics["likes"] = post.metrics.get("likes", 0) + 1
        return json_response({"root": body["root"], "reactionType": body["reactionType"]}, 201)

    def _withdraw(self, _request: Request, _grant: Grant, key: str) -> Response:
        asked = _OWN.fullmatch(key)
        if asked is None:
            raise Refused(400, "The key needs actor and entity")
        with self._world.lock:
            page, post = self._social.page(asked["actor"]), self._social.find(asked["entity"])
            if self._given.pop((page.id, post.id), None) is None:
                raise Refused(404, "There is no such reaction", name="NOT_FOUND")
            post.metrics["likes"] = max(post.metrics.get("likes", 0) - 1, 0)
        return Response(status=204)

    def _list(self, request: Request, _grant: Grant, key: str) -> Response:
        asked = _ALL.fullmatch(key)
        if asked is None or request.args.get("q") != "entity":
            raise Refused(400, "The key needs an entity, and q must be entity")
        with self._world.lock:
            post = self._social.find(asked["entity"])
            found = [
                {"created": {"actor": actor}, "root": post.id, "reactionType": kind}
                for (actor, entity), kind in self._given.items()
                if entity == post.id
            ]
        return paged(request, found)
