"""A local Echo to try the channel against; needs the extra `simulator`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tanggap.sdk.simulator import utc_now

from tanggap_echo.simulator.platform import SimulatedEcho

DEFAULT_PORT = 9010


def create(base_url: str, clock: Callable[[], datetime] = utc_now) -> SimulatedEcho:
    """Make an Echo that thinks it lives at `base_url`."""
    return SimulatedEcho(base_url, clock)


__all__ = ["DEFAULT_PORT", "SimulatedEcho", "create"]
