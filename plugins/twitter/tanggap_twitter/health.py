"""Tell whether an account and its webhook work."""

from __future__ import annotations

from tanggap.sdk import Account, ChannelError, Health, Http, RateLimited, Unavailable
from tanggap_twitter.client import Client
from tanggap_twitter.oauth import who_am_i
from tanggap_twitter.webhook import webhook_trouble


def health(account: Account, http: Http) -> Health:
    """Ask X who we are, and whether our webhook is switched on."""
    try:
        me = who_am_i(Client.of(account, http))
    except (RateLimited, Unavailable) as error:
        return Health("degraded", str(error))
    except ChannelError as error:
        return Health("down", str(error))
    name = me.text("username")
    if me.id("id") != account.external_id:
        return Health("down", f"The token is for @{name}: connect the account again.")
    trouble = _webhook_trouble(account, http)
    if trouble:
        return Health("degraded", f"Connected as @{name}. {trouble}")
    return Health("ok", f"Connected as @{name}.")


def _webhook_trouble(account: Account, http: Http) -> str:
    try:
        return webhook_trouble(account, http)
    except ChannelError as error:
        return f"The webhook could not be checked: {error}"
