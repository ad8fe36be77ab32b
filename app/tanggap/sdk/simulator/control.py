"""The control routes, the same on every simulated platform: the outside world, by script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import wraps
from importlib.resources import files
from typing import Any

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator.engine import Engine
from tanggap.sdk.simulator.faults import AUTH_FAULTS, FAULT_KINDS, FAULT_TARGETS, Fault
from tanggap.sdk.simulator.pictures import PNG, parcel
from tanggap.sdk.simulator.routing import Route, json_response
from tanggap.sdk.simulator.world import (
    Draft,
    KeyTaken,
    Person,
    SimulatedMedia,
    SimulatedPost,
)

NEEDS_PARENT = frozenset({"comment", "reply", "quote", "repost"})
OUR_ALIAS = "brand"
MOST_PICTURES = 4


class _Refused(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """Scripted posts, edits, deletions, faults and counts."""

    def __init__(self, platform: Engine) -> None:
        self._platform = platform
        self._world = platform.world

    def routes(self) -> Iterable[Route]:
        """List the routes below `/_control/`."""
        for method, path, handler in (
            ("GET", "/", self._home),
            ("GET", "/_control/", self._page),
            ("GET", "/_control/app", self._app),
            ("GET", "/_control/posts", self._list),
            ("POST", "/_control/posts", self._create),
            ("POST", "/_control/posts/<path:ref>/edit", self._edit),
            ("POST", "/_control/posts/<path:ref>/metrics", self._metrics),
            ("DELETE", "/_control/posts/<path:ref>", self._delete),
            ("GET", "/_control/media/<media_id>", self._media),
            ("GET", "/_control/faults", self._list_faults),
            ("POST", "/_control/faults", self._add_fault),
            ("DELETE", "/_control/faults", self._clear_faults),
            ("GET", "/_control/deliveries", self._deliveries),
            ("POST", "/_control/flush", self._flush),
        ):
            yield Route(method, path, _refusing(handler))

    def _home(self, _request: Request) -> Response:
        """Lead to the page."""
        return redirect("/_control/")

    def _page(self, _request: Request) -> Response:
        """Show a page for people."""
        facts = {
            "name": self._platform.name,
            "kinds": sorted(self._platform.kinds),
            "faults": sorted(FAULT_KINDS),
            "targets": sorted(FAULT_TARGETS, key=lambda target: (target != "any", target)),
        }
        html = (files("tanggap.sdk.simulator") / "control.html").read_text("utf-8")
        safe = json.dumps(facts).replace("<", "\\u003c")
        return Response(html.replace("{{facts}}", safe), mimetype="text/html")

    def _app(self, _request: Request) -> Response:
        """Give what connecting needs: `key`, `config`, `secrets`, `account_values`, `accounts`."""
        accounts = [{"id": a.id, "handle": a.handle, "name": a.name} for a in self._world.accounts]
        return json_response(
            {
                "key": self._platform.key,
                "config": dict(self._platform.app_config),
                "secrets": dict(self._platform.app_secrets),
                "account_values": dict(self._platform.account_values),
                "accounts": accounts,
            }
        )

    def _list(self, _request: Request) -> Response:
        """List the `posts`, those marked deleted too."""
        with self._world.lock:
            return json_response({"posts": [post.as_json() for post in self._world.posts()]})

    def _create(self, request: Request) -> Response:
        """Write a post; the answer has its `id` and `key`.

        Needed are `text` and `author: {handle}`, with `name`, `followers` and `verified` where one
        likes; `@brand` is the account itself. Besides: `kind`, `account` (id or handle),
        `in_reply_to` and `key` (what to call a post by), `at` in ISO 8601, `pictures` (how many),
        `reference`.
        """
        script = _object(request)
        with self._world.lock:
            draft = self._draft(script)
            try:
                post = self._platform.publish(draft)
            except KeyTaken as error:
                raise _Refused(f"key {error} is taken", 409) from error
        return json_response({"id": post.id, "key": post.key}, 201)

    def _draft(self, script: dict[str, Any]) -> Draft:
        account = self._world.account(script.get("account"))
        if account is None:
            raise _Refused(f"account {script['account']!r} does not exist", 404)
        author = self._author(script.get("author"), account)
        kind = script.get("kind", "post" if author.ours else "mention")
        if kind not in self._platform.kinds:
            known = ", ".join(sorted(self._platform.kinds))
            raise _Refused(f"kind {kind!r} does not exist here; there are {known}")
        parent = self._parent(script.get("in_reply_to"))
        if parent is None and kind in NEEDS_PARENT:
            raise _Refused(f"a {kind} needs in_reply_to")
        return Draft(
            author=author,
            text=_text(script, "text"),
            kind=kind,
            account=account,
            parent=parent,
            recipient=_recipient(author, account, parent) if kind == "message" else None,
            key=None if script.get("key") is None else _text(script, "key"),
            at=_moment(script.get("at")),
            media=self._pictures(script),
            reference=_text(script, "reference") if "reference" in script else "",
        )

    def _author(self, given: object, account: Person) -> Person:
        if not isinstance(given, dict):
            raise _Refused("author must be an object with a handle")
        handle = _text(given, "handle").removeprefix("@")
        if handle.lower() == OUR_ALIAS:
            return account
        person = self._world.by_handle(handle)
        if person is None:
            person = Person(self._platform.new_person_id(), handle, handle)
            self._world.add_person(person)
        person.name = str(given.get("name", person.name))
        person.followers = int(_number(given, "followers", person.followers))
        person.verified = bool(given.get("verified", person.verified))
        return person

    def _parent(self, ref: object) -> SimulatedPost | None:
        return None if ref is None else self._find(str(ref))

    def _find(self, ref: str) -> SimulatedPost:
        post = self._world.post(ref)
        if post is None:
            raise _Refused(f"post {ref!r} does not exist", 404)
        return post

    def _pictures(self, script: dict[str, Any]) -> list[SimulatedMedia]:
        """Draw as many pictures as a script wants."""
        number = int(_number(script, "pictures", 0))
        if not 0 <= number <= MOST_PICTURES:
            raise _Refused(f"pictures: 0 to {MOST_PICTURES}")
        seed = len(self._world.posts())
        return [self._world.add_media(parcel(seed + n), PNG) for n in range(number)]

    def _media(self, _request: Request, media_id: str) -> Response:
        """Give a picture."""
        found = self._world.media(media_id)
        if found is None:
            raise _Refused(f"media {media_id!r} does not exist", 404)
        return Response(found.content, mimetype=found.media_type)

    def _edit(self, request: Request, ref: str) -> Response:
        """Change the `text` of the post with this id or key."""
        text = _text(_object(request), "text")
        post = self._find(ref)
        self._platform.edit(post, text)
        return json_response({"id": post.id, "key": post.key})

    def _metrics(self, request: Request, ref: str) -> Response:
        """Set counts by name, such as `likes`."""
        metrics = _object(request)
        counts = {name: int(_number(metrics, name, 0)) for name in metrics}
        post = self._find(ref)
        with self._world.lock:
            post.metrics.update(counts)
            self._platform.announce(post, "metrics")
        return json_response({"id": post.id, "metrics": post.metrics})

    def _delete(self, _request: Request, ref: str) -> Response:
        """Mark a post deleted."""
        self._platform.delete(self._find(ref))
        return Response(status=204)

    def _list_faults(self, _request: Request) -> Response:
        """List the `faults` still to come."""
        return json_response({"faults": self._platform.faults.pending()})

    def _add_fault(self, request: Request) -> Response:
        """Add a fault and list those still to come.

        Needed is `kind`, one of `FAULT_KINDS`. Besides: `target`, one of `FAULT_TARGETS`; how
        many `times`; how many `seconds` a time-out lasts.
        """
        given = _object(request)
        kind, target = given.get("kind"), given.get("target", "any")
        if kind not in FAULT_KINDS:
            raise _Refused(f"kind must be one of {', '.join(sorted(FAULT_KINDS))}")
        if target not in FAULT_TARGETS:
            raise _Refused(f"target must be one of {', '.join(sorted(FAULT_TARGETS))}")
        if kind in AUTH_FAULTS:
            revoke, expire = self._platform.revoke_tokens, self._platform.expire_tokens
            (revoke if kind == "auth_revoked" else expire)()
        else:
            times, seconds = int(_number(given, "times", 1)), _number(given, "seconds", 15)
            self._platform.faults.add(Fault(kind, target, times, seconds))
        return json_response({"faults": self._platform.faults.pending()}, 201)

    def _clear_faults(self, _request: Request) -> Response:
        """Take all faults back."""
        self._platform.faults.clear()
        return Response(status=204)

    def _deliveries(self, _request: Request) -> Response:
        """Count the webhooks by their state."""
        return json_response(self._platform.courier.counts())

    def _flush(self, _request: Request) -> Response:
        """Wait until no webhook is pending, then count them; 504 when that takes too long."""
        done = self._platform.courier.flush()
        return json_response(self._platform.courier.counts(), 200 if done else 504)


def _refusing(handler: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(handler)
    def wrapped(request: Request, **values: str) -> Response:
        try:
            return handler(request, **values)
        except _Refused as error:
            return json_response({"error": {"message": str(error)}}, error.status)

    return wrapped


def _object(request: Request) -> dict[str, Any]:
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise _Refused("the body must be a JSON object")
    return value


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise _Refused(f"{name} must be text")
    return found


def _number(value: dict[str, Any], name: str, default: float) -> float:
    found = value.get(name, default)
    if not isinstance(found, int | float):
        raise _Refused(f"{name} must be a number")
    return found


def _recipient(author: Person, account: Person, parent: SimulatedPost | None) -> Person:
    if not author.ours:
        return account
    other = None if parent is None else parent.recipient if parent.ours else parent.author
    if other is None:
        raise _Refused("a message from the company needs in_reply_to, a message of the customer")
    return other


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise _Refused(f"at: {given!r} is not an ISO 8601 time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
