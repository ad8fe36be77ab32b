"""Say whether the account works, and what the observers have seen."""

from __future__ import annotations

from tanggap.sdk import Account, Health, Http

from tanggap_echo.client import Client
from tanggap_echo.observers import tally


def check(account: Account, http: Http) -> Health:
    """Ask Echo who we are; what it raises tells the core what is wrong."""
    Client.of(account, http).call("GET", "me")
    seen = tally()
    if not seen:
        return Health("ok")
    return Health("ok", f"{seen['triaged']} posts triaged, {seen['answered']} answered")
