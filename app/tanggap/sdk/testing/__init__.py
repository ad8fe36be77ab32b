"""The contract kit: what a plugin's tests are made of.

Not imported by `tanggap.sdk`; it needs pytest, and Werkzeug as simulators do. A plugin's
`tests/test_contract.py` is

    class TestContract(ChannelContract):
        channel = next(iter(tanggap_channels()))
        fixtures = Path(__file__).parent / "fixtures"
        simulator = create

and has all tests that apply to the parts of the channel. The rest is for the plugin's own tests.
"""

from __future__ import annotations

import pytest

# Assertions of the kit are explained as those of test files are.
pytest.register_assert_rewrite("tanggap.sdk.testing.contract")

from tanggap.sdk.testing.callback import Callback, listening  # noqa: E402 - see above
from tanggap.sdk.testing.contract import ChannelContract  # noqa: E402
from tanggap.sdk.testing.events import wrong_values  # noqa: E402
from tanggap.sdk.testing.fixtures import Fixture, read_fixtures  # noqa: E402
from tanggap.sdk.testing.http import Answer, FakeHttp, HostWatch, LoopbackHttp  # noqa: E402
from tanggap.sdk.testing.script import Script, app_of, connect, sign_in  # noqa: E402
from tanggap.sdk.testing.values import (  # noqa: E402
    Clock,
    english,
    make_account,
    make_app,
    reply_to,
    target_of,
)

__all__ = [
    "Answer",
    "Callback",
    "ChannelContract",
    "Clock",
    "FakeHttp",
    "Fixture",
    "HostWatch",
    "LoopbackHttp",
    "Script",
    "app_of",
    "connect",
    "english",
    "listening",
    "make_account",
    "make_app",
    "read_fixtures",
    "reply_to",
    "sign_in",
    "target_of",
    "wrong_values",
]
