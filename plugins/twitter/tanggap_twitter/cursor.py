"""Where a poll stands, as the text that the core keeps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

Step = Literal["mentions", "quotes", "messages"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest ids of the last full drain of each kind, and of the one under way."""

    step: Step = "mentions"
    post: int = 0
    quote: int = 0
    message: int = 0
    newest: int = 0
    token: str = ""

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Read a cursor; one that is not ours starts anew, which doubles nothing."""
        try:
            found = json.loads(text or "{}")
            step: Step = next((step for step in STEPS if step == found.get("step")), "mentions")
            post, quote, message, newest = (
                int(found.get(name, 0)) for name in ("post", "quote", "message", "newest")
            )
            return cls(step, post, quote, message, newest, str(found.get("token", "")))
        except (ValueError, TypeError, AttributeError, OverflowError):
            return cls()

    def write(self) -> str:
        """Write it as the text that the core keeps."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def drained_to(self, newest: int) -> Cursor:
        """End the drain of this step."""
        done = replace(self, newest=0, token="")
        if self.step == "quotes":
            return replace(done, quote=newest)
        if self.step == "messages":
            return replace(done, message=newest)
        return replace(done, post=newest)
