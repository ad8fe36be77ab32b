"""Signatures: the platforms' published vectors hold and nothing else passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.sdk.errors import InvalidSignature
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256


def test_hex_and_base64_spell_the_same_digest() -> None:
    digest = bytes.fromhex(hmac_sha256("secret", b"body"))
    assert len(digest) == 32
    require_hmac_sha256(
        hmac_sha256("secret", b"body", "base64"), "secret", b"body", encoding="base64"
    )


@given(st.text(), st.binary())
def test_only_the_right_signature_passes(given_: str, body: bytes) -> None:
    right = "sha256=" + hmac_sha256("secret", body)
    require_hmac_sha256(right, "secret", body, prefix="sha256=")
    if given_ != right:
        with pytest.raises(InvalidSignature):
            require_hmac_sha256(given_, "secret", body, prefix="sha256=")


@pytest.mark.parametrize("header", [None, "", "\ud800", "é"])
def test_missing_or_odd_header_is_an_invalid_signature(header: str | None) -> None:
    with pytest.raises(InvalidSignature):
        require_hmac_sha256(header, "secret", b"")


def test_empty_secret_verifies_nothing() -> None:
    with pytest.raises(InvalidSignature, match="no secret"):
        require_hmac_sha256("x", "", b"")
