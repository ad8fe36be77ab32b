from __future__ import annotations

from pathlib import Path

from tanggap.sdk.testing.contract import ChannelContract
from tanggap_facebook import tanggap_channels
from tanggap_facebook.simulator import create


class TestFacebook(ChannelContract):
    (channel,) = tanggap_channels()
    fixtures = Path(__file__).parent / "fixtures"
    simulator = create
