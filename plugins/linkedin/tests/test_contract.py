from __future__ import annotations

from pathlib import Path

from tanggap.sdk.testing.contract import ChannelContract
from tanggap_linkedin import tanggap_channels
from tanggap_linkedin.simulator import create


class TestLinkedIn(ChannelContract):
    (channel,) = tanggap_channels()
    fixtures = Path(__file__).parent / "fixtures"
    simulator = create
