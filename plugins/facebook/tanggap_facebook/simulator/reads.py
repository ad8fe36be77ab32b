"""What can be read: a Page's feed, comments, conversations, reviews, and single objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Person, Route, SimulatedPost, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_facebook.simulator.gate import Caller, Gate, Missing, Refused
from tanggap_facebook.simulator.places import (
    conversation_id,
    customer_of,
    is_comment,
    person_id,
    psid,
    root_of,
    top_of,
)
from tanggap_facebook.simulator.shapes import (
    below,
    comment_object,
    cursor_page,
    fields_of,
    message_object,
    next_address,
    number_argument,
    pick,
    pick_fields,
    post_object,
    review_object,
    stamp,
)


class Reads:
    """The reading routes; every one wants a Page's token."""

    def __init__(self, platform: Engine, gate: Gate, root: str) -> None:
        self._platform = platform
        self._world = platform.world
        self._gate = gate
        self._root = root

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for path, handler, scope in (
            ("<name>/feed", self._feed, "pages_read_user_content"),
            ("<name>/ratings", self._ratings, "pages_read_user_content"),
            ("<name>/conversations", self._conversations, "pages_messaging"),
            ("<name>/messages", self._messages, "pages_messaging"),
            ("<name>/comments", self._comments, None),
            ("<name>", self._object, None),
            ("", self._several, None),
        ):
            yield Route("GET", f"{self._root}/{path}", self._gate.guard(handler, scope), "poll")

    def find(self, page: Person | None, name: str) -> SimulatedPost:
        """Find a post, comment or message that the Page may see; raises `Missing`."""
        post = self._world.post(name)
        if post is None or post.id != name or post.deleted or root_of(post).deleted:
            raise Missing(name)
        if page is not None and post.account is not page:
            raise Missing(name)
        return post

    def talk(self, page: Person, person: Person) -> list[SimulatedPost]:
        """List a conversation's messages, newest first."""
        found = [
            post
            for post in self._world.posts()
            if post.private
            and not post.deleted
            and post.account is page
            and customer_of(post) is person
        ]
        return sorted(found, key=lambda post: post.at, reverse=True)

    def private_reply(self, comment: SimulatedPost) -> SimulatedPost | None:
        """Find the private message that answers a comment."""
        posts = self._world.posts()
        return next((p for p in posts if p.private and p.ours and p.parent is comment), None)

    def _feed(self, request: Request, caller: Caller, name: str) -> Response:
        page = self._own(caller, name)
        size = min(max(number_argument(request, "limit", 25), 1), 100)
        hidden_too = request.args.get("include_hidden") == "true"
        since, until = (number_argument(request, key, 0) for key in ("since", "until"))
        token = request.args.get("__paging_token", "").removeprefix("enc_")
        with self._world.lock:
            posts = self._world.posts()
            found = [p for p in reversed(posts) if p.account is page and _on_feed(p)]
            found.sort(key=lambda post: post.at, reverse=True)
            found = [p for p in found if p.at.timestamp() >= since and (hidden_too or not p.hidden)]
            if until:
                names = [p.id for p in found]
                start = names.index(token) + 1 if token in names else 0
                found = [p for p in found[start:] if p.at.timestamp() < until + 1]
            part = found[:size]
            data = [pick(request, post_object(p, below(posts, p))) for p in part]
        body: dict[str, Any] = {"data": data}
        if len(found) > size:
            last = part[-1]
            more = {"until": str(int(last.at.timestamp())), "__paging_token": f"enc_{last.id}"}
            body["paging"] = {"next": next_address(request, **more)}
        return json_response(body)

    def _comments(self, request: Request, caller: Caller, name: str) -> Response:
        if caller.page is None:
            return json_response({"data": []})
        stream = request.args.get("filter") == "stream"
        newest_first = request.args.get("order") == "reverse_chronological"
        since = number_argument(request, "since", 0)
        with self._world.lock:
            above = self.find(caller.page, name)
            found = below(self._world.posts(), above)
            if not stream and not is_comment(above):
                found = [comment for comment in found if top_of(comment) is comment]
            found = [comment for comment in found if comment.at.timestamp() >= since]
            found.sort(key=lambda comment: comment.at, reverse=newest_first)
            data = [pick(request, self._comment(comment)) for comment in found]
        return json_response(cursor_page(request, data))

    def _ratings(self, request: Request, caller: Caller, name: str) -> Response:
        page = self._own(caller, name)
        with self._world.lock:
            posts = [p for p in self._world.posts() if p.account is page and not p.deleted]
            found = [p for p in posts if p.kind == "review"]
            found.sort(key=lambda review: review.at, reverse=True)
            data = [{**pick(request, review_object(p)), "id": p.id} for p in found]
        return json_response(cursor_page(request, data))

    def _conversations(self, request: Request, caller: Caller, name: str) -> Response:
        page = self._own(caller, name)
        only = request.args.get("user_id")
        with self._world.lock:
            private = [p for p in self._world.posts() if p.private and p.account is page]
            people = {customer_of(p).id: customer_of(p) for p in private}
            talks = [(person, self.talk(page, person)) for person in people.values()]
            talks = [(person, talk) for person, talk in talks if talk]
            talks.sort(key=lambda one: one[1][0].at, reverse=True)
            data = [
                pick(request, self._conversation(request, page, person, talk))
                for person, talk in talks
                if only in (None, psid(page, person))
            ]
        return json_response(cursor_page(request, data))

    def _messages(self, request: Request, caller: Caller, name: str) -> Response:
        page = caller.as_page()
        with self._world.lock:
            person = self._partner(page, name)
            talk = self.talk(page, person)
            data = [pick(request, message_object(message, person)) for message in talk]
        return json_response(cursor_page(request, data))

    def _object(self, request: Request, caller: Caller, name: str) -> Response:
        with self._world.lock:
            return json_response(pick(request, self._described(request, caller, name)))

    def _several(self, request: Request, caller: Caller) -> Response:
        """Give objects by their ids; one that is missing costs all."""
        with self._world.lock:
            found = {
                name: pick(request, self._described(request, caller, name))
                for name in request.args.get("ids", "").split(",")
            }
        return json_response(found)

    def _described(self, request: Request, caller: Caller, name: str) -> dict[str, Any]:
        page = caller.page
        account = self._world.account(name)
        if account is not None:
            facts = {"id": account.id, "name": account.name, "username": account.handle}
            return {**facts, "followers_count": account.followers}
        if page is not None and name.startswith("t_"):
            person = self._partner(page, name)
            return self._conversation(request, page, person, self.talk(page, person))
        if page is not None and (known := self._world.person(person_id(page, name) or "")):
            first, _, last = known.name.partition(" ")
            return {"id": name, "name": known.name, "first_name": first, "last_name": last}
        return self.described(self.find(page, name))

    def described(self, post: SimulatedPost) -> dict[str, Any]:
        """Write a post, a comment or a message with all its fields."""
        if post.private:
            return message_object(post, customer_of(post))
        if is_comment(post):
            return self._comment(post)
        return post_object(post, below(self._world.posts(), post))

    def _comment(self, comment: SimulatedPost) -> dict[str, Any]:
        count = len(below(self._world.posts(), comment)) if top_of(comment) is comment else 0
        talk = conversation_id(comment.account, comment.author)
        return comment_object(comment, count, self.private_reply(comment), talk)

    def _conversation(
        self, request: Request, page: Person, person: Person, talk: list[SimulatedPost]
    ) -> dict[str, Any]:
        wanted = fields_of(request.args.get("fields", "")).get("messages", "")
        messages = [pick_fields(wanted, message_object(one, person)) for one in talk[:25]]
        both = [{"name": person.name, "id": psid(page, person)}, {"name": page.name, "id": page.id}]
        return {
            "id": conversation_id(page, person),
            "updated_time": stamp(talk[0].at) if talk else None,
            "message_count": len(talk),
            "participants": {"data": both},
            "snippet": talk[0].text[:80] if talk else "",
            "messages": {"data": messages},
        }

    def _partner(self, page: Person, name: str) -> Person:
        person = self._world.person(name.removeprefix(f"t_{page.id}_"))
        if person is None or name != conversation_id(page, person):
            raise Missing(name)
        return person

    def _own(self, caller: Caller, name: str) -> Person:
        if caller.page is None or caller.page.id != name:
            raise Refused("(#210) A page access token is required to request this resource.", 210)
        return caller.page


def _on_feed(post: SimulatedPost) -> bool:
    """Tell our own posts, visitors' posts and posts that tag the Page."""
    return not (post.deleted or post.private or is_comment(post) or post.kind == "review")
