"""Tell whether an account and its webhook work."""

from __future__ import annotations

from collections.abc import Mapping

from tanggap.sdk import Account, ChannelError, Health, Http, RateLimited, Unavailable
from tanggap_twitter.client import Client
from tanggap_twitter.oauth import who_am_i
from tanggap_twitter.webhook import webhook_trouble


def health(account: Account, http: Http) -> Health:
    """Ask X who we are, and whether our webhook is switched on."""
    try:
        me = who_am_i(Client.of(account, http))
    except (RateLimited, Unavailable) as error:
        return Health("degraded", error.message)
    except ChannelError as error:
        return Health("down", error.message)
    name = me.text("username")
    if me.id("id") != account.external_id:
        return Health(
            "down",
            {
                "en": f"The token is for @{name}: connect the account again.",
                "id": f"Token ini milik @{name}: sambungkan kembali akunnya.",
            },
        )
    trouble = _webhook_trouble(account, http)
    connected = {"en": f"Connected as @{name}.", "id": f"Tersambung sebagai @{name}."}
    if not trouble:
        return Health("ok", connected)
    said = {language: f"{said} {trouble[language]}" for language, said in connected.items()}
    return Health("degraded", said)


def _webhook_trouble(account: Account, http: Http) -> Mapping[str, str]:
    try:
        return webhook_trouble(account, http)
    except ChannelError as error:
        return {
            "en": f"The webhook could not be checked: {error}",
            "id": f"Webhook tidak bisa diperiksa: {error}",
        }
