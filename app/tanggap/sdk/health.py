"""What a health check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tanggap.sdk.types import Text


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check found."""

    status: Literal["ok", "degraded", "down"]
    detail: Text = ""
