"""Answer LinkedIn's challenge and check the signature of its deliveries."""

from __future__ import annotations

import json
import re

from tanggap.sdk import AppCredentials, WebhookRequest
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256

_PREFIX = "hmacsha256="
# The answer is signed with the secret that signs deliveries, whose signed text starts with
# "hmacsha256=": a code that could hold "=" would let strangers have a forged body signed.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")


def challenge(request: WebhookRequest, app: AppCredentials) -> tuple[str, str] | None:
    """Prove to LinkedIn that this address is ours."""
    code = request.query.get("challengeCode", "")
    secret = app.secrets.get("client_secret", "")
    if not secret or not _CODE.fullmatch(code):
        return None
    answer = {"challengeCode": code, "challengeResponse": hmac_sha256(secret, code.encode())}
    return "application/json", json.dumps(answer)


def verify(request: WebhookRequest, app: AppCredentials) -> None:
    """Raise `InvalidSignature` unless LinkedIn signed these bytes."""
    given = request.headers.get("x-li-signature", "").removeprefix(_PREFIX)
    secret = app.secrets.get("client_secret", "")
    require_hmac_sha256(given, secret, _PREFIX.encode() + request.body)
