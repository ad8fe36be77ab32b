"""What an app may read: itself, mentions, its own posts, single posts, messages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Person, Route, SimulatedPost, json_response
from tanggap_twitter.posts import moment_of_id
from tanggap_twitter.simulator import render
from tanggap_twitter.simulator.gate import Refused, guarded
from tanggap_twitter.simulator.search import compiled

if TYPE_CHECKING:
    from tanggap_twitter.simulator.platform import SimulatedX

MAX_LOOKUP = 100
SEARCH_WINDOW = timedelta(days=7)


class Reading:
    """The routes that change nothing."""

    def __init__(self, x: SimulatedX) -> None:
        self._x = x

    def routes(self) -> Iterable[Route]:
        """List them."""
        for path, handler in (
            ("/2/users/me", self._me),
            ("/2/users/<user_id>/mentions", self._mentions),
            ("/2/users/<user_id>/tweets", self._timeline),
            ("/2/tweets/search/recent", self._search),
            ("/2/tweets", self._lookup),
            ("/2/tweets/<post_id>", self._one),
            ("/2/dm_events", self._messages),
            ("/2/dm_conversations/with/<person_id>/dm_events", self._messages_with),
            ("/2/dm_conversations/<thread_id>/dm_events", self._messages_in),
        ):
            yield Route("GET", path, guarded(handler), target="poll")

    def _me(self, request: Request) -> Response:
        grant = self._x.gate.user(request, "users.read")
        self._x.gate.count(request, "me")
        return json_response({"data": render.user(self._x.person(grant.person_id))})

    def _mentions(self, request: Request, user_id: str) -> Response:
        account = self._own(request, user_id)
        self._x.gate.count(request, "mentions")
        return self._page(request, [p for p in self._public() if self._is_for(p, account)], 5)

    def _timeline(self, request: Request, user_id: str) -> Response:
        account = self._own(request, user_id)
        self._x.gate.count(request, "timeline")
        return self._page(request, [p for p in self._public() if p.author is account], 5)

    def _search(self, request: Request) -> Response:
        self._x.gate.user(request, "tweet.read")
        self._x.gate.count(request, "search")
        matches = compiled(request.args.get("query", ""), self._x.world)
        since, start = request.args.get("since_id"), request.args.get("start_time")
        oldest = self._x.clock() - SEARCH_WINDOW
        if since is not None and moment_of_id(since) < oldest:
            raise Refused(400, "since_id must be of the last 7 days", "invalid-request")
        if start is not None and datetime.fromisoformat(start) < oldest:
            raise Refused(400, "start_time must be in the last 7 days", "invalid-request")
        recent = [p for p in self._public() if moment_of_id(p.id) >= oldest]
        return self._page(request, [p for p in recent if matches(p)], 10)

    def _lookup(self, request: Request) -> Response:
        self._x.gate.user(request, "tweet.read")
        self._x.gate.count(request, "lookup")
        ids = request.args.get("ids", "").split(",")
        if not 0 < len(ids) <= MAX_LOOKUP:
            raise Refused(400, "ids: 1 to 100", "invalid-request")
        found = {p.id: p for p in self._public()}
        missing = [_not_found(one) for one in ids if one not in found]
        body = self._body(request, [found[one] for one in ids if one in found])
        return json_response({**body, **({"errors": missing} if missing else {})})

    def _one(self, request: Request, post_id: str) -> Response:
        self._x.gate.user(request, "tweet.read")
        self._x.gate.count(request, "lookup")
        post = next((p for p in self._public() if p.id == post_id), None)
        if post is None:
            raise Refused(404, f"Could not find tweet with id: [{post_id}].", "resource-not-found")
        body = self._body(request, [post])
        return json_response({**body, "data": body["data"][0]})

    def _messages(self, request: Request) -> Response:
        grant = self._x.gate.user(request, "dm.read")
        self._x.gate.count(request, "dm_events")
        mine = [p for p in self._private() if grant.person_id in _sides(p)]
        return self._message_page(request, mine)

    def _messages_with(self, request: Request, person_id: str) -> Response:
        grant = self._x.gate.user(request, "dm.read")
        self._x.gate.count(request, "dm_events")
        both = {grant.person_id, person_id}
        return self._message_page(request, [p for p in self._private() if _sides(p) == both])

    def _messages_in(self, request: Request, thread_id: str) -> Response:
        grant = self._x.gate.user(request, "dm.read")
        self._x.gate.count(request, "dm_events")
        mine = [p for p in self._private() if grant.person_id in _sides(p)]
        return self._message_page(request, [p for p in mine if p.thread_id == thread_id])

    def _own(self, request: Request, user_id: str) -> Person:
        grant = self._x.gate.user(request, "tweet.read")
        if grant.person_id != user_id:
            raise Refused(403, "Only the token's own user is simulated.")
        return self._x.person(user_id)

    def _public(self) -> list[SimulatedPost]:
        return [p for p in self._x.world.posts() if not p.private and not p.deleted]

    def _private(self) -> list[SimulatedPost]:
        return [p for p in self._x.world.posts() if p.private and not p.deleted]

    def _is_for(self, post: SimulatedPost, account: Person) -> bool:
        """Tell whether a post mentions an account, also by answering one of its posts."""
        if post.author is account or post.kind == "repost":
            return False
        answers = post.parent is not None and post.parent.author is account
        named = account in render.mentioned(self._x.world, post.text)
        return named or (post.account is account and (post.kind == "mention" or answers))

    def _page(self, request: Request, posts: Sequence[SimulatedPost], smallest: int) -> Response:
        since, start = request.args.get("since_id"), request.args.get("start_time")
        kept = [
            post
            for post in posts
            if (since is None or int(post.id) > int(since))
            and (start is None or (post.edited_at or post.at) >= datetime.fromisoformat(start))
        ]
        shown, token = _cut(request, kept, smallest)
        meta: dict[str, Any] = {"result_count": len(shown)}
        if not shown:
            return json_response({"meta": meta})
        meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
        meta |= {"next_token": token} if token else {}
        return json_response({**self._body(request, shown), "meta": meta})

    def _body(self, request: Request, posts: Sequence[SimulatedPost]) -> dict[str, Any]:
        is_newer = "post.fields" in request.args
        fields = request.args.get("post.fields" if is_newer else "tweet.fields")
        expansions = request.args.get("expansions", "").split(",")
        world = self._x.world
        body: dict[str, Any] = {
            "data": [render.chosen(render.post(world, post), fields) for post in posts]
        }
        parents = [post.parent for post in posts if post.parent and not post.parent.deleted]
        includes: dict[str, Any] = {}
        if "author_id" in expansions:
            people = {p.author.id: p.author for p in (*posts, *parents)}
            includes["users"] = [render.user(person) for person in people.values()]
        if {"referenced_tweets.id", "referenced_posts.id"} & set(expansions) and parents:
            unique = {parent.id: parent for parent in parents}.values()
            includes["tweets"] = [render.chosen(render.post(world, p), fields) for p in unique]
        shown = [media for post in (*posts, *parents) for media in post.media]
        if "attachments.media_keys" in expansions and shown:
            includes["media"] = [render.media(one) for one in shown]
        body |= {"includes": includes} if includes else {}
        newer: dict[str, Any] = render.newer(body) if is_newer else body
        return newer

    def _message_page(self, request: Request, posts: Sequence[SimulatedPost]) -> Response:
        shown, token = _cut(request, posts, 1)
        meta: dict[str, Any] = {"result_count": len(shown)}
        if not shown:
            return json_response({"meta": meta})
        meta |= {"next_token": token} if token else {}
        people = {post.author.id: post.author for post in shown}
        body: dict[str, Any] = {"data": [render.message(post) for post in shown], "meta": meta}
        if "sender_id" in request.args.get("expansions", ""):
            body["includes"] = {"users": [render.user(person) for person in people.values()]}
            media = [render.media(one) for post in shown for one in post.media]
            body["includes"] |= {"media": media} if media else {}
        return json_response(body)


def _cut(
    request: Request, posts: Sequence[SimulatedPost], smallest: int
) -> tuple[list[SimulatedPost], str | None]:
    """Take a page, newest first; the token holds the last id shown, so new posts shift nothing."""
    size = request.args.get("max_results", 100, type=int)
    if not smallest <= size <= 100:
        raise Refused(400, f"max_results must be {smallest} to 100", "invalid-request")
    below = _read_token(request.args.get("pagination_token"))
    ordered = sorted(posts, key=lambda post: int(post.id), reverse=True)
    left = [post for post in ordered if below is None or int(post.id) < below]
    shown = left[:size]
    return shown, _write_token(shown[-1].id) if len(left) > size else None


def _write_token(post_id: str) -> str:
    return base64.b32encode(post_id.encode()).decode().rstrip("=")


def _read_token(token: str | None) -> int | None:
    if token is None:
        return None
    try:
        return int(base64.b32decode(token + "=" * (-len(token) % 8)))
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "pagination_token is invalid", "invalid-request") from error


def _sides(post: SimulatedPost) -> set[str]:
    other = post.recipient or post.account
    return {post.author.id, other.id}


def _not_found(post_id: str) -> dict[str, str]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": post_id,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
