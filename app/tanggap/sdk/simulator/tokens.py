"""Authorisation codes and tokens a simulated platform has given out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person allowed the app; `kind` tells access, refresh, page and other tokens apart."""

    person_id: str
    scopes: tuple[str, ...] = ()
    kind: str = "access"
    redirect_uri: str = ""
    code_challenge: str | None = None
    expires_at: datetime | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())


class TokenStore:
    """Codes that work once and for a short time, tokens that expire or are withdrawn."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def issue_code(self, grant: Grant, life: timedelta) -> str:
        """Give out a code for the redirect back."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = replace(grant, expires_at=self._clock() + life)
        return code

    def redeem_code(self, code: str) -> Grant | None:
        """Take a code back; None when it is unknown, used or too old."""
        with self._lock:
            grant = self._codes.pop(code, None)
        return grant if grant is not None and not self._is_over(grant) else None

    def issue(self, grant: Grant, kind: str = "access", life: timedelta | None = None) -> str:
        """Give out a token; without `life` it does not end by itself."""
        token = secrets.token_urlsafe(32)
        expires_at = None if life is None else self._clock() + life
        with self._lock:
            self._tokens[token] = replace(grant, kind=kind, expires_at=expires_at)
        return token

    def find(self, token: str, kind: str = "access") -> Grant | None:
        """Look a token up; None when it is unknown, of another kind, over or withdrawn."""
        grant = self._tokens.get(token)
        if grant is None or grant.kind != kind or self._is_over(grant):
            return None
        return grant

    def is_expired(self, token: str) -> bool:
        """Tell a token that is over from one that never was or was withdrawn."""
        grant = self._tokens.get(token)
        return grant is not None and self._is_over(grant)

    def withdraw(self, token: str) -> None:
        """Make one token unknown, as rotation does with the refresh token just used."""
        with self._lock:
            self._tokens.pop(token, None)

    def expire(self, *kinds: str) -> None:
        """Let every token of these kinds be over from now on."""
        now = self._clock()
        with self._lock:
            for token, grant in self._tokens.items():
                if grant.kind in kinds:
                    self._tokens[token] = replace(grant, expires_at=now)

    def revoke(self) -> frozenset[str]:
        """Withdraw every token and code; gives the ids of the people who had any."""
        with self._lock:
            people = frozenset(grant.person_id for grant in self._tokens.values())
            self._tokens.clear()
            self._codes.clear()
        return people

    def _is_over(self, grant: Grant) -> bool:
        return grant.expires_at is not None and grant.expires_at <= self._clock()


def pkce_matches(challenge: str, verifier: str) -> bool:
    """Check a code verifier against its S256 challenge (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(expected.encode(), challenge.encode())
