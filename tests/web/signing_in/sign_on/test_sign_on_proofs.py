"""Signing in with a provider: every proof that does not hold is refused."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey

from openid import CLIENT_ID, SECRET, Identities
from signing_on import found, leave, set_up, sign_in
from tanggap.inbox.services import Services
from visitors import Visitor


def test_address_asks_for_pkce_state_and_nonce_anew_each_time(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    asked = []
    for _ in range(2):
        answer = Visitor(app).get("/login/single")
        query = parse_qs(urlsplit(answer.location).query)
        assert query["code_challenge_method"] == ["S256"]
        assert query["scope"] == ["openid email profile"]
        asked.append((query["state"][0], query["nonce"][0], query["code_challenge"][0]))
    assert not set(asked[0]) & set(asked[1])


def wrong_nonce(identities: Identities) -> None:
    identities.change = lambda claims: claims.update(nonce="yang lain")


def no_nonce(identities: Identities) -> None:
    identities.change = lambda claims: claims.pop("nonce")


def expired(identities: Identities) -> None:
    identities.change = lambda claims: claims.update(exp=int(time.time()) - 120)


def from_the_future(identities: Identities) -> None:
    identities.change = lambda claims: claims.update(nbf=int(time.time()) + 600)


def foreign_issuer(identities: Identities) -> None:
    identities.change = lambda claims: claims.update(iss="https://penyedia.lain.example")


def foreign_audience(identities: Identities) -> None:
    identities.change = lambda claims: claims.update(aud="aplikasi lain")


def one_of_two_audiences(identities: Identities) -> None:
    both = {"aud": [CLIENT_ID, "aplikasi lain"], "azp": "aplikasi lain"}
    identities.change = lambda claims: claims.update(both)


def foreign_key(identities: Identities) -> None:
    other = identities.other_key
    identities.sign = lambda claims, _: jwt.encode({"alg": "RS256", "kid": "satu"}, claims, other)


def alg_none(identities: Identities) -> None:
    identities.sign = lambda claims, _: f"{_coded({'alg': 'none'})}.{_coded(claims)}."


def _coded(values: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def client_secret_as_key(identities: Identities) -> None:
    key = OctKey.import_key(SECRET * 3)
    identities.sign = lambda claims, _: jwt.encode({"alg": "HS256"}, claims, key, ["HS256"])


def no_token_at_all(identities: Identities) -> None:
    identities.sign = lambda _claims, _key: "bukan.token"


def nobody(identities: Identities) -> None:
    identities.change = lambda claims: claims.pop("sub")


@pytest.mark.parametrize(
    "misbehave",
    [
        wrong_nonce,
        no_nonce,
        expired,
        from_the_future,
        foreign_issuer,
        foreign_audience,
        one_of_two_audiences,
        foreign_key,
        alg_none,
        client_secret_as_key,
        no_token_at_all,
        nobody,
    ],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_token_that_does_not_hold_lets_nobody_in(
    app: Flask, services: Services, identities: Identities, misbehave: Any
) -> None:
    set_up(services, identities)
    misbehave(identities)
    visitor, answer = sign_in(app)
    assert answer.status_code == 403
    assert "does not hold" in answer.text or "tidak sah" in answer.text
    assert found(services) is None
    assert visitor.get("/inbox").status_code == 302


def test_answer_counts_once_and_in_the_browser_that_asked(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    visitor = Visitor(app)
    address, _ = leave(visitor)
    stranger = Visitor(app)
    assert stranger.get(address).status_code == 403
    leave(stranger)
    assert stranger.get(address).status_code == 403
    assert visitor.get(address).status_code == 303
    assert Visitor(app).get(address).status_code == 403
    assert visitor.get(address).status_code == 403


def test_code_that_was_used_is_refused_by_the_provider_and_by_us(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    visitor = Visitor(app)
    address, _ = leave(visitor)
    code = parse_qs(urlsplit(address).query)["code"][0]
    assert visitor.get(address).status_code == 303
    again = Visitor(app)
    fresh, _ = leave(again)
    state = parse_qs(urlsplit(fresh).query)["state"][0]
    assert again.get(f"/login/single/callback?code={code}&state={state}").status_code == 403


def test_code_of_somebody_else_s_trip_fails_by_its_verifier(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    victim, thief = Visitor(app), Visitor(app)
    stolen = parse_qs(urlsplit(leave(victim)[0]).query)["code"][0]
    state = parse_qs(urlsplit(leave(thief)[0]).query)["state"][0]
    assert thief.get(f"/login/single/callback?code={stolen}&state={state}").status_code == 403


def test_trip_that_took_too_long_is_over(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    visitor = Visitor(app)
    address, _ = leave(visitor)
    with visitor.client.session_transaction() as cookie:
        cookie["sign_on"] = {**cookie["sign_on"], "began": 0}
    assert visitor.get(address).status_code == 403


def test_provider_that_calls_itself_otherwise_is_not_used(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    identities.told = {"issuer": "https://penyedia.lain.example"}
    assert Visitor(app).get("/login/single").status_code == 403


def test_answer_of_another_provider_is_refused_where_providers_name_themselves(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    identities.told = {"authorization_response_iss_parameter_supported": True}
    visitor = Visitor(app)
    address, _ = leave(visitor)
    assert visitor.get(f"{address}&iss=https://lain.example").status_code == 403


def test_new_key_of_the_provider_is_read_when_a_token_bears_it(
    app: Flask, services: Services, identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(services, identities)
    assert sign_in(app)[1].status_code == 303
    assert sign_in(app)[1].status_code == 303
    assert identities.keys_asked == 1
    identities.key = identities.other_key
    moment = time.monotonic() + 5
    monkeypatch.setattr("tanggap.inbox.people.sign_on_protocol.time.monotonic", lambda: moment)
    assert sign_in(app)[1].status_code == 303
