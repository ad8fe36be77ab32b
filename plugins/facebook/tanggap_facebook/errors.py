"""From Graph API error codes to what the core does next; the message text never decides.

Source: the platform's tables of Graph API and Messenger errors, as of Graph API v26.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tanggap.sdk import (
    AuthExpired,
    ChannelError,
    Gone,
    Payload,
    RateLimited,
    Rejected,
    Text,
    Unavailable,
)
from tanggap.sdk.errors import AuthCause
from tanggap_facebook.indonesian import both
from tanggap_facebook.limits import pause
from tanggap_facebook.reading import loose_count

OUTSIDE_WINDOW = frozenset({"10/2018278", "10/2018065"})
# While a code is exchanged, 1 is how Facebook refuses the app's secret.
BAD_CLIENT = "1"
UNKNOWN_APP = "101"


class PassingFault(Unavailable):
    """Facebook says that it cannot, for now; `code` is its own."""

    def __init__(self, message: Text, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means; `error` is the class to raise, `cause` only counts for `AuthExpired`."""

    error: type[AuthExpired | RateLimited | Rejected | Unavailable]
    text: str
    cause: AuthCause = "expired"


_RECONNECT = "Facebook no longer accepts this Page's token; reconnect the Page."
_PERMISSION = "A permission for this Page is missing or was taken away; reconnect and grant it."
_NOT_APPROVED = "The developer app may only reach people with a role on it; ask for app review."
_WINDOW = (
    "Messenger refused the reply: the customer's last message is more than 24 hours old. "
    "Wait until they write again."
)
_GONE = "The post does not exist any more, or this Page may not see it."
_UNREACHABLE = "This person cannot be reached: they left Facebook or blocked the Page."
_LOGIN_OVER = "This login was used already, is too old, or began elsewhere; connect again."
_NO_PRIVATE_REPLY = "Facebook takes no private reply to this post; answer in public."

BY_CODE: Mapping[int, Meaning] = {
    1: Meaning(Unavailable, "Facebook has a passing fault."),
    2: Meaning(Unavailable, "Facebook's service is down for the moment."),
    4: Meaning(RateLimited, "The developer app has used up its calls."),
    9: Meaning(RateLimited, "The person who connected the Page acts too often."),
    10: Meaning(AuthExpired, _PERMISSION, "missing_scope"),
    17: Meaning(RateLimited, "The person who connected the Page has used up their calls."),
    32: Meaning(RateLimited, "The Page has used up its calls."),
    100: Meaning(Rejected, "Facebook did not take the request as it was."),
    101: Meaning(Rejected, "Facebook does not know the App ID; check it in the app's settings."),
    102: Meaning(AuthExpired, _RECONNECT),
    104: Meaning(AuthExpired, _RECONNECT),
    190: Meaning(AuthExpired, _RECONNECT),
    191: Meaning(Rejected, "The redirect address is not among those of the app; add it there."),
    341: Meaning(RateLimited, "The developer app has reached a limit."),
    368: Meaning(Rejected, "Facebook has blocked this Page from writing for a while."),
    506: Meaning(Rejected, "Facebook refuses the same text twice; change it."),
    551: Meaning(Rejected, _UNREACHABLE),
    613: Meaning(RateLimited, "The Page has made too many calls of this kind."),
    803: Meaning(Gone, _GONE),
    1200: Meaning(Unavailable, "Messenger has a passing fault."),
    1705: Meaning(AuthExpired, "The token is a person's and not the Page's; reconnect the Page."),
    2200: Meaning(Rejected, "Facebook could not reach Tanggap's webhook, or got a wrong answer."),
    10900: Meaning(Rejected, "This post already has its one private reply; answer in public."),
    10901: Meaning(Rejected, "This post is too old for a private reply; answer in public."),
    10902: Meaning(Rejected, _NO_PRIVATE_REPLY),
    10903: Meaning(Rejected, _NO_PRIVATE_REPLY),
    1455006: Meaning(Rejected, "Facebook refuses the same text twice; change it."),
    80001: Meaning(RateLimited, "The Page has used up its calls."),
    80002: Meaning(RateLimited, "The Page has used up its calls."),
    80006: Meaning(RateLimited, "The Page has used up its Messenger calls."),
}

BY_SUBCODE: Mapping[tuple[int, int], Meaning] = {
    (10, 2018065): Meaning(Rejected, _WINDOW),
    (10, 2018278): Meaning(Rejected, _WINDOW),
    (10, 2534022): Meaning(Rejected, _WINDOW),
    (100, 33): Meaning(Gone, _GONE),
    (100, 2018001): Meaning(Rejected, _UNREACHABLE),
    (100, 36007): Meaning(Rejected, _LOGIN_OVER),
    (100, 36008): Meaning(Rejected, _LOGIN_OVER),
    (100, 36009): Meaning(Rejected, _LOGIN_OVER),
    (190, 458): Meaning(AuthExpired, "The app was removed; reconnect the Page.", "revoked"),
    (190, 459): Meaning(
        AuthExpired, "Facebook stopped the person who connected the Page; they must log in there."
    ),
    (190, 460): Meaning(
        AuthExpired, "The person who connected the Page changed their password; reconnect."
    ),
    (190, 463): Meaning(AuthExpired, "The Page's token has expired; reconnect the Page."),
    (190, 464): Meaning(
        AuthExpired, "Facebook must first confirm the person who connected the Page."
    ),
    (190, 467): Meaning(AuthExpired, _RECONNECT, "revoked"),
    (190, 492): Meaning(
        AuthExpired,
        "The person who connected the Page has lost their role on it; give it back and reconnect.",
        "missing_scope",
    ),
    (200, 1545041): Meaning(Rejected, _UNREACHABLE),
    (200, 2018028): Meaning(AuthExpired, _NOT_APPROVED, "app_not_approved"),
    (200, 2018108): Meaning(Rejected, _UNREACHABLE),
}

_NEEDS_PERMISSION = Meaning(AuthExpired, _PERMISSION, "missing_scope")


def error_of(status: int, body: Payload, headers: Mapping[str, str]) -> ChannelError:
    """Make the error that a refusing answer stands for."""
    error = body.at("error") if isinstance(body.value, dict) else Payload(None)
    if not isinstance(error.value, dict):
        error = Payload({})
    code, subcode = loose_count(error, "code"), loose_count(error, "error_subcode")
    meaning = _meaning(code, subcode) or _by_status(status, error)
    name = f"{code}/{subcode}" if subcode else str(code if code is not None else status)
    said = both(meaning.text)
    text = {
        "en": f"{said['en']} (Facebook code {name})",
        "id": f"{said['id']} (kode Facebook {name})",
    }
    if issubclass(meaning.error, AuthExpired):
        return AuthExpired(text, meaning.cause)
    if issubclass(meaning.error, RateLimited):
        return RateLimited(pause(headers), text)
    if issubclass(meaning.error, Rejected):
        return meaning.error(text, name)
    return PassingFault(text, name)


def _meaning(code: int | None, subcode: int | None) -> Meaning | None:
    if code is None:
        return None
    if subcode is not None and (code, subcode) in BY_SUBCODE:
        return BY_SUBCODE[code, subcode]
    if 200 <= code <= 299:
        return _NEEDS_PERMISSION
    return BY_CODE.get(code)


def _by_status(status: int, error: Payload) -> Meaning:
    if status >= 500 or error.at("is_transient").value is True:
        return Meaning(Unavailable, "Facebook has a passing fault.")
    if status == 429:
        return Meaning(RateLimited, "Facebook asks to slow down.")
    if status == 401:
        return Meaning(AuthExpired, _RECONNECT)
    if status == 404:
        return Meaning(Gone, _GONE)
    return Meaning(Rejected, "Facebook refused the request.")
