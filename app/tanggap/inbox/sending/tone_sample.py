"""Try a draft against a tone profile without a case and without sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tanggap.inbox.accounts.channel_apps import loaded_channel
from tanggap.inbox.sending.measuring import length_of
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import addressed
from tanggap.rules.answers import Situation, default_templates, suggest
from tanggap.rules.signature import with_initials
from tanggap.rules.tone import Draft, Finding, Profile, lint
from tanggap.sdk.types import Visibility

MAX_SAMPLE: Final = 5_000
SAMPLE_VALUES: Final = {
    "id": {
        "team": "Layanan Pelanggan",
        "deadline": "pukul 17.00 WIB",
        "topic": "gangguan di Bandung",
        "link": "https://contoh.example/bantuan",
        "answer": "layanannya sudah normal",
    },
    "en": {
        "team": "Customer Care",
        "deadline": "5 pm today",
        "topic": "the outage in Bandung",
        "link": "https://example.com/help",
        "answer": "the service is back",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A draft to try, and the post it would answer."""

    text: str
    visibility: Visibility = "public"
    label: str = "complaint"
    first_answer: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """What the linter says of a sample; `limit` is 0 where the channel sends no replies."""

    findings: Sequence[Finding]
    length: int
    limit: int


def limit_of(services: Services, channel_key: str, visibility: Visibility = "public") -> int:
    """Return the longest reply a channel takes; 0 where it sends none."""
    part = loaded_channel(services, channel_key).channel.replying
    if part is None:
        return 0
    private = part.private_max_length if visibility == "private" else None
    return private or part.max_length


def try_sample(
    services: Services, channel_key: str, profile: Profile, initials: str, sample: Sample
) -> Tried:
    """Hold a sample against a profile, counted as its platform counts, sign-off included."""
    part = loaded_channel(services, channel_key).channel.replying
    text = sample.text[:MAX_SAMPLE]
    public = sample.visibility == "public"
    sent = with_initials(text.strip(), initials) if public and initials else text.strip()
    length = length_of(services, channel_key, part, sent) if part else len(sent)
    limit = limit_of(services, channel_key, sample.visibility)
    draft = Draft(
        text=text,
        language=profile.language,
        visibility=sample.visibility,
        label=sample.label,
        customer_language=profile.language,
        first_answer=sample.first_answer,
        initials=initials,
        length=length,
        limit=limit,
    )
    return Tried(lint(draft, profile), length, limit)


def sample_text(channel_key: str, profile: Profile) -> str:
    """Fill in the template that a complaint's first answer would be suggested in this tone."""
    language = profile.language
    situation = Situation(
        language=language,
        label="complaint",
        channel=channel_key,
        formality=profile.formality,
        values={
            **SAMPLE_VALUES[language],
            "name": addressed("Rina", profile),
            "greeting": profile.greeting,
        },
    )
    return next((found.text for found in suggest(default_templates(), situation)), "")
