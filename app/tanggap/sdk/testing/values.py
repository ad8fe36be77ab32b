"""Short ways to make the SDK's values in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from tanggap.sdk.channel import Channel
from tanggap.sdk.types import (
    Account,
    AppCredentials,
    ConfigField,
    IncomingPost,
    Reply,
    Target,
    Text,
    Token,
)
from tanggap.sdk.words import Words

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def tick(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        """Go on and tell the new time."""
        self.now += by
        return self.now


def english(words: Text) -> str:
    """Give what is said to people in English, whether it is said in one language or several."""
    return Words(words)


def make_app(channel: Channel, **values: str) -> AppCredentials:
    """Fill in a developer app: `values`, else defaults, else `test-<field>`."""
    filled = {field.name: values.get(field.name, _value(field)) for field in channel.app_fields}
    secret = {field.name for field in channel.app_fields if field.kind == "secret"}
    return AppCredentials(
        {name: value for name, value in filled.items() if name not in secret},
        {name: value for name, value in filled.items() if name in secret},
    )


def make_account(
    channel: Channel,
    external_id: str = "5001",
    *,
    app: AppCredentials | None = None,
    access_token: str = "test-access-token",  # noqa: S107 - opens nothing
    config: Mapping[str, str] | None = None,
    scopes: Sequence[str] = (),
) -> Account:
    """Make a connected account that no platform knows."""
    return Account(
        external_id=external_id,
        name="Nusakirim",
        token=Token(access_token, "test-refresh-token", scopes=scopes),
        app=app or make_app(channel),
        handle="nusakirim",
        config=config or {},
    )


def reply_to(post: IncomingPost, text: str = "Baik, kami periksa. ^AL", **values: Any) -> Reply:
    """Answer a post that came in, as the core would."""
    reply = Reply(
        to=post.external_id,
        text=text,
        idempotency_key=f"test-{crc32(text.encode('utf-8', 'surrogatepass')):08x}",
        author_id=post.author_id,
        thread_id=post.thread_id,
        visibility=post.visibility,
        to_kind=post.kind,
        to_visibility=post.visibility,
    )
    return replace(reply, **values)


def target_of(post: IncomingPost, **values: Any) -> Target:
    """Point at a post that came in, as the core would."""
    target = Target(
        external_id=post.external_id,
        author_id=post.author_id,
        kind=post.kind,
        visibility=post.visibility,
        posted_at=post.posted_at,
        thread_id=post.thread_id,
        by_us=post.author_id == post.account_id,
        mentions=post.mentions,
        last_private_at=post.posted_at if post.visibility == "private" else None,
    )
    return replace(target, **values)


def _value(field: ConfigField) -> str:
    if field.default:
        return field.default
    if field.kind == "choice":
        return field.choices[0][0]
    if field.kind == "url":
        return f"https://{field.name.replace('_', '-')}.test"
    return "" if field.kind == "bool" else f"test-{field.name}"
