from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tanggap.sdk import (
    Account,
    AppCredentials,
    AuthExpired,
    AuthorizeRequest,
    CodeExchange,
    InvalidConfig,
    Rejected,
    Token,
    Unavailable,
)
from tanggap_linkedin import oauth

ORG = "urn:li:organization:5001"
CODE = CodeExchange(code="c1", redirect_uri="https://inbox.example/oauth")
ACL = {"organization": ORG, "role": "ADMINISTRATOR", "roleAssignee": "urn:li:person:AdminDemo1"}


def test_consent_page_asks_for_the_scopes_of_the_app(app: AppCredentials) -> None:
    asked = AuthorizeRequest(redirect_uri="https://inbox.example/oauth", state="s&1")
    address = urlsplit(oauth.authorize_url(app, asked))
    query = parse_qs(address.query)
    assert address.netloc + address.path == "www.linkedin.com/oauth/v2/authorization"
    assert query["state"] == ["s&1"]
    assert "w_organization_social_feed" in query["scope"][0].split()
    narrow = AppCredentials({**app.config, "scopes": "openid\n profile"}, app.secrets)
    assert "scope=openid+profile" in oauth.authorize_url(narrow, asked)


def test_code_becomes_a_token(app: AppCredentials, scripted: Any, answer: Any) -> None:
    body = {
        "access_token": "a1",
        "expires_in": 5184000,
        "refresh_token": "r1",
        "refresh_token_expires_in": 31536000,
        "scope": "r_organization_social_feed,rw_organization_admin",
    }
    http = scripted(answer(200, body))
    token = oauth.exchange(app, CODE, http)
    assert (token.access_token, token.refresh_token) == ("a1", "r1")
    assert token.scopes == ("r_organization_social_feed", "rw_organization_admin")
    assert token.expires_at is not None
    left = token.expires_at - datetime.now(UTC)
    assert timedelta(days=59) < left <= timedelta(days=60)
    assert http.calls[0]["form"]["client_secret"] == "demo-client-secret"


def test_token_without_end_or_refresh_is_taken(
    app: AppCredentials, scripted: Any, answer: Any
) -> None:
    token = oauth.exchange(app, CODE, scripted(answer(200, {"access_token": "a1"})))
    assert (token.refresh_token, token.expires_at, token.scopes) == (None, None, ())


@pytest.mark.parametrize(
    ("refusal", "raised"),
    [
        ((401, "invalid_client"), InvalidConfig),
        ((400, "invalid_redirect_uri"), Rejected),
        ((400, "invalid_request"), AuthExpired),
        ((400, None), AuthExpired),
        ((500, None), Unavailable),
    ],
)
def test_refused_exchange_says_what_to_do(
    app: AppCredentials, scripted: Any, answer: Any, refusal: Any, raised: type[Exception]
) -> None:
    status, error = refusal
    with pytest.raises(raised):
        oauth.exchange(app, CODE, scripted(answer(status, {"error": error})))


def test_refresh_keeps_the_refresh_token_where_none_comes_back(
    account: Account, scripted: Any, answer: Any
) -> None:
    http = scripted(answer(200, {"access_token": "a2", "expires_in": 10}))
    token = oauth.refresh(account, http)
    assert (token.access_token, token.refresh_token) == ("a2", "demoLiR1")
    assert http.calls[0]["form"]["grant_type"] == "refresh_token"


def test_app_without_refresh_tokens_asks_to_reconnect(account: Account, scripted: Any) -> None:
    bare = Account(ORG, "Nusakirim", Token("a1"), account.app)
    with pytest.raises(AuthExpired):
        oauth.refresh(bare, scripted())


def test_pages_of_the_member_are_listed_with_their_names(
    app: AppCredentials, scripted: Any, answer: Any
) -> None:
    other = {**ACL, "organization": "urn:li:organization:5002"}
    http = scripted(
        answer(200, {"elements": [ACL, ACL, other]}),
        answer(200, {"localizedName": "Nusakirim", "vanityName": "nusakirim"}),
        answer(403, {"status": 403, "message": "not shown"}),
    )
    first, second = oauth.list_accounts(app, Token("a1"), http)
    assert (first.external_id, first.name, first.handle) == (ORG, "Nusakirim", "nusakirim")
    assert first.config == {"member": "urn:li:person:AdminDemo1"}
    assert second.name == "Page 5002"


def test_product_that_was_not_granted_is_told_from_a_missing_permission(
    app: AppCredentials, scripted: Any, answer: Any
) -> None:
    refused = answer(403, {"status": 403, "serviceErrorCode": 100})
    for scopes, cause in (
        (("rw_organization_admin",), "app_not_approved"),
        ((), "missing_scope"),
    ):
        with pytest.raises(AuthExpired) as raised:
            oauth.list_accounts(app, Token("a1", scopes=scopes), scripted(refused))
        assert raised.value.cause == cause
