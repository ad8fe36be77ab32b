from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    Channel,
    CodeExchange,
    InvalidConfig,
    RateLimited,
    Rejected,
    Token,
    Unavailable,
)
from tanggap_facebook.oauth import SCOPES, authorize_url, exchange, list_accounts
from tanggap_facebook.simulator import SimulatedFacebook

ASKED = AuthorizeRequest(redirect_uri="https://inbox.example/back?x=1", state="s 1")
CODE = CodeExchange(code="c1", redirect_uri="https://inbox.example/back")
USER = Token("demo-user-token", scopes=SCOPES)
FACTS = {"data": {"is_valid": True, "scopes": [*SCOPES, 7]}}


def test_dialog_is_asked_with_state_and_scopes(app: AppCredentials) -> None:
    address = urlsplit(authorize_url(app, ASKED))
    assert (address.netloc, address.path) == ("www.facebook.com", "/v26.0/dialog/oauth")
    assert parse_qs(address.query) == {
        "client_id": ["1234"],
        "redirect_uri": ["https://inbox.example/back?x=1"],
        "state": ["s 1"],
        "response_type": ["code"],
        "scope": [",".join(SCOPES)],
    }


def test_further_scopes_are_asked_for_once(app: AppCredentials) -> None:
    more = {**app.config, "extra_scopes": "business_management, pages_messaging"}
    query = parse_qs(urlsplit(authorize_url(AppCredentials(more, {}), ASKED)).query)
    assert query["scope"] == [",".join((*SCOPES, "business_management"))]


def test_login_configuration_takes_the_place_of_scopes(app: AppCredentials) -> None:
    more = {**app.config, "config_id": "77"}
    query = parse_qs(urlsplit(authorize_url(AppCredentials(more, {}), ASKED)).query)
    assert query["config_id"] == ["77"]
    assert "scope" not in query


def test_app_without_id_is_named_as_the_trouble() -> None:
    with pytest.raises(InvalidConfig) as caught:
        authorize_url(AppCredentials({}, {}), ASKED)
    assert caught.value.field == "app_id"


def test_code_becomes_a_long_lived_token(app: AppCredentials, scripted: Any) -> None:
    http = scripted(
        {"access_token": "short", "expires_in": 5000},
        {"access_token": "long", "expires_in": 5184000},
        FACTS,
    )
    token = exchange(app, CODE, http)
    assert (token.access_token, token.refresh_token, token.scopes) == ("long", None, SCOPES)
    assert token.expires_at is not None
    assert timedelta(days=59) < token.expires_at - datetime.now(UTC) <= timedelta(days=60)
    first, second, third = http.calls
    assert first["params"] == {
        "client_id": "1234",
        "client_secret": "demo-app-secret",
        "redirect_uri": CODE.redirect_uri,
        "code": "c1",
    }
    assert second["params"]["grant_type"] == "fb_exchange_token"
    assert second["params"]["fb_exchange_token"] == "short"
    assert third["params"] == {"input_token": "long"}
    assert third["headers"] == {"Authorization": "Bearer 1234|demo-app-secret"}


def test_token_without_an_end_has_none(app: AppCredentials, scripted: Any) -> None:
    http = scripted({"access_token": "a"}, {"access_token": "b"}, FACTS)
    assert exchange(app, CODE, http).expires_at is None


def test_refused_secret_is_told_beside_its_field(
    app: AppCredentials, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        exchange(app, CODE, scripted(refusal(1)))
    assert caught.value.field == "app_secret"


def test_unknown_app_is_told_beside_its_field(
    app: AppCredentials, scripted: Any, refusal: Callable[..., Any]
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        exchange(app, CODE, scripted(refusal(101)))
    assert caught.value.field == "app_id"


def test_other_refusals_keep_their_class(
    app: AppCredentials, scripted: Any, refusal: Callable[..., Any]
) -> None:
    for answer, kind in (
        (refusal(100, 36009), Rejected),
        (refusal(2, status=500), Unavailable),
        (refusal(4), RateLimited),
        ({}, Unavailable),
        ({"access_token": 7}, Unavailable),
    ):
        with pytest.raises(kind):
            exchange(app, CODE, scripted(answer))


def test_pages_come_with_their_own_tokens(app: AppCredentials, scripted: Any) -> None:
    page = {"id": 5001, "name": "Acme Demo", "username": "acme", "access_token": "p1"}
    seen_only = {"id": "5002", "name": "Not ours"}
    paging = {"cursors": {"after": "Qg"}, "next": "https://graph.facebook.com/?access_token=x"}
    http = scripted(
        {"data": [page, seen_only], "paging": paging},
        {"data": [{**page, "id": "5003"}], "paging": {"cursors": {"after": "Qh"}}},
    )
    found = list_accounts(app, USER, http)
    assert [account.external_id for account in found] == ["5001", "5003"]
    assert found[0] == Account("5001", "Acme Demo", Token("p1", scopes=SCOPES), app, handle="acme")
    assert found[0].token.expires_at is None
    assert "after" not in http.calls[0]["params"]
    assert http.calls[1]["params"]["after"] == "Qg"


@pytest.mark.parametrize(
    ("tasks", "kept"),
    [
        (["MODERATE", "MESSAGING", "LEVITATE", 7], {"tasks": "MODERATE,MESSAGING"}),
        ([], {}),
        ("MODERATE", {}),
        (None, {}),
    ],
)
def test_what_the_person_may_do_on_the_page_is_kept(
    app: AppCredentials, scripted: Any, tasks: object, kept: dict[str, str]
) -> None:
    page = {"id": "5001", "name": "Acme Demo", "access_token": "p1", "tasks": tasks}
    (found,) = list_accounts(app, USER, scripted({"data": [page]}))
    assert found.config == kept


def test_person_without_pages_has_none(app: AppCredentials, scripted: Any) -> None:
    assert list_accounts(app, USER, scripted({"data": []})) == []


def test_refused_list_of_pages_is_a_missing_scope(app: AppCredentials, scripted: Any) -> None:
    with pytest.raises(AuthExpired) as caught:
        list_accounts(app, Token("u", scopes=("public_profile",)), scripted())
    assert caught.value.cause == "missing_scope"


def test_unreadable_list_of_pages_is_an_outage(app: AppCredentials, scripted: Any) -> None:
    with pytest.raises(Unavailable):
        list_accounts(app, USER, scripted({"data": 7}))


def test_login_at_the_simulator_gives_the_chosen_pages(
    connect: Callable[..., list[Account]],
) -> None:
    assert [account.handle for account in connect()] == ["nusakirim", "nusapay"]
    assert [account.name for account in connect(choose=["1005002"])] == ["Nusapay"]


def test_denied_login_comes_back_with_the_reason(
    channel: Channel, simulated_app: AppCredentials
) -> None:
    from tanggap.sdk.simulator import approve

    assert channel.oauth
    back = approve(channel.oauth.authorize_url(simulated_app, ASKED), decision="deny")
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]


def test_code_works_once_and_only_for_its_address(
    channel: Channel, simulated_app: AppCredentials, http: Any
) -> None:
    from tanggap.sdk.simulator import approve

    assert channel.oauth
    for redirect_uri in ("https://elsewhere.example", ASKED.redirect_uri):
        back = approve(channel.oauth.authorize_url(simulated_app, ASKED))
        code = parse_qs(urlsplit(back).query)["code"][0]
        given = CodeExchange(code=code, redirect_uri=redirect_uri)
        if redirect_uri == ASKED.redirect_uri:
            channel.oauth.exchange(simulated_app, given, http)
        with pytest.raises(Rejected):
            channel.oauth.exchange(simulated_app, given, http)


def test_wrong_secret_is_refused_by_the_simulator(
    channel: Channel, facebook: SimulatedFacebook, http: Any
) -> None:
    assert channel.oauth
    app = AppCredentials(facebook.app_config, {"app_secret": "wrong"})
    with pytest.raises(InvalidConfig):
        channel.oauth.exchange(app, CODE, http)


def test_proof_made_with_another_secret_is_refused_by_the_simulator(
    connect: Callable[..., list[Account]], channel: Channel, http: Any
) -> None:
    (account, _) = connect()
    app = AppCredentials(account.app.config, {"app_secret": "wrong"})
    stolen = Account(account.external_id, account.name, account.token, app)
    assert channel.polling
    with pytest.raises(Rejected):
        channel.polling.fetch(stolen, None, http)
