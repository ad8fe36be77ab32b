"""Read and write hours and skills as people type them."""

from __future__ import annotations

import re
from typing import Final

from tanggap.inbox.people.people import UnfitError
from tanggap.inbox.people.shifts import Span
from tanggap.store.staff import DAY_MINUTES

SKILLS_MOST: Final = 50
SKILL_LONGEST: Final = 50
SPANS_MOST: Final = 4
_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})")


def read_spans(weekday: int, written: str, field: str) -> list[Span]:
    """Read hours as people write them: 08:00-12:00, 13.00-17.00; raises `UnfitError`."""
    spans = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;]", written))):
        match = _SPAN.fullmatch(part)
        numbers = [int(number) for number in match.groups()] if match else []
        if not numbers or numbers[0] > 23 or numbers[2] > 24 or max(numbers[1::2]) > 59:
            raise UnfitError(field, f"{part!r} is not a span such as 08:00-17:00")
        starts, ends = numbers[0] * 60 + numbers[1], (numbers[2] * 60 + numbers[3]) % DAY_MINUTES
        spans.append(Span(weekday, starts, ends))
    if len(spans) > SPANS_MOST:
        raise UnfitError(field, f"at most {SPANS_MOST} spans a day")
    return sorted(spans, key=lambda span: span.starts)


def write_span(span: Span, *, day: bool = False) -> str:
    """Write hours as people read them."""
    times = f"{span.starts // 60:02}:{span.starts % 60:02}-{span.ends // 60:02}:{span.ends % 60:02}"
    return f"{span.weekday + 1} {times}" if day else times


def read_skills(written: str) -> tuple[str, ...]:
    """Read skills separated by commas or lines, each once."""
    words = (" ".join(word.split()) for word in re.split(r"[,;\n]", written))
    known = {word.casefold(): word for word in words if word}
    if len(known) > SKILLS_MOST or any(len(word) > SKILL_LONGEST for word in known):
        raise UnfitError(
            "products", f"at most {SKILLS_MOST} skills of at most {SKILL_LONGEST} characters"
        )
    return tuple(known.values())
