"""What a channel may raise; each class is named after what the core does next."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from tanggap.sdk.types import Text
from tanggap.sdk.words import Words

AuthCause = Literal["expired", "revoked", "missing_scope", "app_not_approved"]


class ChannelError(Exception):
    """Base of every error a channel raises on purpose.

    `message` is shown to people: plain English, or a text for each language. `str()` is English.
    """

    def __init__(self, message: Text = "") -> None:
        self.message: Text = message
        super().__init__(message)

    def __str__(self) -> str:
        return Words(self.message)


class InvalidConfig(ChannelError):
    """A form value is wrong. Core: shows the message beside `field`."""

    def __init__(self, field: str, message: Text) -> None:
        super().__init__(message)
        self.field = field


class InvalidSignature(ChannelError):
    """The webhook is not from the platform. Core: 403, counted, body dropped."""


class InvalidPayload(ChannelError):
    """The webhook is genuine but unreadable. Core: 200, raw body kept as a dead letter.

    `path` names the field, such as `data.payload.user.id`.
    """

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: expected {expected}")
        self.path = path
        self.expected = expected


class AuthExpired(ChannelError):
    """The token was refused. Core: account needs reconnecting, composer closed, banner."""

    def __init__(self, message: Text, cause: AuthCause = "expired") -> None:
        super().__init__(message)
        self.cause = cause


class RateLimited(ChannelError):
    """The platform asks to slow down. Core: the same job again after `retry_after`."""

    def __init__(self, retry_after: timedelta, message: Text = "") -> None:
        super().__init__(message or f"rate limited, retry after {retry_after}")
        self.retry_after = retry_after


class Unavailable(ChannelError):
    """Network fault or 5xx. Core: backoff; a send becomes `unknown` and is reconciled.

    `reached` is False only when the request certainly never got to the platform.
    """

    def __init__(self, message: Text, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached


class Rejected(ChannelError):
    """The platform said no for good. Core: the reply failed, is shown, and is not retried.

    `code` is the platform's own code, for example "403" or "10/2018278".
    """

    def __init__(self, message: Text, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Gone(Rejected):
    """The post to act on no longer exists. Core: as `Rejected`, and marks the post deleted."""
