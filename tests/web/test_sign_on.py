"""Signing in with a provider: the whole way over loopback, and every proof that does not hold."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_user
from openid import CLIENT_ID, SECRET, Identities, Member, running
from tanggap.app import create_app
from tanggap.inbox import invitations, people
from tanggap.inbox.services import Services
from tanggap.inbox.sign_on_settings import GroupRule, Wanted, save_provider
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.plugins.http import HttpClient
from tanggap.store.audit import AuditEntry
from tanggap.store.sight import Sight
from tanggap.store.sign_on import Identity
from tanggap.store.users import ADMIN, AGENT, SUPERVISOR, User, list_teams
from visitors import Visitor

AYU = {"sub": "ayu-1", "email": "ayu@contoh.example", "email_verified": True, "name": "Ayu Lestari"}


@pytest.fixture
def identities() -> Iterator[Identities]:
    with running() as provider:
        provider.member = Member(dict(AYU))
        yield provider


@pytest.fixture
def services(services: Services) -> Iterator[Services]:
    """Services whose HTTP client calls the provider on loopback."""
    http = HttpClient(replace(services.settings, private_hosts=("127.0.0.1",)))
    yield replace(services, http=http)
    http.close()


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(
        tasks=Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    )


def set_up(services: Services, identities: Identities, **wishes: Any) -> int:
    """Switch single sign-on on; gives the administrator who did."""
    with services.database.write() as session:
        admin = make_user(session, role=ADMIN, name="Admin").id
    wanted = Wanted(
        **{
            "enabled": True,
            "name": "Contoh ID",
            "issuer": identities.issuer,
            "client_id": CLIENT_ID,
            "secret": SECRET,
            "domains": "contoh.example",
            "role": AGENT,
        }
        | wishes
    )
    with services.database.write() as session:
        save_provider(session, services.vault, wanted, by_user_id=admin)
    return admin


def leave(visitor: Visitor, query: str = "") -> tuple[str, TestResponse]:
    """Go to the provider; gives the address that it sends back to."""
    answer = visitor.get(f"/login/single{query}")
    if answer.status_code != 302:
        return "", answer
    back = httpx.get(answer.location, follow_redirects=False)
    parts = urlsplit(back.headers["location"])
    return f"{parts.path}?{parts.query}", answer


def sign_in(app: Flask, query: str = "") -> tuple[Visitor, TestResponse]:
    visitor = Visitor(app)
    address, answer = leave(visitor, query)
    return visitor, visitor.get(address) if address else answer


def found(services: Services, email: str = AYU["email"]) -> User | None:  # type: ignore[assignment]
    with services.database.read() as session:
        user = session.scalar(select(User).where(User.email == email))
        if user is not None:
            session.refresh(user, ["teams"])
        return user


def test_new_person_of_the_company_s_domain_signs_in_and_is_known_afterwards(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    visitor, answer = sign_in(app, "?next=/profile")
    assert (answer.status_code, answer.location) == (303, "/profile")
    assert "Ayu Lestari" in visitor.get("/profile").text
    user = found(services)
    assert user is not None
    assert user.role == AGENT
    identities.member.claims["email"] = "lain@tempat.example"
    _, answer = sign_in(app)
    assert answer.status_code == 303
    with services.database.read() as session:
        assert [one.user_id for one in session.scalars(select(Identity))] == [user.id]


def test_person_who_has_an_account_is_linked_by_their_verified_address(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities, domains="")
    with services.database.write() as session:
        ours = make_user(session, email="ayu@contoh.example", role=SUPERVISOR).id
    visitor, answer = sign_in(app)
    assert answer.status_code == 303
    with services.database.read() as session:
        assert session.scalars(select(Identity.user_id)).all() == [ours]
        linked = select(AuditEntry.object_id).where(AuditEntry.action == "user.linked")
        assert session.scalars(linked).all() == [str(ours)]
    assert visitor.get("/inbox").status_code == 200


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
    monkeypatch.setattr("tanggap.inbox.sign_on_protocol.time.monotonic", lambda: moment)
    assert sign_in(app)[1].status_code == 303


@pytest.mark.parametrize(
    "change",
    [{"email_verified": False}, {"email_verified": "true"}, {"email": None}, {"email": "tanpa at"}],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_address_that_is_not_verified_opens_nobody_s_account(
    app: Flask, services: Services, identities: Identities, change: dict[str, Any]
) -> None:
    set_up(services, identities)
    with services.database.write() as session:
        make_user(session, email="ayu@contoh.example", role=ADMIN)
    identities.member.claims.update(change)
    assert sign_in(app)[1].status_code == 403
    with services.database.read() as session:
        assert session.scalars(select(Identity)).all() == []


def test_new_colleague_with_an_old_one_s_address_does_not_get_their_account(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    assert sign_in(app)[1].status_code == 303
    identities.member.claims["sub"] = "ayu-2"
    assert sign_in(app)[1].status_code == 403


def test_strangers_and_those_who_left_are_turned_away(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    identities.member.claims["email"] = "ayu@tempat.lain.example"
    assert sign_in(app)[1].status_code == 403
    identities.member.claims["email"] = AYU["email"]
    assert sign_in(app)[1].status_code == 303
    user = found(services)
    assert user is not None
    with services.database.write() as session:
        people.deactivate(session, user.id)
    assert sign_in(app)[1].status_code == 403


def test_groups_give_role_teams_and_limits_at_every_sign_in(
    app: Flask, services: Services, identities: Identities
) -> None:
    with services.database.read() as session:
        team = list_teams(session)[0].id
    rule = GroupRule(group="cs-lead", role=SUPERVISOR, teams=(team,), limited=True)
    plain = GroupRule(group="cs", role=AGENT)
    set_up(services, identities, groups=(rule, plain), role="")
    assert sign_in(app)[1].status_code == 403
    identities.member.claims["groups"] = ["lain", "cs", "cs-lead"]
    assert sign_in(app)[1].status_code == 303
    user = found(services)
    assert user is not None
    assert (user.role, [one.id for one in user.teams], user.sight) == (
        SUPERVISOR,
        [team],
        Sight((team,)),
    )
    identities.member.claims["groups"] = ["cs"]
    assert sign_in(app)[1].status_code == 303
    user = found(services)
    assert user is not None
    assert (user.role, user.teams, user.sight) == (AGENT, [], Sight())
    identities.member.claims["groups"] = []
    assert sign_in(app)[1].status_code == 403


def test_open_invitation_says_what_somebody_new_may_do(
    app: Flask, services: Services, identities: Identities
) -> None:
    admin = set_up(services, identities, domains="", role="")
    with services.database.write() as session:
        team = list_teams(session)[0].id
        invitations.invite(
            session,
            email="ayu@contoh.example",
            role=SUPERVISOR,
            sight=Sight((team,)),
            by_user_id=admin,
        )
    assert sign_in(app)[1].status_code == 303
    user = found(services)
    assert user is not None
    assert (user.role, user.sight) == (SUPERVISOR, Sight((team,)))
    with services.database.read() as session:
        assert invitations.open_invitations(session) == []


def test_second_step_is_the_provider_s_or_ours_as_set(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities, second_factor="provider")
    assert sign_in(app)[1].status_code == 403
    identities.member.claims["amr"] = ["pwd"]
    assert sign_in(app)[1].status_code == 403
    identities.member.claims["amr"] = ["pwd", "otp"]
    assert sign_in(app)[1].status_code == 303
    identities.member.claims.pop("amr")
    identities.member.claims["acr"] = "phr"
    assert sign_in(app)[1].status_code == 303


def test_role_that_needs_a_second_step_is_content_with_the_provider_s(
    services: Services, identities: Identities
) -> None:
    settings = replace(services.settings, second_factor_roles=(AGENT,))
    strict = replace(services, settings=settings)
    app = create_app(tasks=Tasks(strict, open_queue(settings, services.keys, immediate=True)))
    set_up(services, identities)
    visitor, _ = sign_in(app)
    assert visitor.get("/inbox").location == "/profile/second-factor"
    with services.database.write() as session:
        wanted = Wanted(
            enabled=True,
            name="",
            issuer=identities.issuer,
            client_id=CLIENT_ID,
            role=AGENT,
            domains="contoh.example",
            second_factor="provider",
        )
        save_provider(session, services.vault, wanted, by_user_id=1)
    identities.member.claims["amr"] = ["mfa"]
    visitor, _ = sign_in(app)
    assert visitor.get("/inbox").status_code == 200


def test_without_passwords_only_the_keeper_of_the_last_one_signs_in_with_it(
    app: Flask, services: Services, identities: Identities
) -> None:
    with services.database.write() as session:
        made = [
            people.create_user(
                session, email=f"{name}@contoh.example", name=name, password=f"sandi {name} 12345",
                role=ADMIN,
            ).id
            for name in ("kunci", "biasa")
        ]  # fmt: skip
    set_up(services, identities, passwords_off=True, break_glass_id=made[0])
    for name, status in (("kunci", 303), ("biasa", 403)):
        form = {"email": f"{name}@contoh.example", "password": f"sandi {name} 12345"}
        assert Visitor(app).post("/login", form).status_code == status
    with services.database.write() as session, pytest.raises(people.OccupiedError):
        people.deactivate(session, made[0])


def test_page_stores_what_the_provider_confirms_and_never_shows_the_secret(
    app: Flask, services: Services, identities: Identities
) -> None:
    admin = Visitor(app).sign_in(services)
    form = {
        "enabled": "1",
        "name": "Contoh ID",
        "issuer": identities.issuer,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "domains": "contoh.example, anak.example",
        "role": "agent",
        "second_factor": "own",
        "group0": "cs",
        "role0": "agent",
    }
    path = "/admin/single-sign-on"
    assert admin.post(path, {**form, "issuer": "http://127.0.0.1:1"}).status_code == 422
    assert admin.post(path, {**form, "client_secret": ""}).status_code == 422
    assert admin.post(path, {**form, "domains": "bukan domain!"}).status_code == 422
    assert admin.post(path, {**form, "passwords_off": "1"}).status_code == 422
    assert admin.post(path, form).status_code == 303
    assert admin.post(path, {**form, "client_secret": "", "name": "Lain"}).status_code == 303
    page = admin.get(path).text
    assert SECRET not in page
    assert "anak.example, contoh.example" in page
    with services.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "sign_on.changed"))
        last = entries.all()[-1].detail
        assert (last["before"]["name"], last["after"]["name"]) == ("Contoh ID", "Lain")
        assert SECRET not in str(last)
    login = Visitor(app).get("/login").text
    assert "/login/single" in login
    assert "Lain" in login
    assert sign_in(app)[1].status_code == 303  # without a group that fits, by the role


def test_provider_that_is_down_is_told_in_a_page_of_ours(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    with services.database.write() as session:
        wanted = Wanted(
            enabled=True, name="", issuer="http://127.0.0.1:1", client_id=CLIENT_ID, role=AGENT
        )
        save_provider(session, services.vault, wanted, by_user_id=1)
    answer = Visitor(app).get("/login/single")
    assert answer.status_code == 503
    assert "/login" in answer.text


def test_way_out_leads_through_the_provider(
    app: Flask, services: Services, identities: Identities
) -> None:
    set_up(services, identities)
    location = Visitor(app).get("/login/single/ended").location
    assert location.startswith(f"{identities.issuer}/leave?client_id=tanggap&post_logout_redirect")


def test_without_a_provider_its_addresses_lead_to_the_sign_in_page(app: Flask) -> None:
    for path in ("/login/single", "/login/single/callback", "/login/single/ended"):
        assert Visitor(app).get(path).location == "/login"
