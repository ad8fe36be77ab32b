"""Say whether the key still works and still speaks for the same user."""

from __future__ import annotations

from tanggap.sdk import Account, Health, Http
from tanggap_discourse.client import WHO_AM_I, Client
from tanggap_discourse.connect import own_number
from tanggap_discourse.names import number_of


def check(account: Account, http: Http) -> Health:
    """Ask the forum who we are; what it raises tells the core what is wrong."""
    me = Client.of(account, http).get(WHO_AM_I)
    if str(own_number(me)) != number_of(account.external_id):
        return Health(
            "down",
            {
                "en": "the key now speaks for another user: connect the account again",
                "id": "kunci ini sekarang milik pengguna lain: sambungkan kembali akunnya",
            },
        )
    return Health("ok")
