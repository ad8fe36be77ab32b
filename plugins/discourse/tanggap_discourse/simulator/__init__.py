"""A local Discourse to try the channel against; needs the extra `simulator`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tanggap.sdk.simulator import utc_now
from tanggap_discourse.simulator.platform import SimulatedDiscourse

DEFAULT_PORT = 9004


def create(base_url: str, clock: Callable[[], datetime] = utc_now) -> SimulatedDiscourse:
    """Make a forum that thinks it lives at `base_url`."""
    return SimulatedDiscourse(base_url, clock)


__all__ = ["DEFAULT_PORT", "SimulatedDiscourse", "create"]
