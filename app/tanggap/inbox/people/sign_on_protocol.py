"""Speak OpenID Connect with the company's provider: discovery, the way there, the proof.

The authorization code flow with PKCE, state and nonce; what the provider says of a person counts
only as a signed ID token that was made for us, now, and in answer to this very trip.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tanggap.errors import TanggapError
from tanggap.sdk.channel import Http
from tanggap.sdk.errors import Unavailable

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures by a key that only the provider has: neither none, nor the client's own secret."""

LEEWAY_SECONDS: Final = 60
TRIP_SECONDS: Final = 10 * 60
KNOWN_SECONDS: Final = 10 * 60
_OK: Final = 200


class SignOnError(TanggapError):
    """Somebody was not let in; `reason` says why in one word."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Client:
    """What the provider knows us by."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Trip:
    """What is kept in the browser's session between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    began: int

    @classmethod
    def begin(cls) -> Trip:
        """Make a trip whose values nobody can guess."""
        return cls(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            began=int(time.time()),
        )

    @property
    def over(self) -> bool:
        """Whether it took too long."""
        return time.time() - self.began > TRIP_SECONDS


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    basic: bool
    names_itself: bool


class Provider:
    """One provider, with what it says of itself and its keys kept for a while."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._metadata: dict[str, tuple[float, Metadata]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    def discover(self, issuer: str) -> Metadata:
        """Read what a provider says of itself; raises `SignOnError`."""
        known = self._metadata.get(issuer)
        if known and time.monotonic() - known[0] < KNOWN_SECONDS:
            return known[1]
        found = _metadata(issuer, self._read(get_well_known_url(issuer, external=True)))
        self._metadata[issuer] = (time.monotonic(), found)
        return found

    def leave(self, client: Client, trip: Trip) -> str:
        """Give the address at which the person signs in with the provider."""
        metadata = self.discover(client.issuer)
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=client.client_id,
            response_type="code",
            redirect_uri=client.redirect_uri,
            scope=SCOPE,
            state=trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.verifier),
            code_challenge_method="S256",
        )
        return address

    def come_back(self, client: Client, trip: Trip, answer: Mapping[str, str]) -> dict[str, Any]:
        """Exchange what the person brought back for what the provider vouches for.

        Raises `SignOnError`.
        """
        metadata = self.discover(client.issuer)
        if trip.over or not secrets.compare_digest(answer.get("state", ""), trip.state):
            raise SignOnError("state", "this sign-in was not begun in this browser, or long ago")
        if metadata.names_itself and answer.get("iss") != client.issuer:
            raise SignOnError("issuer", "the answer is another provider's")
        if "error" in answer or "code" not in answer:
            raise SignOnError("refused", f"the provider answered {answer.get('error', 'nothing')}")
        tokens = self._exchange(metadata, client, trip, answer["code"])
        claims = self._claims(metadata, client, trip, tokens)
        if "email" not in claims and metadata.userinfo_endpoint:
            told = self._read(
                metadata.userinfo_endpoint, {"Authorization": f"Bearer {tokens['access_token']}"}
            )
            # OpenID Connect Core 5.3.2: what is told of another subject must not be used.
            if told.get("sub") == claims["sub"]:
                claims = {**told, **claims}
        return claims

    def _exchange(
        self, metadata: Metadata, client: Client, trip: Trip, code: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": trip.verifier,
            "client_id": client.client_id,
        }
        headers = {"Accept": "application/json"}
        if metadata.basic:
            headers["Authorization"] = _basic(client)
        else:
            form["client_secret"] = client.client_secret
        tokens = self._ask("POST", metadata.token_endpoint, form=form, headers=headers)
        if not isinstance(tokens.get("id_token"), str):
            raise SignOnError("token", "the provider gave no ID token")
        return tokens

    def _claims(
        self, metadata: Metadata, client: Client, trip: Trip, tokens: Mapping[str, Any]
    ) -> dict[str, Any]:
        try:
            token = self._decode(metadata, tokens["id_token"])
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": client.issuer},
                    "aud": {"essential": True, "value": client.client_id},
                },
                params={
                    "nonce": trip.nonce,
                    "client_id": client.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise SignOnError("token", f"the ID token does not hold: {error}") from error
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise SignOnError("token", "the ID token names nobody")
        return dict(claims)

    def _decode(self, metadata: Metadata, written: str) -> jwt.Token:
        """Check the signature; a key that is not known yet may be a new one."""
        try:
            return jwt.decode(written, self._key_set(metadata.jwks_uri), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if not self._forget(metadata.jwks_uri):
                raise
        return jwt.decode(written, self._key_set(metadata.jwks_uri), algorithms=ALGORITHMS)

    def _key_set(self, address: str) -> KeySet:
        known = self._keys.get(address)
        if known and time.monotonic() - known[0] < KNOWN_SECONDS:
            return known[1]
        told: Any = self._read(address)
        keys = KeySet.import_key_set(told)
        self._keys[address] = (time.monotonic(), keys)
        return keys

    def _forget(self, address: str) -> bool:
        """Drop keys that were not read just now; tells whether there were any."""
        known = self._keys.get(address)
        if known is None or time.monotonic() - known[0] < 1:
            return False
        del self._keys[address]
        return True

    def _read(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._ask("GET", address, headers={"Accept": "application/json", **(headers or {})})

    def _ask(
        self,
        method: str,
        address: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        try:
            answer = self._http.request(method, address, form=form, headers=headers)
            told = answer.json()
        except Unavailable as error:
            raise SignOnError(
                "unreachable", f"{_host(address)} does not answer: {error}"
            ) from error
        except ValueError as error:
            raise SignOnError("unreachable", f"{_host(address)} did not answer JSON") from error
        if answer.status_code != _OK or not isinstance(told, dict):
            why = told.get("error", "") if isinstance(told, dict) else ""
            raise SignOnError("refused", f"{_host(address)} answered {answer.status_code} {why}")
        return told


def end_address(metadata: Metadata, client_id: str, back_to: str) -> str:
    """Give the address at which the person signs out of the provider; empty if it has none."""
    if not metadata.end_session_endpoint:
        return ""
    joined = "&" if "?" in metadata.end_session_endpoint else "?"
    query = (
        f"client_id={quote(client_id, safe='')}&post_logout_redirect_uri={quote(back_to, safe='')}"
    )
    return f"{metadata.end_session_endpoint}{joined}{query}"


def _metadata(issuer: str, told: Mapping[str, Any]) -> Metadata:
    # OpenID Connect Discovery 4.3: a document of another issuer must not be used.
    if told.get("issuer") != issuer:
        raise SignOnError("issuer", f"this is the provider {told.get('issuer')!r}")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in names:
        if not _fits(issuer, told.get(name)):
            raise SignOnError("issuer", f"the provider names no {name} that can be used")
    methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    also = ("userinfo_endpoint", "end_session_endpoint")
    rest = {name: told[name] if _fits(issuer, told.get(name)) else "" for name in also}
    return Metadata(
        issuer=issuer,
        authorization_endpoint=told["authorization_endpoint"],
        token_endpoint=told["token_endpoint"],
        jwks_uri=told["jwks_uri"],
        userinfo_endpoint=rest["userinfo_endpoint"],
        end_session_endpoint=rest["end_session_endpoint"],
        basic="client_secret_basic" in methods,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _fits(issuer: str, address: object) -> bool:
    """Tell whether an address may be used: over TLS wherever the provider itself is."""
    if not isinstance(address, str) or not urlsplit(address).netloc:
        return False
    return urlsplit(address).scheme in ("https", urlsplit(issuer).scheme)


def _basic(client: Client) -> str:
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _host(address: str) -> str:
    return urlsplit(address).netloc
