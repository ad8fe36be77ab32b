from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    CodeExchange,
    InvalidConfig,
    RateLimited,
    Token,
    Unavailable,
)
from tanggap.sdk.testing import english
from tanggap_twitter import oauth
from tanggap_twitter.health import health

ASKED = AuthorizeRequest(redirect_uri="https://inbox.example/back", state="s", code_challenge="c")
GIVEN = CodeExchange(code="k", redirect_uri="https://inbox.example/back", code_verifier="v")
TOKEN = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "demoAccess2",
    "scope": " ".join(oauth.SCOPES),
    "refresh_token": "demoRefresh2",
}


def test_consent_page_is_asked_with_pkce_and_all_scopes(app: AppCredentials) -> None:
    url = oauth.authorize_url(app, ASKED)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://x.com/i/oauth2/authorize?")
    assert query == {
        "response_type": "code",
        "client_id": "demo-client",
        "redirect_uri": "https://inbox.example/back",
        "scope": " ".join(oauth.SCOPES),
        "state": "s",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }
    assert "+" not in url


def test_missing_client_id_is_told_beside_its_field() -> None:
    with pytest.raises(InvalidConfig) as caught:
        oauth.authorize_url(AppCredentials({}, {}), ASKED)
    assert caught.value.field == "client_id"


def test_confidential_client_signs_with_basic_and_public_one_names_itself(
    app: AppCredentials, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, TOKEN), answer(200, TOKEN))
    oauth.exchange(app, GIVEN, http)
    oauth.exchange(AppCredentials({"client_id": "public"}, {}), GIVEN, http)
    first, second = http.calls
    assert first["headers"]["Authorization"].startswith("Basic ")
    assert "client_id" not in first["form"]
    assert second["headers"] == {}
    assert second["form"]["client_id"] == "public"
    assert second["form"]["code_verifier"] == "v"


def test_narrower_consent_says_what_is_missing(
    app: AppCredentials, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, {**TOKEN, "scope": "tweet.read users.read"}))
    with pytest.raises(AuthExpired, match=r"tweet\.write, offline\.access") as caught:
        oauth.exchange(app, GIVEN, http)
    assert caught.value.cause == "missing_scope"


def test_refresh_takes_whatever_comes_back(account: Account, scripted: Any, answer: Any) -> None:
    http = scripted(answer(200, TOKEN), answer(200, {"access_token": "a"}))
    renewed = oauth.refresh(account, http)
    assert http.calls[0]["form"]["refresh_token"] == "demoRefresh1"
    assert (renewed.access_token, renewed.refresh_token) == ("demoAccess2", "demoRefresh2")
    assert renewed.expires_at is not None
    assert renewed.expires_at > datetime.now(UTC) + timedelta(hours=1)
    kept = oauth.refresh(account, http)
    assert kept.refresh_token == "demoRefresh1"
    assert kept.scopes == account.token.scopes


@pytest.mark.parametrize(
    ("refused", "cause"),
    [
        ((400, {"error": "invalid_request", "error_description": "was invalid"}), "revoked"),
        ((400, {"error": "invalid_grant"}), "revoked"),
        ((401, {"error": "invalid_request"}), "revoked"),
        ((400, "no json"), "revoked"),
        ((403, []), "revoked"),
        ((400, {"error": "invalid_client"}), "app_not_approved"),
        ((401, {"error": "unauthorized_client"}), "app_not_approved"),
        ((401, {}), "app_not_approved"),
        ((403, {"type": "https://api.x.com/2/problems/client-forbidden"}), "app_not_approved"),
    ],
    ids=str,
)
def test_refused_refresh_needs_a_new_connection(
    account: Account, scripted: Any, answer: Any, refused: tuple[int, object], cause: str
) -> None:
    with pytest.raises(AuthExpired) as caught:
        oauth.refresh(account, scripted(answer(*refused)))
    assert caught.value.cause == cause


def test_refused_code_says_what_to_compare(app: AppCredentials, scripted: Any, answer: Any) -> None:
    with pytest.raises(AuthExpired, match="30 seconds") as caught:
        oauth.exchange(app, GIVEN, scripted(answer(400, {"error": "invalid_request"})))
    assert caught.value.cause == "expired"
    with pytest.raises(AuthExpired, match="client secret") as caught:
        oauth.exchange(app, GIVEN, scripted(answer(401, {"error": "invalid_client"})))
    assert caught.value.cause == "app_not_approved"


def test_refresh_that_brings_fewer_permissions_is_refused(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, {**TOKEN, "scope": "tweet.read users.read offline.access"}))
    with pytest.raises(AuthExpired, match=r"tweet\.write") as caught:
        oauth.refresh(account, http)
    assert caught.value.cause == "missing_scope"


def test_only_enterprise_apps_ask_to_like(app: AppCredentials) -> None:
    assert "like.write" not in oauth.wanted_scopes(app)
    assert "like.write" in oauth.wanted_scopes(AppCredentials({"plan": "enterprise"}, {}))


def test_account_without_refresh_token_needs_a_new_connection(
    account: Account, scripted: Any
) -> None:
    with pytest.raises(AuthExpired):
        oauth.refresh(replace(account, token=Token("t")), scripted())


def test_trouble_at_the_token_endpoint_is_no_reason_to_reconnect(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(429, {}), answer(503, ""), answer(200, {"expires_in": "x"}))
    for expected in (RateLimited, Unavailable, Unavailable):
        with pytest.raises(expected):
            oauth.refresh(account, http)


def test_health_tells_the_three_states(account: Account, scripted: Any, answer: Any) -> None:
    without_webhook = replace(account, app=AppCredentials({"client_id": "demo-client"}, {}))

    def status(*answers: Any) -> str:
        return health(without_webhook, scripted(*answers)).status

    assert status(answer(200, {"data": {"id": "70001", "username": "nusakirim"}})) == "ok"
    assert status(answer(200, {"data": {"id": "7", "username": "other"}})) == "down"
    assert status(answer(401, {})) == "down"
    assert status(answer(503, "")) == "degraded"
    assert status(answer(429, {})) == "degraded"
    assert status(answer(200, {"data": []})) == "degraded"
    assert status(Unavailable("no net", reached=False)) == "degraded"


ME = {"data": {"id": "70001", "username": "nusakirim"}}
SUBSCRIBED = {
    "data": [
        {
            "subscription_id": "4500",
            "event_type": "post.create",
            "filter": {"user_id": "70001"},
            "webhook_id": "4400",
        }
    ]
}


@pytest.mark.parametrize(
    ("webhooks", "words"),
    [
        ([], "does not know its webhook"),
        ([{"id": "4400", "url": "https://inbox.example", "valid": False}], "could not validate"),
    ],
)
def test_webhook_that_brings_nothing_degrades_the_account(
    account: Account, scripted: Any, answer: Any, webhooks: object, words: str
) -> None:
    http = scripted(
        answer(200, ME),
        answer(200, SUBSCRIBED),
        answer(200, {"data": webhooks}),
        answer(400, {"title": "CrcValidationFailed"}),
    )
    found = health(account, http)
    assert found.status == "degraded"
    assert words in english(found.detail)


def test_webhook_that_passes_its_check_again_is_well(
    account: Account, scripted: Any, answer: Any
) -> None:
    off = {"data": [{"id": "4400", "url": "https://inbox.example", "valid": False}]}
    on = answer(200, {"data": {"valid": True}})
    http = scripted(answer(200, ME), answer(200, SUBSCRIBED), answer(200, off), on)
    assert health(account, http).status == "ok"
    assert http.calls[-1]["method"] == "PUT"


def test_webhook_that_cannot_be_looked_at_degrades_the_account(
    account: Account, scripted: Any, answer: Any
) -> None:
    found = health(account, scripted(answer(200, ME), answer(401, {})))
    assert found.status == "degraded"
    assert "could not be checked" in english(found.detail)


def test_sign_in_at_the_simulator_gives_a_working_account(nusakirim: Account, http: Any) -> None:
    assert (nusakirim.external_id, nusakirim.handle) == ("70001", "nusakirim")
    assert set(nusakirim.token.scopes) == set(oauth.SCOPES)
    assert health(nusakirim, http).status == "ok"


def test_simulator_refuses_a_wrong_verifier_redirect_or_secret(
    sign_in: Callable[..., Token], simulated_app: AppCredentials, http: Any
) -> None:
    with pytest.raises(AuthExpired):
        sign_in(verifier="another-verifier-of-at-least-forty-three-characters")
    with pytest.raises(AuthExpired):
        sign_in(redirect_uri="http://127.0.0.1/elsewhere")
    wrong = AppCredentials(simulated_app.config, {"client_secret": "guessed"})
    with pytest.raises(AuthExpired):
        oauth.exchange(wrong, GIVEN, http)


def test_access_token_lives_two_hours(
    sign_in: Callable[..., Token], x: Any, simulated_app: AppCredentials, http: Any
) -> None:
    token = sign_in()
    now = datetime.now(UTC)
    x.tokens._clock = lambda: now + timedelta(hours=2, seconds=5)
    with pytest.raises(AuthExpired):
        oauth.list_accounts(simulated_app, token, http)


def test_refresh_token_works_once(nusakirim: Account, http: Any, control: Any) -> None:
    control("POST", "faults", {"kind": "auth_expired"})
    assert health(nusakirim, http).status == "down"
    renewed = oauth.refresh(nusakirim, http)
    assert health(replace(nusakirim, token=renewed), http).status == "ok"
    with pytest.raises(AuthExpired):
        oauth.refresh(nusakirim, http)
    control("POST", "faults", {"kind": "auth_revoked"})
    with pytest.raises(AuthExpired):
        oauth.refresh(replace(nusakirim, token=renewed), http)


def test_two_refreshes_at_once_are_served_once(nusakirim: Account, x: Any) -> None:
    """X takes a refresh token once, whoever comes first; the other one is told to reconnect."""
    together = Barrier(2)
    outcomes: list[str] = []

    def go() -> None:
        with httpx.Client(trust_env=False) as client:
            together.wait()
            form = {"grant_type": "refresh_token", "refresh_token": nusakirim.token.refresh_token}
            answered = client.post(
                f"{x.base_url}/2/oauth2/token",
                data=form,
                auth=(x.app_config["client_id"], x.app_secrets["client_secret"]),
            )
            outcomes.append(str(answered.status_code))

    threads = [Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["200", "400"]


def test_webhook_that_x_switched_off_is_switched_on_by_a_health_check(
    subscribed: Account, x: Any, http: Any
) -> None:
    (hook,) = x.activities.webhooks.values()
    hook.valid = False
    assert health(subscribed, http).status == "ok"
    assert hook.valid
    hook.valid, x.consumer_secret = False, b"another secret"
    assert health(subscribed, http).status == "degraded"
    x.activities.webhooks.clear()
    assert "connect the account again" in english(health(subscribed, http).detail)
