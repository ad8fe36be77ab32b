from __future__ import annotations

from pathlib import Path

from tanggap.sdk import Account
from tanggap.sdk.testing import ChannelContract, make_account
from tanggap_discourse import tanggap_channels
from tanggap_discourse.simulator import create


class TestContract(ChannelContract):
    (channel,) = tanggap_channels()
    fixtures = Path(__file__).parent / "fixtures"
    simulator = create

    def plain_account(self) -> Account:
        config = {"url": "https://forum.example.com", "username": "nusakirim"}
        return make_account(self.channel, "forum.example.com:7", config=config)
