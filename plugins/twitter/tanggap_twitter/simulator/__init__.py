"""A local X to try the channel against; needs the extra `simulator`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tanggap.sdk.simulator import utc_now
from tanggap_twitter.fields import SELF_SERVE
from tanggap_twitter.limits import MAX_POST_LENGTH
from tanggap_twitter.simulator.platform import SimulatedX

DEFAULT_PORT = 9001


def create(
    base_url: str,
    clock: Callable[[], datetime] = utc_now,
    plan: str = SELF_SERVE,
    longest_post: int = MAX_POST_LENGTH,
) -> SimulatedX:
    """Make an X that thinks it lives at `base_url`.

    `plan` says which rules hold for the app, `longest_post` what its account may write.
    """
    return SimulatedX(base_url, clock, plan, longest_post)


__all__ = ["DEFAULT_PORT", "SimulatedX", "create"]
