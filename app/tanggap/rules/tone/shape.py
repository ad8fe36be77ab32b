"""Checks of a draft's shape: length, capitals, marks, links, sign-off, what was left unfilled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from tanggap.rules.tone.draft import Draft
from tanggap.rules.tone.findings import Finding, Fix
from tanggap.rules.tone.lexicon import SHORTENERS
from tanggap.rules.tone.profile import Profile

_EMOJI: Final = re.compile(
    "[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff](?:[\ufe0f\U0001f3fb-\U0001f3ff]"
    "|\u200d[\u2600-\u27bf\U0001f000-\U0001faff])*"
)
_EXCLAMATION: Final = re.compile(r"!+")
_HASHTAG: Final = re.compile(r"(?<![\w&#/])#\w+")
_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w@.])[\w-]+\.(?:ly|id|gl|cc|at)/\w+"
)
_PLACEHOLDER: Final = re.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\{%[^{}\n]{0,60}%\}|\{[a-z_ ]{1,40}\}|\[[A-Z_ ]{2,40}\]|<[a-z_ ]{2,40}>"
    r"|\b[xX]{3,}\b|_{3,}",
)
_SHOUTED: Final = re.compile(r"\b[A-Z]{2,}(?:[\s,]+[A-Z]{2,}){2,}\b")
_INITIALS: Final = re.compile(r"(?<!\S)\^[^\W\d_]{1,4}(?!\w)")


def check_shape(draft: Draft, profile: Profile) -> Iterator[Finding]:
    """Yield what is wrong with the draft's outer form."""
    yield from _length(draft, profile)
    yield from _shouting(draft)
    yield from _too_many(draft, profile)
    yield from _links(draft)
    yield from _unfilled(draft)
    yield from _sign_off(draft, profile)


def _length(draft: Draft, profile: Profile) -> Iterator[Finding]:
    if draft.limit and draft.length > draft.limit:
        over = draft.length - draft.limit
        yield Finding(
            "too_long",
            {
                "id": f"Terlalu panjang: {draft.length} dari {draft.limit}. Kurangi {over}.",
                "en": f"Too long: {draft.length} of {draft.limit}. Cut {over}.",
            },
        )
    elif profile.target and draft.length > profile.target:
        yield Finding(
            "longer_than_usual",
            {
                "id": f"Lebih panjang dari biasanya di sini ({profile.target}). Bisa diringkas?",
                "en": f"Longer than usual here ({profile.target}). Can it be shorter?",
            },
        )


def _shouting(draft: Draft) -> Iterator[Finding]:
    for match in _SHOUTED.finditer(draft.text):
        words = match[0]
        yield Finding(
            "shouting",
            {
                "id": f"“{words}” terbaca seperti berteriak. Pakai huruf kecil.",
                "en": f"“{words}” reads as shouting. Use small letters.",
            },
            *match.span(),
            fix=Fix(*match.span(), words.lower()),
        )


def _too_many(draft: Draft, profile: Profile) -> Iterator[Finding]:
    for pattern, code, most, name in (
        (_EMOJI, "emoji", profile.emoji, {"id": "emoji", "en": "emoji"}),
        (
            _EXCLAMATION,
            "exclamations",
            profile.exclamations,
            {"id": "tanda seru", "en": "exclamation mark"},
        ),
        (_HASHTAG, "hashtags", profile.hashtags, {"id": "tagar", "en": "hashtag"}),
        (_LINK, "links", profile.links, {"id": "tautan", "en": "link"}),
    ):
        for match in list(pattern.finditer(draft.text))[most : most + 1]:
            replacement = "." if code == "exclamations" else ""
            safe = code in {"emoji", "exclamations"}
            yield Finding(
                f"too_many_{code}",
                {
                    "id": _most(most, name["id"], "id"),
                    "en": _most(most, name["en"], "en"),
                },
                *match.span(),
                fix=Fix(*match.span(), replacement) if safe else None,
            )


def _most(most: int, name: str, language: str) -> str:
    if language == "id":
        return f"Paling banyak {most} {name} di akun ini." if most else f"Tanpa {name} di akun ini."
    return f"At most {most} {name} on this account." if most else f"No {name} on this account."


def _links(draft: Draft) -> Iterator[Finding]:
    for match in _LINK.finditer(draft.text):
        link = match[0] if "://" in match[0] else f"https://{match[0]}"
        try:
            host = (urlsplit(link).hostname or "").removeprefix("www.")
        except ValueError:
            continue
        if host in SHORTENERS:
            yield Finding(
                "short_link",
                {
                    "id": f"{host} menyembunyikan tujuan tautan. Pakai alamat lengkap.",
                    "en": f"{host} hides where the link goes. Use the full address.",
                },
                *match.span(),
            )


def _unfilled(draft: Draft) -> Iterator[Finding]:
    for match in _PLACEHOLDER.finditer(draft.text):
        yield Finding(
            "unfilled",
            {
                "id": f"“{match[0]}” belum diisi.",
                "en": f"“{match[0]}” is still to be filled in.",
            },
            *match.span(),
        )


def _sign_off(draft: Draft, profile: Profile) -> Iterator[Finding]:
    if draft.visibility != "public" or not profile.initials:
        return
    if not draft.initials:
        yield Finding(
            "no_initials",
            {
                "id": "Anda belum punya inisial, jadi balasan ini tanpa tanda nama. Isi di profil.",
                "en": "You have no initials, so this reply goes out unsigned. Set them in your "
                "profile.",
            },
        )
    own = f"^{draft.initials}".casefold()
    for match in _INITIALS.finditer(draft.text):
        if draft.initials and match[0].casefold() != own:
            yield Finding(
                "foreign_initials",
                {
                    "id": f"{match[0]} bukan inisial Anda (^{draft.initials}).",
                    "en": f"{match[0]} are not your initials (^{draft.initials}).",
                },
                *match.span(),
                fix=Fix(*match.span(), f"^{draft.initials}"),
            )
