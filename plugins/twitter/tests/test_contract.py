from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tanggap.sdk import IncomingPost
from tanggap.sdk.testing import ChannelContract, Script
from tanggap.sdk.testing.contract.arrivals import Arrived, post_of
from tanggap_twitter import tanggap_channels
from tanggap_twitter.fields import ENTERPRISE
from tanggap_twitter.simulator import create


class TestContract(ChannelContract):
    (channel,) = tanggap_channels()
    fixtures = Path(__file__).parent / "fixtures"
    # the plan on which everything is allowed
    simulator = partial(create, plan=ENTERPRISE)

    @pytest.fixture
    def incoming(self, script: Script, arrived: Arrived) -> IncomingPost:
        """Have a customer answer one of our posts, which is all that X lets us hide."""
        news = script.write("Kabar dari kami", "post", "brand")
        text = "@nusakirim paket saya belum sampai, mohon dicek"
        return post_of(arrived(), script.write(text, "reply", in_reply_to=news))
