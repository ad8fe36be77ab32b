"""A local LinkedIn to try the channel against; needs the extra `simulator`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tanggap.sdk.simulator.engine import utc_now
from tanggap_linkedin.simulator.platform import SimulatedLinkedIn

DEFAULT_PORT = 9003


def create(base_url: str, clock: Callable[[], datetime] = utc_now) -> SimulatedLinkedIn:
    """Make a LinkedIn that thinks it lives at `base_url`."""
    return SimulatedLinkedIn(base_url, clock)


__all__ = ["DEFAULT_PORT", "SimulatedLinkedIn", "create"]
