"""Make what plugins say fit to be kept and shown: storable, without the secrets of the call."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote_plus

from tanggap.sdk.types import Account, AppCredentials, Text, Token
from tanggap.store.storable import storable

SHORTEST_SECRET: Final = 6
"""What is shorter may be a word of the message and hides nothing."""
MASK: Final = "***"


class Failed(Exception):
    """What a plugin raised and should not, told without the secrets of the call."""

    def __init__(self, error: BaseException, given: Iterable[object] = ()) -> None:
        given = tuple(given)
        super().__init__(f"{type(error).__name__}: {plain(said(error), given)}")
        self.kind = type(error)
        self.trace = plain("".join(traceback.format_exception(error)), given)


def said(error: BaseException) -> str:
    """Give the words of an exception, also of one that fails when it is asked for them."""
    try:
        return str(error)
    except (Exception, SystemExit) as failure:
        return f"its __str__ raised {type(failure).__name__}"


def plain(text: str, given: Iterable[object] = ()) -> str:
    """Write a text so that it can be stored and shows no secret of what a call was given."""
    held = {one for secret in _secrets(given) for one in (secret, quote_plus(secret))}
    for secret in sorted(held, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return storable(text)


def plain_words(words: Text, given: Iterable[object] = ()) -> Text:
    """Do the same with words for people in any number of languages."""
    if isinstance(words, str):
        return plain(words, given)
    return {language: plain(text, given) for language, text in words.items()}


def _secrets(given: Iterable[object]) -> Iterator[str]:
    for value in given:
        if isinstance(value, Account):
            yield from _secrets((value.token, value.app))
        held: Iterable[str | None] = ()
        if isinstance(value, Token):
            held = (value.access_token, value.refresh_token)
        elif isinstance(value, AppCredentials):
            held = value.secrets.values()
        yield from (one for one in held if one and len(one) >= SHORTEST_SECRET)
