"""A local Facebook to try the channel against; needs the extra `simulator`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tanggap_facebook.simulator.platform import SimulatedFacebook

DEFAULT_PORT = 9002


def _now() -> datetime:
    return datetime.now(UTC)


def create(base_url: str, clock: Callable[[], datetime] = _now) -> SimulatedFacebook:
    """Make a Facebook that thinks it lives at `base_url`."""
    return SimulatedFacebook(base_url, clock)


__all__ = ["DEFAULT_PORT", "SimulatedFacebook", "create"]
