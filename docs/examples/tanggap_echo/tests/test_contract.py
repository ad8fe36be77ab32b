from pathlib import Path

from tanggap.sdk.testing import ChannelContract

from tanggap_echo import tanggap_channels
from tanggap_echo.simulator import create


class TestContract(ChannelContract):
    channel = next(iter(tanggap_channels()))
    fixtures = Path(__file__).parent / "fixtures"
    simulator = create
