"""Checks of a draft's words: formality, address, the brand's own rules, promises, language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tanggap.rules.tone.draft import Draft
from tanggap.rules.tone.findings import Finding, Fix
from tanggap.rules.tone.formality import sound_of
from tanggap.rules.tone.holding import only_acknowledges
from tanggap.rules.tone.language import guess_language
from tanggap.rules.tone.lexicon import PART_NAMES, PARTS, PROMISES
from tanggap.rules.tone.profile import Profile
from tanggap.rules.tone.words import count_words, find_phrases, has_phrase
from tanggap.sdk.types import Formality

_SHOWN: Final = 4
"""Words that are named in a finding; more would not be read."""

_ENOUGH_WORDS: Final = 4
"""Shorter drafts have no tone to speak of."""

_LANGUAGES: Final = {
    "id": {"id": "bahasa Indonesia", "en": "Indonesian"},
    "en": {"id": "bahasa Inggris", "en": "English"},
}


def check_wording(draft: Draft, profile: Profile) -> Iterator[Finding]:
    """Yield what is wrong with the draft's words."""
    yield from _language(draft)
    yield from _formality(draft, profile)
    yield from _address(draft, profile)
    yield from _avoided(draft, profile)
    yield from _promises(draft, profile)
    yield from _missing_parts(draft, profile)
    yield from _holding(draft)


def _language(draft: Draft) -> Iterator[Finding]:
    wanted, written = draft.customer_language, guess_language(draft.text)
    if wanted in _LANGUAGES and written and written != wanted:
        customer, reply = _LANGUAGES[wanted], _LANGUAGES[written]
        yield Finding(
            "wrong_language",
            {
                "id": f"Pelanggan menulis dalam {customer['id']}, balasan ini dalam {reply['id']}.",
                "en": f"The customer wrote in {customer['en']}, this reply is in {reply['en']}.",
            },
        )


def _formality(draft: Draft, profile: Profile) -> Iterator[Finding]:
    if profile.formality is Formality.NEUTRAL or count_words(draft.text) < _ENOUGH_WORDS:
        return
    sound = sound_of(draft.text, draft.language)
    if profile.formality is Formality.FORMAL and sound.formality is not Formality.FORMAL:
        words = _named(sound.casual)
        if words:
            yield Finding(
                "too_casual",
                {
                    "id": f"Terlalu santai untuk akun ini: {words}.",
                    "en": f"Too casual for this account: {words}.",
                },
                *sound.casual[0].span(),
            )
    elif profile.formality is Formality.CASUAL and sound.formality is Formality.FORMAL:
        words = _named(sound.formal)
        yield Finding(
            "too_formal",
            {
                "id": f"Terlalu kaku untuk akun ini: {words}.",
                "en": f"Too stiff for this account: {words}.",
            },
            *sound.formal[0].span(),
        )


def _address(draft: Draft, profile: Profile) -> Iterator[Finding]:
    instead = profile.address[0] if profile.address else ""
    for match in find_phrases(draft.text, profile.wrong_address):
        advice = {"id": f" Pakai {instead}.", "en": f" Use {instead}."} if instead else {}
        yield Finding(
            "wrong_address",
            {
                "id": f"Akun ini tidak menyapa dengan “{match[0]}”.{advice.get('id', '')}",
                "en": f"This account does not say “{match[0]}”.{advice.get('en', '')}",
            },
            *match.span(),
            fix=Fix(*match.span(), instead) if instead else None,
        )


def _avoided(draft: Draft, profile: Profile) -> Iterator[Finding]:
    known = {phrase.casefold() for phrase in profile.wrong_address}
    avoided = [phrase for phrase in profile.avoid if phrase.casefold() not in known]
    for phrases, code in ((avoided, "avoided"), (draft.forbidden, "forbidden")):
        for match in find_phrases(draft.text, phrases):
            yield Finding(
                code,
                {
                    "id": f"“{match[0]}” tidak dipakai di akun ini.",
                    "en": f"“{match[0]}” is not used on this account.",
                },
                *match.span(),
            )


def _promises(draft: Draft, profile: Profile) -> Iterator[Finding]:
    phrases = (*PROMISES.get(draft.language, ()), *profile.promises)
    for match in find_phrases(draft.text, phrases):
        yield Finding(
            "promise",
            {
                "id": f"“{match[0]}” mengikat perusahaan. Pastikan Anda boleh menjanjikannya.",
                "en": f"“{match[0]}” binds the company. Make sure you may promise it.",
            },
            *match.span(),
        )


def _missing_parts(draft: Draft, profile: Profile) -> Iterator[Finding]:
    if not draft.first_answer:
        return
    missing = [
        PART_NAMES[part]
        for part in profile.parts_for(draft.label)
        if (phrases := PARTS.get(part, {}).get(draft.language))
        and not has_phrase(draft.text, phrases)
    ]
    if missing:
        yield Finding(
            "missing_parts",
            {
                "id": f"Jawaban pertama belum memuat {_listed(missing, 'id')}.",
                "en": f"The first answer lacks {_listed(missing, 'en')}.",
            },
        )


def _holding(draft: Draft) -> Iterator[Finding]:
    if draft.first_answer and only_acknowledges(draft.text, draft.language):
        yield Finding(
            "only_acknowledges",
            {
                "id": "Ini dihitung sebagai tanda terima saja: waktu untuk jawaban pertama tetap "
                "berjalan.",
                "en": "This counts as an acknowledgement only: the clock for the first answer "
                "goes on.",
            },
        )


def _listed(names: Sequence[Mapping[str, str]], language: str) -> str:
    return ", ".join(name[language] for name in names)


def _named(matches: Sequence[re.Match[str]]) -> str:
    found = dict.fromkeys(match[0] for match in matches)
    return ", ".join(f"“{word}”" for word in list(found)[:_SHOWN])
