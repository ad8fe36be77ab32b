"""Signing in with a provider: who comes in, as what, and who does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_user
from openid import CLIENT_ID, SECRET, Identities
from signing_on import AYU, found, set_up, sign_in
from tanggap.app import create_app
from tanggap.inbox.people import invitations, people
from tanggap.inbox.people.sign_on_settings import GroupRule, Wanted, save_provider
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.audit import AuditEntry
from tanggap.store.sight import Sight
from tanggap.store.sign_on import Identity
from tanggap.store.users import ADMIN, AGENT, SUPERVISOR, list_teams
from visitors import Visitor


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


def test_without_passwords_an_invitation_opens_the_provider_s_door_alone(
    app: Flask, services: Services, identities: Identities
) -> None:
    with services.database.write() as session:
        keeper = make_user(session, role=ADMIN).id
        _, token = invitations.invite(session, email="ayu@contoh.example", role=SUPERVISOR)
    set_up(services, identities, domains="", passwords_off=True, break_glass_id=keeper)
    guest = Visitor(app)
    page = guest.get(f"/invitation/{token}").text
    assert "/login/single" in page
    assert 'name="password"' not in page
    chosen = {"name": "Ayu Lestari", "password": "kata sandi baik"}
    assert guest.post(f"/invitation/{token}", chosen).location == f"/invitation/{token}"
    assert found(services) is None
    assert guest.get("/inbox").status_code == 302
    assert sign_in(app)[1].status_code == 303
    user = found(services)
    assert user is not None
    assert user.role == SUPERVISOR
    assert guest.get(f"/invitation/{token}").status_code == 404


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
