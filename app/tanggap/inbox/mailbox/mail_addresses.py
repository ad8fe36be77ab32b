"""E-mail addresses: what is one, what people see of it, and how it is known again."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from tanggap.errors import TanggapError

LONGEST: Final = 254
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class UnfitAddressError(TanggapError):
    """What was typed is no address that a mail can be sent to."""


def read_address(written: str) -> str:
    """Read one address, such as ayu@example.com; a name beside it or several are refused.

    Raises `UnfitAddressError`.
    """
    local, at, domain = written.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise UnfitAddressError("this is not an e-mail address") from error
    address = f"{local}@{ascii_domain}"
    labels = ascii_domain.split(".")
    fits = (
        at
        and len(address) <= LONGEST
        and _LOCAL.fullmatch(local)
        and ".." not in local
        and not local.endswith(".")
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not fits:
        raise UnfitAddressError("this is not an e-mail address")
    return address


def mask_address(address: str) -> str:
    """Write an address so that its owner knows it and nobody else can write to it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def hash_address(address: str, key: str) -> str:
    """Give what an address is found again by, and what does not tell it."""
    return hmac.new(key.encode(), address.casefold().encode(), hashlib.sha256).hexdigest()
