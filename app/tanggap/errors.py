"""Errors of the core; each message says what happened, to what, and what to do next."""

from __future__ import annotations


class TanggapError(Exception):
    """Base of every error the core raises on purpose; `str()` may be shown to a user."""


class SettingsError(TanggapError):
    """A setting has an unusable value."""


class NotFoundError(TanggapError):
    """The object does not exist, or this person may not see it."""


class MovedError(NotFoundError):
    """The conversation is part of another one now, the one with the id `into`."""

    def __init__(self, conversation_id: int, into: int) -> None:
        super().__init__(f"conversation {conversation_id} is part of conversation {into} now")
        self.into = into


class ForbiddenError(TanggapError):
    """This person's role does not allow the action."""


class ConflictError(TanggapError):
    """Somebody or something else was faster; the caller should look again."""


class StaleThreadError(ConflictError):
    """The thread has posts that the person answering has not seen."""


class ReplyRefusedError(TanggapError):
    """A reply cannot be sent as it stands; `reason` is a stable key, the message is for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
