"""The administrator's side: who a key speaks for, what the forum is called, its webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Person, Route, json_response
from tanggap_discourse.simulator.gate import NOT_FOUND, Gate, Refused

if TYPE_CHECKING:
    from tanggap_discourse.simulator.platform import SimulatedDiscourse

_HOOKS = "/admin/api/web_hooks"
_SHORTEST_SECRET = 12


class Admin:
    """Webhooks are kept by number; their secret has to be the one that the forum signs with."""

    def __init__(self, forum: SimulatedDiscourse, gate: Gate) -> None:
        self._forum = forum
        self._gate = gate
        self._numbers = count(1)
        self._hooks: dict[int, str] = {}

    def routes(self, person: Person, title: str) -> Iterable[Route]:
        """List the routes."""
        me = {"id": int(person.id), "username": person.handle, "name": person.name}

        def current(_request: Request) -> Response:
            return json_response({"current_user": {**me, "moderator": True, "admin": True}})

        def basic_info(_request: Request) -> Response:
            return json_response({"title": title, "description": "Tanya, jawab, keluh, puji"})

        for method, path, handler in (
            ("GET", "/session/current.json", current),
            ("GET", "/site/basic-info.json", basic_info),
            ("GET", f"{_HOOKS}.json", self._list),
            ("POST", f"{_HOOKS}.json", self._add),
            ("PUT", f"{_HOOKS}/<number>.json", self._change),
            ("DELETE", f"{_HOOKS}/<number>.json", self._remove),
        ):
            yield Route(method, path, self._gate.guard(handler))

    def hooks(self) -> list[str]:
        """List the addresses that are told."""
        return list(self._hooks.values())

    def _list(self, _request: Request) -> Response:
        hooks = [{"id": number, "payload_url": url} for number, url in self._hooks.items()]
        return json_response({"web_hooks": hooks})

    def _add(self, request: Request) -> Response:
        number = next(self._numbers)
        self._hooks[number] = self._checked(request)
        return json_response({"web_hook": {"id": number}})

    def _change(self, request: Request, number: str) -> Response:
        if int(number) not in self._hooks:
            raise NOT_FOUND
        self._hooks[int(number)] = self._checked(request)
        return json_response({"web_hook": {"id": int(number)}})

    def _remove(self, _request: Request, number: str) -> Response:
        if self._hooks.pop(int(number), None) is None:
            raise NOT_FOUND
        return json_response({"success": "OK"})

    def _checked(self, request: Request) -> str:
        hook = request.get_json()["web_hook"]
        secret = hook["secret"]
        if len(secret) < _SHORTEST_SECRET or " " in secret:
            raise Refused(422, "Secret is too short (minimum is 12 characters)")
        if secret != self._forum.app_secrets["webhook_secret"]:
            raise Refused(422, "the simulated forum signs with another secret")
        if not hook["web_hook_event_type_ids"]:
            raise Refused(422, "Web hook event types can't be blank")
        return str(hook["payload_url"])
