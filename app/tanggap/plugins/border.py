"""Check what plugins return: a value of the wrong type is the plugin's fault, not our crash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from tanggap.plugins.border_fields import RULES, is_moment, kind_of, words
from tanggap.plugins.spoken import plain, plain_words, said
from tanggap.sdk.attaching import Attachable
from tanggap.sdk.channel import Profile
from tanggap.sdk.errors import (
    AuthExpired,
    ChannelError,
    InvalidConfig,
    InvalidPayload,
    RateLimited,
    Rejected,
)
from tanggap.sdk.health import Health
from tanggap.sdk.inviting import Invitation
from tanggap.sdk.types import Account, Event, Page, Refusal, SentReply, Token, Unreadable
from tanggap.sdk.words import Words
from tanggap.store.storable import storable

MOST_EVENTS: Final = 100_000
LONGEST_WAIT: Final = timedelta(days=366)
LONGEST_ID: Final = 255
"""What the tables hold of an id."""
_TEXTS: Final[Mapping[type[ChannelError], Sequence[str]]] = {
    AuthExpired: ("cause",),
    InvalidConfig: ("field",),
    InvalidPayload: ("path", "expected"),
    Rejected: ("code",),
}
"""What errors carry beside their message."""


T = TypeVar("T")


class RubbishError(TypeError):
    """A plugin returned something that its part does not promise."""


def checked_events(events: object) -> list[Event]:
    """Keep the events that are well-formed; every other one becomes `Unreadable`."""
    found = _sequence(events, "events")
    if len(found) > MOST_EVENTS:
        raise RubbishError(f"{len(found)} events at once, at most {MOST_EVENTS} are taken")
    return [_event(event, f"events[{number}]") for number, event in enumerate(found)]


def checked_page(page: object) -> Page:
    """Check a page of a poll."""
    page = _instance(page, Page, "a Page")
    if page.cursor is not None:
        _instance(page.cursor, str, "text as cursor")
    _instance(page.more, bool, "yes or no as more")
    if not isinstance(page.read_ids, Mapping):
        raise RubbishError(f"expected read_ids by kind, got {kind_of(page.read_ids)}")
    reads = {
        _instance(kind, str, "texts as kinds of read_ids"): tuple(
            _instance(id_, str, "texts as read_ids") for id_ in _sequence(ids, "read_ids")
        )
        for kind, ids in page.read_ids.items()
    }
    return Page(checked_events(page.events), page.cursor, page.more, reads)


def checked_profiles(profiles: object) -> list[Profile]:
    """Check what a platform told of authors."""
    found = [_instance(one, Profile, "a Profile") for one in _sequence(profiles, "profiles")]
    for profile in found:
        _well_formed(profile, "profile")
    return found


def checked_receipt(receipt: object) -> SentReply:
    """Check the receipt of a reply."""
    receipt = _instance(receipt, SentReply, "a SentReply")
    if not _instance(receipt.external_id, str, "text as external_id"):
        raise RubbishError("expected the external_id of what was sent, got none")
    url = None if receipt.url is None else storable(_instance(receipt.url, str, "text as url"))
    return SentReply(storable(receipt.external_id, LONGEST_ID), url)


def checked_found(receipt: object) -> SentReply | None:
    """Check what `find_sent` found."""
    return None if receipt is None else checked_receipt(receipt)


def checked_token(token: object) -> Token:
    """Check a token."""
    token = _instance(token, Token, "a Token")
    _well_formed(token, "token")
    return token


def checked_accounts(accounts: object) -> list[Account]:
    """Check the accounts that were offered."""
    found = [_instance(one, Account, "an Account") for one in _sequence(accounts, "accounts")]
    for account in found:
        _well_formed(account, "account")
        checked_token(account.token)
    return found


def checked_health(health: object) -> Health:
    """Check what a health check says."""
    health = _instance(health, Health, "a Health")
    if health.status not in ("ok", "degraded", "down"):
        raise RubbishError(f"expected ok, degraded or down as status, got {health.status!r}")
    if not words(health.detail):
        raise RubbishError(f"expected words as detail, got {kind_of(health.detail)}")
    return Health(health.status, Words(plain_words(health.detail)))


def checked_challenge(answer: object) -> tuple[str, str] | None:
    """Check the answer to a webhook's challenge."""
    if answer is None:
        return None
    if isinstance(answer, tuple) and [type(part) for part in answer] == [str, str]:
        return (answer[0], answer[1])
    raise RubbishError(f"expected (content type, body) or None, got {kind_of(answer)}")


def checked_length(length: object) -> int:
    """Check the length of a text."""
    length = _instance(length, int, "a number")
    if length < 0:
        raise RubbishError(f"expected a length, got {length}")
    return length


def checked_parts(parts: object) -> list[str]:
    """Check the parts of a text that was cut."""
    found = [_instance(part, str, "texts as parts") for part in _sequence(parts, "parts")]
    if not found or not all(part.strip() for part in found):
        raise RubbishError("expected parts that are not empty")
    return found


def checked_refusal(refusal: object) -> Refusal | None:
    """Check why a reply is refused."""
    if refusal is None:
        return None
    refusal = _instance(refusal, Refusal, "a Refusal or None")
    _instance(refusal.code, str, "text as code")
    if not words(refusal.message):
        raise RubbishError(f"expected words as message, got {kind_of(refusal.message)}")
    if refusal.instead not in (None, "public", "private"):
        raise RubbishError(f"expected public, private or None as instead, got {refusal.instead!r}")
    code, message = storable(refusal.code), plain_words(refusal.message)
    return replace(refusal, code=code, message=message)


def checked_invitation(found: object) -> Invitation | Refusal:
    """Check how a customer is invited to go on in private, or why not."""
    if isinstance(found, Refusal):
        return checked_refusal(found) or found
    invitation = _instance(found, Invitation, "an Invitation or a Refusal")
    _well_formed(invitation, "invitation")
    return invitation


def checked_attachable(found: object) -> Attachable | Refusal:
    """Check what an answer may carry, or why nothing."""
    if isinstance(found, Refusal):
        return checked_refusal(found) or found
    attachable = _instance(found, Attachable, "an Attachable or a Refusal")
    for figure in (attachable.most, attachable.max_bytes, attachable.max_description):
        checked_length(figure)
    _instance(attachable.apart, bool, "yes or no as apart")
    for name in _sequence(attachable.media_types, "media_types"):
        _instance(name, str, "texts as media_types")
    return attachable


def checked_end(end: object) -> datetime | None:
    """Check until when something can be done."""
    if end is not None and not is_moment(end):
        raise RubbishError(f"expected a moment with its time zone or None, got {kind_of(end)}")
    return end if isinstance(end, datetime) else None


def checked_flag(flag: object) -> bool:
    """Check a yes or no."""
    return _instance(flag, bool, "yes or no")


def checked_address(url: object) -> str:
    """Check an address that a browser is sent to."""
    url = _instance(url, str, "an address")
    if not url.startswith(("https://", "http://")):
        raise RubbishError(f"expected an address, got {url[:100]!r}")
    return url


def checked_error(error: ChannelError, given: Sequence[object] = ()) -> Exception:
    """Check what a plugin raised on purpose; gives what is wrong with it, if anything is.

    Its words are made such that they can be kept and show no secret of what the call was given.
    """
    message: object = getattr(error, "message", None)
    if not words(message):
        return RubbishError(f"expected words as message, got {kind_of(message)}")
    error.message = plain_words(error.message, given)
    kinds = [kind for kind in _TEXTS if isinstance(error, kind)]
    for name in (name for kind in kinds for name in _TEXTS[kind]):
        value: object = getattr(error, name, None)
        if not isinstance(value, str):
            return RubbishError(f"expected text as {name}, got {kind_of(value)}")
        setattr(error, name, plain(value, given))
    if not _tellable(error, given):
        return RubbishError(f"its own words cannot be told: {said(error)}")
    if isinstance(error, RateLimited):
        pause: object = error.retry_after
        if not isinstance(pause, timedelta):
            return RubbishError(f"expected a timedelta as retry_after, got {kind_of(pause)}")
        error.retry_after = min(error.retry_after, LONGEST_WAIT)
    return error


def nothing(_result: object) -> None:
    """Take no notice of a result that means nothing."""


CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "health": checked_health,
    "oauth.authorize_url": checked_address,
    "oauth.exchange": checked_token,
    "oauth.list_accounts": checked_accounts,
    "oauth.refresh": checked_token,
    "connecting.connect": checked_accounts,
    "webhook.verify": nothing,
    "webhook.challenge": checked_challenge,
    "webhook.parse": checked_events,
    "webhook.subscribe": nothing,
    "webhook.unsubscribe": nothing,
    "oauth.revoke": nothing,
    "polling.fetch": checked_page,
    "profiles.look_up": checked_profiles,
    "rechecking.look_up": checked_page,
    "rechecking.wanted": checked_flag,
    "replying.send": checked_receipt,
    "replying.find_sent": checked_found,
    "replying.measure": checked_length,
    "replying.check": checked_refusal,
    "replying.split": checked_parts,
    "replying.limit": checked_length,
    "replying.closes": checked_end,
    "replying.invite": checked_invitation,
    "replying.attaching": checked_attachable,
    "moderating.allows": checked_flag,
    "moderating.act": nothing,
    "rule_action.run": nothing,
}
"""What each operation must return, by the name it is called by."""


def _tellable(error: ChannelError, given: Sequence[object]) -> bool:
    try:
        return plain(str(error), given) == str(error)
    except (Exception, SystemExit):
        return False


def _instance(value: object, kind: type[T], expected: str) -> T:
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise RubbishError(f"expected {expected}, got {kind_of(value)}")


def _sequence(value: object, what: str) -> Sequence[Any]:
    if isinstance(value, list | tuple):
        return value
    raise RubbishError(f"expected a list of {what}, got {kind_of(value)}")


def _event(event: object, path: str) -> Event:
    if type(event) not in RULES:
        return Unreadable(path=path, reason=f"the plugin gave {kind_of(event)}, which is no event")
    for name, fits in RULES[type(event)]:
        if not fits(getattr(event, name)):
            got = kind_of(getattr(event, name))
            return Unreadable(path=f"{path}.{name}", reason=f"the plugin gave {got}")
    return event  # type: ignore[return-value]  # its type is one of the rules' keys


def _well_formed(value: object, what: str) -> None:
    for name, fits in RULES[type(value)]:
        if not fits(getattr(value, name)):
            raise RubbishError(f"{what}.{name} is {kind_of(getattr(value, name))}")
