"""HMAC helpers for webhook signatures, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Literal

from tanggap.sdk.errors import InvalidSignature

Encoding = Literal["hex", "base64"]


def hmac_sha256(secret: str, message: bytes, encoding: Encoding = "hex") -> str:
    """Sign `message`; raises `InvalidSignature` when no secret is configured."""
    if not secret:
        raise InvalidSignature("no secret is configured, so nothing can be verified")
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def require_hmac_sha256(
    given: str | None,
    secret: str,
    message: bytes,
    *,
    prefix: str = "",
    encoding: Encoding = "hex",
) -> None:
    """Raise `InvalidSignature` unless `given` is `prefix` + the signature of `message`.

    A missing header is an invalid signature, as is one that is not ASCII.
    """
    if not given:
        raise InvalidSignature("the signature header is missing")
    expected = prefix + hmac_sha256(secret, message, encoding)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise InvalidSignature("the signature does not match the body")
