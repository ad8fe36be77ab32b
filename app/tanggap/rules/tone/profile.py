"""Tone profiles: how an account sounds on its platform, in one language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from tanggap.sdk.types import Formality, ToneProfile

Part = Literal["acknowledge", "apologise", "next_step", "when", "thank", "answer"]

PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "complaint": ("acknowledge", "apologise", "next_step", "when"),
    "question": ("answer",),
    "feedback": ("thank",),
    "praise": ("thank",),
}
"""What a first answer must hold, by the label of the post it answers."""

_ADDRESS: Final[dict[tuple[str, Formality], tuple[str, ...]]] = {
    ("id", Formality.FORMAL): ("Anda", "Bapak", "Ibu", "Bapak/Ibu"),
    ("id", Formality.NEUTRAL): ("Anda", "Kakak", "Kak", "Bapak", "Ibu"),
    ("id", Formality.CASUAL): ("Kak", "Kakak", "Sobat"),
}
_WRONG_ADDRESS: Final[dict[tuple[str, Formality], tuple[str, ...]]] = {
    ("id", Formality.FORMAL): (
        *("kak", "kakak", "min", "gan", "sis", "bro", "bang", "bund", "sobat"),
        *("kamu", "lo", "lu", "elo", "situ", "say"),
    ),
    ("id", Formality.NEUTRAL): ("gan", "sis", "bro", "lo", "lu", "elo", "kamu", "situ", "say"),
    ("id", Formality.CASUAL): ("saudara", "saudari", "lo", "lu", "elo", "situ", "gan", "say"),
    ("en", Formality.FORMAL): ("hey", "guys", "mate", "buddy", "dude", "bro", "hun", "dear"),
    ("en", Formality.NEUTRAL): ("mate", "buddy", "dude", "bro", "hun"),
    ("en", Formality.CASUAL): ("sir/madam", "dude", "bro", "hun"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How answers sound.

    `address` are the forms that may be used for the customer (empty: any), `wrong_address` those
    that may not. `emoji`, `exclamations`, `hashtags` and `links` are the most of each, `target` is
    the length to aim at in the platform's count (0: none). `parts` are what a first answer must
    hold, by label.
    """

    language: str
    formality: Formality = Formality.NEUTRAL
    address: tuple[str, ...] = ()
    wrong_address: tuple[str, ...] = ()
    greeting: str = ""
    closing: str = ""
    emoji: int = 1
    exclamations: int = 1
    hashtags: int = 1
    links: int = 1
    target: int = 0
    initials: bool = True
    use: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    parts: tuple[tuple[str, tuple[Part, ...]], ...] = tuple(PARTS.items())

    def parts_for(self, label: str) -> tuple[Part, ...]:
        """Return what a first answer to a post of this label must hold."""
        return next((parts for key, parts in self.parts if key == label), ())


def default_profile(language: str, tone: ToneProfile | None = None) -> Profile:
    """Make a profile from what a channel's plugin says of its platform.

    The plugin gives formality, emoji, sign-off and words to avoid; the rest follows from the
    formality. Without a plugin's word the profile is neutral.
    """
    tone = tone or ToneProfile()
    formality = tone.formality
    profile = Profile(
        language=language,
        formality=formality,
        address=_ADDRESS.get((language, formality), ()),
        wrong_address=_WRONG_ADDRESS.get((language, formality), ()),
        closing=tone.sign_off.get(language, ""),
        emoji=2 if tone.emoji else 0,
        avoid=tuple(tone.avoid),
    )
    if formality is Formality.FORMAL:
        return replace(profile, exclamations=0, hashtags=0)
    return replace(profile, exclamations=2) if formality is Formality.CASUAL else profile


def with_formality(profile: Profile, formality: Formality) -> Profile:
    """Make a profile more or less formal; what was said of one's own words stays."""
    if formality is profile.formality:
        return profile
    other = default_profile(profile.language, ToneProfile(formality=formality))
    return replace(
        profile,
        formality=formality,
        address=other.address,
        wrong_address=other.wrong_address,
        greeting="",
        closing="",
        exclamations=min(profile.exclamations, other.exclamations),
        hashtags=min(profile.hashtags, other.hashtags),
        emoji=0 if formality is Formality.FORMAL else profile.emoji,
    )
