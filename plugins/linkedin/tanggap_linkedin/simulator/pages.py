"""Pages, their administrators, webhook subscriptions and notifications over `/rest/`."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import Grant, Person, Route, json_response
from tanggap.sdk.simulator.engine import Engine
from tanggap_linkedin.parse import NOTIFICATIONS, READERS
from tanggap_linkedin.simulator.gate import ADMIN, Gate, Refused
from tanggap_linkedin.simulator.notifications import RETENTION, NotificationLog
from tanggap_linkedin.simulator.social import paged
from tanggap_linkedin.simulator.urns import milliseconds
from tanggap_linkedin.urns import local_id

_KEY = re.compile(
    r"\(developerApplication:urn:li:developerApplication:(?P<app>[^,]+),user:(?P<user>[^,]+),"
    r"entity:(?P<entity>[^,]+),eventType:(?P<event>[A-Z_]+)\)"
)
_LIST = re.compile(r"List\(([A-Z_,]*)\)")
_RANGE = re.compile(r"\(start:([0-9]{1,15}),end:([0-9]{1,15})\)")
_SUBSCRIPTION_LIFE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a page's notifications go, and on whose permission."""

    entity: str
    user: str
    webhook: str


class Pages:
    """The routes of `organizationAcls`, `organizations`, subscriptions and notifications."""

    def __init__(self, platform: Engine, gate: Gate, member: Person, log: NotificationLog) -> None:
        self._platform = platform
        self._gate = gate
        self._member = member
        self._log = log
        self.subscriptions: dict[str, Subscription] = {}

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        for method, path, handler, target in (
            ("GET", "/rest/organizationAcls", self._acls, "page"),
            ("GET", "/rest/organizations/<number>", self._organization, "page"),
            ("PUT", "/rest/eventSubscriptions/<key>", self._subscribe, "webhook"),
            ("GET", "/rest/eventSubscriptions/<key>", self._subscription, "page"),
            ("DELETE", "/rest/eventSubscriptions/<key>", self._unsubscribe, "webhook"),
            ("GET", "/rest/organizationalEntityNotifications", self._notifications, "poll"),
        ):
            yield Route(method, path, self._gate.guard(ADMIN, handler), target)

    def forget(self, people: Iterable[str]) -> None:
        """Drop, without a word, what was subscribed on these people's permission."""
        gone = set(people)
        kept = {k: s for k, s in self.subscriptions.items() if s.user not in gone}
        self.subscriptions = kept

    def _acls(self, request: Request, grant: Grant) -> Response:
        if request.args.get("q") != "roleAssignee":
            raise Refused(400, "q must be roleAssignee")
        elements = [
            {
                "organization": page.id,
                "role": "ADMINISTRATOR",
                "roleAssignee": grant.person_id,
                "state": "APPROVED",
            }
            for page in self._platform.world.accounts
        ]
        return paged(request, elements)

    def _organization(self, _request: Request, _grant: Grant, number: str) -> Response:
        page = self._page(f"urn:li:organization:{number}")
        return json_response(
            {
                "id": int(local_id(page.id)),
                "localizedName": page.name,
                "vanityName": page.handle,
            }
        )

    def _page(self, urn: str) -> Person:
        page = next((p for p in self._platform.world.accounts if p.id == urn), None)
        if page is None:
            raise Refused(404, f"{urn} does not exist", name="NOT_FOUND")
        return page

    def _subscribe(self, request: Request, grant: Grant, key: str) -> Response:
        entity = self._read_key(key, grant)
        body = request.get_json(force=True, silent=True)
        webhook = body.get("webhook", "") if isinstance(body, dict) else ""
        if urlsplit(str(webhook)).scheme not in {"http", "https"}:
            raise Refused(400, "webhook must be an address")
        if not self._answers_challenge(webhook):
            raise Refused(400, "The webhook did not answer the challenge")
        self.subscriptions[key] = Subscription(entity, grant.person_id, webhook)
        return Response(status=204)

    def _subscription(self, _request: Request, grant: Grant, key: str) -> Response:
        self._read_key(key, grant)
        found = self.subscriptions.get(key)
        if found is None:
            raise Refused(404, "There is no such subscription", name="NOT_FOUND")
        ends = self._platform.clock() + _SUBSCRIPTION_LIFE
        return json_response({"webhook": found.webhook, "expiresAt": milliseconds(ends)})

    def _unsubscribe(self, _request: Request, grant: Grant, key: str) -> Response:
        self._read_key(key, grant)
        self.subscriptions.pop(key, None)
        return Response(status=204)

    def _read_key(self, key: str, grant: Grant) -> str:
        found = _KEY.fullmatch(key)
        if found is None or found["event"] != NOTIFICATIONS:
            raise Refused(400, "The subscription's key is not complete")
        if found["app"] != self._platform.app_config["application_id"]:
            raise Refused(403, "Not this developer application", code=100, name="ACCESS_DENIED")
        if found["user"] != grant.person_id:
            raise Refused(403, "Not the member of this token", code=100, name="ACCESS_DENIED")
        return self._page(found["entity"]).id

    def _answers_challenge(self, webhook: str) -> bool:
        code = str(uuid.uuid4())
        answer = self._platform.call_back(webhook, {"challengeCode": code})
        if answer is None or answer.status != 200:
            return False
        secret = self._platform.app_secrets["client_secret"].encode()
        expected = hmac.new(secret, code.encode(), hashlib.sha256).hexdigest()
        try:
            given = json.loads(answer.body)
        except ValueError:
            return False
        right = given == {"challengeCode": code, "challengeResponse": expected}
        return right and answer.content_type.split(";")[0] == "application/json"

    def _notifications(self, request: Request, _grant: Grant) -> Response:
        actions = _LIST.fullmatch(request.args.get("actions", ""))
        span = _RANGE.fullmatch(request.args.get("timeRange", ""))
        if request.args.get("q") != "criteria" or actions is None or span is None:
            raise Refused(400, "q, actions and timeRange are needed")
        wanted = frozenset(filter(None, actions[1].split(",")))
        if not wanted <= READERS.keys():
            raise Refused(400, "actions holds an unknown value")
        page = self._page(request.args.get("organizationalEntity", ""))
        oldest = milliseconds(self._platform.clock() - RETENTION)
        with self._platform.world.lock:
            found = self._log.find(page.id, wanted, max(int(span[1]), oldest), int(span[2]))
        return paged(request, [entry.body for entry in found])
