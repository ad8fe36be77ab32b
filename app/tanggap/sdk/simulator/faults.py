"""Faults asked for on the control page, used up by the requests and webhooks they hit."""

from __future__ import annotations

import threading
from dataclasses import dataclass

REQUEST_FAULTS = frozenset({"rate_limit", "server_error", "timeout", "timeout_after_accept"})
AUTH_FAULTS = frozenset({"auth_expired", "auth_revoked"})
WEBHOOK_FAULTS = frozenset({"duplicate_webhooks", "drop_webhooks", "bad_signature"})
FAULT_KINDS = REQUEST_FAULTS | AUTH_FAULTS | WEBHOOK_FAULTS
FAULT_TARGETS = frozenset({"reply", "token", "poll", "webhook", "any"})


@dataclass(slots=True)
class Fault:
    """One kind of trouble, `times` left; `seconds` is how long a time-out holds the line."""

    kind: str
    target: str = "any"
    times: int = 1
    seconds: float = 15.0


class FaultQueue:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def pending(self) -> list[dict[str, object]]:
        """List what is still to come."""
        with self._lock:
            return [{"kind": f.kind, "target": f.target, "times": f.times} for f in self._faults]

    def take_request(self, target: str | None) -> Fault | None:
        """Use up the next fault meant for a request to a route of this target."""
        if target is None:
            return None
        return self._take(REQUEST_FAULTS, target)

    def take_webhook(self, kind: str) -> bool:
        """Use up a webhook fault of this kind, if there is one."""
        return self._take(frozenset({kind}), None) is not None

    def _take(self, kinds: frozenset[str], target: str | None) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and (target is None or fault.target in (target, "any")):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None
