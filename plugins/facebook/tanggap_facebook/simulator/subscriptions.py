"""Who is told what: the app's callback, and the fields each Page was subscribed to."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Route, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_facebook.simulator.gate import Caller, Gate, Missing, Refused

FIELDS = frozenset(
    {"feed", "mention", "ratings", "conversations", "standby", "messages", "message_edits"}
    | {"messaging_postbacks", "message_echoes", "message_reads", "message_reactions"}
    | {"message_deliveries", "messaging_optins", "messaging_referrals", "messaging_handovers"}
    | {"messaging_policy_enforcement", "messaging_feedback", "inbox_labels", "leadgen"}
    | {"live_videos"}
)


class Subscriptions:
    """The routes `subscriptions` and `subscribed_apps`."""

    def __init__(self, platform: Engine, gate: Gate, root: str) -> None:
        self._platform = platform
        self._gate = gate
        self._root = root
        self._callback = ""
        self._app_fields: frozenset[str] = frozenset()
        self._pages: dict[str, frozenset[str]] = {}

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        guard, scope = self._gate.guard, "pages_manage_metadata"
        app, page = f"{self._root}/<name>/subscriptions", f"{self._root}/<name>/subscribed_apps"
        yield Route("POST", app, guard(self._register), "webhook")
        yield Route("GET", app, guard(self._registered))
        yield Route("POST", page, guard(self._subscribe, scope), "webhook")
        yield Route("GET", page, guard(self._subscribed, scope))
        yield Route("DELETE", page, guard(self._unsubscribe, scope))

    def callback(self, page: str, field: str) -> str | None:
        """Give the address that hears of this field of this Page."""
        heard = field in self._app_fields and field in self._pages.get(page, ())
        return self._callback if heard and self._callback else None

    def forget_pages(self) -> None:
        """End every Page's subscription, as removing the app does."""
        with self._platform.world.lock:
            self._pages.clear()

    def _register(self, request: Request, caller: Caller, name: str) -> Response:
        self._check_app(caller, name)
        form = request.form
        if form.get("object") != "page":
            raise Refused("(#100) Param object must be page", 100)
        url, token = form.get("callback_url", ""), form.get("verify_token", "")
        fields = _fields(form.get("fields", ""))
        challenge = str(secrets.randbelow(10**10))
        hub = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        answer = self._platform.call_back(url, hub)
        if answer is None:
            raise Refused("(#2200) callback verification failed: no answer", 2200)
        if answer.status != 200 or answer.body.decode("utf-8", "replace") != challenge:
            raise Refused(f"(#2200) callback verification failed: HTTP {answer.status}", 2200)
        with self._platform.world.lock:
            self._callback, self._app_fields = url, fields
        return json_response({"success": True})

    def _registered(self, _request: Request, caller: Caller, name: str) -> Response:
        self._check_app(caller, name)
        fields = [{"name": field, "version": "v26.0"} for field in sorted(self._app_fields)]
        entry = {"object": "page", "callback_url": self._callback, "active": True}
        return json_response({"data": [{**entry, "fields": fields}] if self._callback else []})

    def _subscribe(self, request: Request, caller: Caller, name: str) -> Response:
        page = self._page(caller, name)
        given = request.form.get("subscribed_fields") or request.args.get("subscribed_fields", "")
        with self._platform.world.lock:
            self._pages[page] = _fields(given)
        return json_response({"success": True})

    def _subscribed(self, _request: Request, caller: Caller, name: str) -> Response:
        fields = self._pages.get(self._page(caller, name))
        app = {"id": self._platform.app_config["app_id"], "name": "Tanggap"}
        found = [] if fields is None else [{**app, "subscribed_fields": sorted(fields)}]
        return json_response({"data": found})

    def _unsubscribe(self, _request: Request, caller: Caller, name: str) -> Response:
        with self._platform.world.lock:
            self._pages.pop(self._page(caller, name), None)
        return json_response({"success": True})

    def _check_app(self, caller: Caller, name: str) -> None:
        if caller.kind != "app":
            raise Refused("(#15) This method must be called with an app access_token.", 15)
        if name != self._platform.app_config["app_id"]:
            raise Missing(name)

    def _page(self, caller: Caller, name: str) -> str:
        if caller.page is None or caller.page.id != name:
            raise Refused("(#210) A page access token is required to request this resource.", 210)
        return name


def _fields(text: str) -> frozenset[str]:
    fields = frozenset(filter(None, text.split(",")))
    if not fields or not fields <= FIELDS:
        raise Refused("(#100) Param subscribed_fields must be one of the known fields", 100)
    return fields
