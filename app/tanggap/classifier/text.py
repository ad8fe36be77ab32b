"""Clean a post before it is tokenised, in training and in serving alike.

The functions take any `str`: lone surrogates, control characters, a megabyte of one letter.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

MAX_CHARACTERS: Final = 20_000
"""Longer posts are cut here; no connected platform accepts a comment of this length."""

USER_MASK: Final = "@user"
URL_MASK: Final = "http"
NUMBER_MASK: Final = "<NUM>"
EMAIL_MASK: Final = "<EMAIL>"

# Control characters other than white space, zero-width and direction marks, variation selectors,
# skin tones, tags and noncharacters: invisible, and a way to hide words from a filter.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\uffff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
_URL: Final = re.compile(
    r"(?:https?:/{0,2}|www\.|pic\.twitter\.com/)[^\s<>\"]*|<URL>", re.IGNORECASE
)
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_MENTION: Final = re.compile(r"@\w+|<(?:USERNAME|USER_MENTION)>")
_NUMBER: Final = re.compile(
    r"(?<![\w.,])(?:\+\d|0\d)(?:[ .-]?\d){7,15}(?!\d)|(?<![\w.,])\d{7,}(?![\w.,]\d)"
)
_CORPUS_MASK: Final = re.compile(r"<(?:PROVIDER_NAME|PRODUCT_NAME)>|\[unk\]", re.IGNORECASE)
_SPECIAL_TOKEN: Final = re.compile(r"<(/?(?:s|pad|unk|mask))>", re.IGNORECASE)
_RUN: Final = re.compile(r"(\S)\1{3,}")
_MENTION_RUN: Final = re.compile(rf"{USER_MASK}(?:\s+{USER_MASK})+")
_SPACE: Final = re.compile(r"\s+")
_MASKS: Final = re.compile(rf"{USER_MASK}|\b{URL_MASK}\b|{NUMBER_MASK}|{EMAIL_MASK}")

_QUOTES: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "..."})


def clean_text(text: str) -> str:
    """Return `text` normalised, with handles, addresses and long numbers masked.

    Strings that the tokenizer would read as special tokens lose their brackets, so that a post
    cannot end the sequence or mask a word.
    """
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")
    text = html.unescape(text).encode("utf-8", "ignore").decode("utf-8")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).translate(_QUOTES)
    text = _mask(text)
    if _is_shouted(text):
        text = _lower(text)
    text = _RUN.sub(r"\1\1\1", text)
    text = _SPECIAL_TOKEN.sub(r" \1 ", text)
    return _MENTION_RUN.sub(USER_MASK, _SPACE.sub(" ", text)).strip()


def has_content(cleaned: str) -> bool:
    """Tell whether a cleaned post holds a word, a number or an emoji beside its masks."""
    rest = _MASKS.sub(" ", cleaned)
    return any(_is_content(character) for character in rest)


def _mask(text: str) -> str:
    text = _URL.sub(URL_MASK, text)
    text = _EMAIL.sub(EMAIL_MASK, text)
    text = _MENTION.sub(USER_MASK, text)
    text = _CORPUS_MASK.sub(" ", text)
    return _NUMBER.sub(NUMBER_MASK, text)


def _is_shouted(text: str) -> bool:
    letters = [c for c in _MASKS.sub(" ", text) if c.isalpha()]
    return len(letters) >= 8 and sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _lower(text: str) -> str:
    """Lower everything but the masks; capitals cost three times the tokens and say little."""
    pieces = re.split(f"({NUMBER_MASK}|{EMAIL_MASK})", text)
    return "".join(p if p in {NUMBER_MASK, EMAIL_MASK} else p.lower() for p in pieces)


def _is_content(character: str) -> bool:
    return character.isalnum() or (
        character >= "\u2190" and unicodedata.category(character) == "So"
    )
