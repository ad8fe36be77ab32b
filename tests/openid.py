"""An OpenID Connect provider on loopback, made of Authlib's server parts, that can misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID = "tanggap"
SECRET = "rahasia dapur"
CALLBACK = "http://127.0.0.1:8000/login/single/callback"


@dataclass
class Member:
    """Somebody whom the provider knows: the claims it tells of them."""

    claims: dict[str, Any]

    def get_user_id(self) -> str:
        return str(self.claims["sub"])


@dataclass
class Code:
    """A code on its way; it can be exchanged once."""

    code: str
    member: Member
    nonce: str
    code_challenge: str
    code_challenge_method: str
    redirect_uri: str
    scope: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Client:
    """Tanggap as the provider knows it."""

    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return CALLBACK

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == CALLBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Identities:
    """The provider: who signs in next, and what is wrong with what it says, if anything."""

    issuer: str = ""
    member: Member = field(default_factory=lambda: Member({"sub": "1"}))
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "satu"}))
    other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "satu"}))
    codes: dict[str, Code] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], Any] = lambda _claims: None
    sign: Callable[[dict[str, Any], RSAKey], str] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    keys_asked: int = 0

    def write(self, claims: dict[str, Any]) -> str:
        """Write an ID token, as it should be or as a test wants it."""
        self.change(claims)
        if self.sign is not None:
            return self.sign(claims, self.key)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@contextmanager
def running() -> Iterator[Identities]:
    """Run a provider until the end of the block."""
    identities = Identities()
    app = _app(identities)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    identities.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield identities
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(identities: Identities) -> Flask:
    app = Flask("openid")
    client = Client()
    server = AuthorizationServer(
        app, query_client=lambda id_: client if id_ == CLIENT_ID else None, save_token=_forget
    )
    server.register_grant(
        _code_grant(identities), [_OpenId(identities), CodeChallenge(required=True)]
    )

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Any:
        base = identities.issuer
        return jsonify(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "userinfo_endpoint": f"{base}/me",
                "end_session_endpoint": f"{base}/leave",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                **identities.told,
            }
        )

    @app.get("/keys")
    def keys() -> Any:
        identities.keys_asked += 1
        return jsonify({"keys": [identities.key.as_dict(private=False)]})

    @app.get("/me")
    def me() -> Any:
        return jsonify(identities.member.claims)

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=identities.member)
        return server.create_authorization_response(grant_user=identities.member, grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


def _forget(_token: Any, _request: Any) -> None:
    """Keep no access tokens; nothing of ours is asked for with them."""


def _code_grant(identities: Identities) -> type[grants.AuthorizationCodeGrant]:
    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, asked: Any) -> None:
            data = asked.payload.data
            identities.codes[code] = Code(
                code=code,
                member=asked.user,
                nonce=data["nonce"],
                code_challenge=data["code_challenge"],
                code_challenge_method=data["code_challenge_method"],
                redirect_uri=asked.payload.redirect_uri,
                scope=asked.payload.scope,
            )

        def query_authorization_code(self, code: str, _client: Any) -> Code | None:
            return identities.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del identities.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> Member:
            return authorization_code.member

    return CodeGrant


class _OpenId(OpenIDCode):
    def __init__(self, identities: Identities) -> None:
        super().__init__(require_nonce=True)
        self._identities = identities

    def exists_nonce(self, _nonce: str, _request: Any) -> bool:
        return False

    def generate_user_info(self, user: Member, _scope: str) -> dict[str, Any]:
        return user.claims

    def encode_id_token(self, _token: Any, asked: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self._identities.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.authorization_code.get_nonce(),
            **asked.user.claims,
        }
        return self._identities.write(claims)
