"""What hangs on a case is named, and nothing else is."""

from __future__ import annotations

from corners import limit, make_corners, make_person
from factories import make_account, make_conversation
from queries import counted
from tanggap.inbox.desk.case_parts import parts_of
from tanggap.inbox.services import Services
from tanggap.store import Base
from tanggap.store.conversations import Conversation
from tanggap.store.sight import EVERYTHING, limited_to
from tanggap.store.users import AGENT

TABLES = {
    "action_runs": "action_runs",
    "approvals": "approvals",
    "calls": "call_backs",
    "card": "author_cards",
    "consultations": "consultations",
    "corrections": "corrections",
    "draft": "drafts",
    "forms": "form_requests",
    "joins": "case_joins",
    "links": "single_use_links",
    "mailbox": "mailboxes",
    "moderations": "moderations",
    "note_draft": "note_drafts",
    "notes": "notes",
    "ratings": "ratings",
    "replies": "replies",
    "revisions": "post_revisions",
    "scores": "ratings",
    "snooze": "snoozes",
    "verifications": "verifications",
}


def test_every_part_that_is_there_is_named_and_foreign_ones_are_not(services: Services) -> None:
    assert set(TABLES.values()) <= set(Base.metadata.tables)
    user_id = make_person(services, AGENT)
    corners = make_corners(services, user_id, own_tables=frozenset(TABLES.values()))
    case_id = corners.own.ids["conversations"]
    with services.database.write() as session:
        bare = make_conversation(session, make_account(session, external_id="bare"))
    limit(services, user_id, corners.sight)
    for sight in (EVERYTHING, corners.sight):
        with limited_to(sight), services.database.read() as session:
            case = session.get_one(Conversation, case_id)
            with counted(services.database) as statements:
                found = parts_of(session, case, user_id)
            assert len(statements) == 1
            assert found >= TABLES.keys() - {"mailbox"}
            assert not parts_of(session, case, user_id + 1) & {"draft", "note_draft"}
    with services.database.read() as session:
        assert not parts_of(session, bare, user_id) - {"mailbox"}
