"""Lists in which nothing stands say what they are for and what to do."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete

from tanggap.inbox.services import Services
from tanggap.store.clocks import SlaPolicy
from tanggap.store.rules import NamedList
from visitors import Visitor

PAGES = {
    "/admin/accounts": "Connect one below",
    "/admin/dead-letters": "Nothing is lost",
    "/admin/people": "You are the only one yet",
    "/admin/templates?label=praise&step=call_off": "Templates are offered",
    "/admin/audit?object=nothing&person=999": "Show everything",
    "/admin/sla": "No target holds",
    "/admin/tokens": "Each person makes their own",
    "/profile/tokens": "Make one for each program",
    "/admin/webhooks": "New webhook",
    "/admin/lists": "No list yet",
    "/alerts": "See the rules",
    "/shift-notes": "with who has read it",
}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_empty_lists_teach(app: Flask, services: Services) -> None:
    admin = Visitor(app).sign_in(services)
    with services.database.write() as session:
        session.execute(delete(SlaPolicy))
        session.execute(delete(NamedList))
    for path, words in PAGES.items():
        page = admin.get(path)
        assert page.status_code == 200, path
        assert 'class="empty-state' in page.text, path
        assert words in page.text, path
