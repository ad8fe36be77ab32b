"""LinkedIn's little text, as people see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap_linkedin.texts import plain_text


@given(st.text())
def test_plain_text_survives_anything(text: str) -> None:
    plain_text(text)


@pytest.mark.parametrize(
    ("little", "plain"),
    [
        (r"a\_b \(c\) \@d", "a_b (c) @d"),
        (r"{hashtag|\#|logistik} hari ini", "#logistik hari ini"),
        ("oleh @[PT Nusa (Persero)](urn:li:organization:1)!", "oleh @PT Nusa (Persero)!"),
    ],
)
def test_little_text_is_shown_as_people_see_it(little: str, plain: str) -> None:
    assert plain_text(little) == plain
