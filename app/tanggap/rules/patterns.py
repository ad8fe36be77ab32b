"""Regular expressions in conditions: refused where Rust's engine would refuse or be slow."""

from __future__ import annotations

import math
import re
from typing import Final

import cel

from tanggap.rules.tokens import Fault, Token

MAX_REPEATS: Final = 30
_REPEAT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")


def check_pattern(written: Token) -> None:
    """Refuse a pattern that is wrong, or slow to build at every post."""
    try:
        cel.evaluate(f"''.matches({written.source})")
    except RuntimeError as error:
        reason = str(error).rpartition("error: ")[2].split("\n")[0].partition(". Check")[0]
        raise Fault(written.at, f"the pattern is wrong: {reason}", "Mend the pattern.") from error
    repeats = [int(high or low) for low, high in _REPEAT.findall(written.source)]
    if math.prod(repeats) > MAX_REPEATS:
        raise Fault(
            written.at,
            f"the pattern repeats parts {math.prod(repeats)} times, at most {MAX_REPEATS}",
            "Use + or * instead of a count.",
        )
