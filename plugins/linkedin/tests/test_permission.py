"""What LinkedIn has no way for, and where customers are sent instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tanggap.sdk import Account, Invitation, Refusal, Target
from tanggap_linkedin.permission import invite

POST = Target(
    external_id="urn:li:comment:1",
    author_id="urn:li:person:1",
    kind="comment",
    visibility="public",
    posted_at=datetime(2026, 11, 2, 8, tzinfo=UTC),
)


def test_customers_are_invited_to_the_address_the_operator_gives(account: Account) -> None:
    told = replace(account, config={"private_contact": " bantuan@contoh.example "})
    assert invite(told, POST) == Invitation(visibility="public", link="bantuan@contoh.example")


def test_without_an_address_it_is_said_where_to_write_it(account: Account) -> None:
    found = invite(account, POST)
    assert isinstance(found, Refusal)
    assert set(found.message) == {"en", "id"}
