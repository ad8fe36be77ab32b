"""The tests that every channel passes; a plugin's test file names its channel and has them all."""

from __future__ import annotations

from tanggap.sdk.testing.contract.attaching import AttachingContract
from tanggap.sdk.testing.contract.declaration import DeclarationContract
from tanggap.sdk.testing.contract.knowing import KnowingContract
from tanggap.sdk.testing.contract.moderating import ModeratingContract
from tanggap.sdk.testing.contract.parsing import ParsingContract
from tanggap.sdk.testing.contract.receiving import ReceivingContract
from tanggap.sdk.testing.contract.replying import ReplyingContract
from tanggap.sdk.testing.contract.signatures import SignatureContract
from tanggap.sdk.testing.contract.trouble import TroubleContract


class ChannelContract(
    DeclarationContract,
    ParsingContract,
    SignatureContract,
    ReceivingContract,
    ReplyingContract,
    AttachingContract,
    ModeratingContract,
    KnowingContract,
    TroubleContract,
):
    """Subclass this as `Test...` and set `channel`, `fixtures` and `simulator`.

    Tests of parts that the channel lacks are not collected.
    """


__all__ = ["ChannelContract"]
