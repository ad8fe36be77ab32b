"""A row in every table, with a hostile text in every column that can hold a text of anybody.

Rows are made from the tables' columns. What holds a word of ours (a state, a key, a hash) is named
in `OURS`; every other text is hostile from its column's first day, and a structure or something
sealed whose inside is not described in `hostile_inside` is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import yaml
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    LargeBinary,
    String,
    Table,
    select,
)
from sqlalchemy.orm import Session

from factories import make_account, make_app, make_author, make_conversation, make_post
from hostile_inside import KEPT, Inside, no_program
from tanggap.inbox.services import Services
from tanggap.store import Base
from tanggap.store.base import UtcDateTime, utcnow
from tanggap.store.words import WordsText

MARKUP: Final = (
    "=\"'><xss>\u202e{{1234*5}} xss=1 </title></textarea></script></style></select></template>"
    "--><xss x=1>${1234*5}{%raw%}"
)
"""Breaks out of every place of a page, asks templates and spreadsheets to work, turns words round.
Of a short column's value the end is left out."""

OURS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("key", "version", "rule_key", "model_version", "token"), "fake"),
    **dict.fromkeys(("channel", "template", "hint", "key_hint", "uid", "tab"), "fake"),
    **dict.fromkeys(("label", "from_label", "expected", "guess"), "complaint"),
    **dict.fromkeys(("state", "role", "purpose", "priority", "triage"), KEPT),
    **dict.fromkeys(("state_cause", "health_status", "handover", "closing", "source"), KEPT),
    **dict.fromkeys(("next_due", "ended_by", "paused_for", "password_hash"), KEPT),
    **dict.fromkeys(("tone", "second_factor", "proposed_by", "code_hash", "woken_by"), KEPT),
    **dict.fromkeys(("language",), "en"),
    **dict.fromkeys(("visibility",), "public"),
    **dict.fromkeys(("zone",), "Asia/Jakarta"),
    "action": "hide",
    "by": "reply",
    "cause": "down",
    "clock": "first_answer",
    "direction": "in",
    "kind": "mention",
    "level": "warning",
    "method": "code",
    "operation": "reply",
    "trigger": "post_triaged",
    "token_hash": hashlib.sha256(b"fake").hexdigest(),
    "action_runs.action": "fake.act",
    "answer_templates.formality": "neutral",
    "answer_templates.step": "first",
    "audit_entries.action": "tag.added",
    "audit_entries.object_type": "conversation",
    "case_events.what": "promised",
    "case_joins.kind": "merge",
    "changes.kind": "post",
    "clock_runs.name": "sla",
    "clocks.kind": "first_answer",
    "company.colour": "#8a1538",
    "deliveries.state": "dead",
    "drafts.visibility": "public",
    "erasures.step": KEPT,
    "endpoint_messages.type": "case.opened",
    "endpoint_messages.state": "failed",
    "form_photos.field": "foto",
    "invitations.role": "agent",
    "label_requests.reason": "unsure",
    "mailboxes.imap_security": "none",
    "mailboxes.smtp_security": "none",
    "mails.kind": "unknown",
    "mails.state": "waiting",
    "model_events.kind": "activate",
    "models.folder": "fake",
    "notes.kind": "note",
    "post_previews.state": "ready",
    "replies.state": "failed",
    "sign_ins.key_hash": "fake",
    "rules.definition": KEPT,
    "single_use_links.purpose": "form",
    "testimonials.state": "granted",
}
"""Columns that hold words of ours, by name or with their table, and what stands there."""

ADDRESSES: Final = ("url", "avatar_url", "consent_url", "website")
"""Columns that hold the address of a page."""

FAKE_KEYS: Final = ("answer_templates", "forms", "rules")
"""Tables whose first row is reached by the address that `visitors.address` writes."""


def fill(services: Services, user_id: int, text: str) -> int:
    """Make or change a row of every table; gives how many columns hold something hostile."""
    inside = Inside(services, text).values
    with services.database.write() as session:
        _basis(services, session, text)
        count = 0
        for table in Base.metadata.sorted_tables:
            if table.name not in ("second_factors", "merged_conversations", "suppressions"):
                count += _put(session, table, text, inside)
        _finish(session, user_id, text)
    return count


def _basis(services: Services, session: Session, text: str) -> None:
    make_app(services, session)
    account = make_account(session, services)
    author = make_author(session)
    for _ in range(2):
        case = make_conversation(session, account, author, label="complaint", tags=[text[:40]])
        for reply in (None, 1):
            make_post(session, case, text, parent_id=reply, edited_at=utcnow())


def _finish(session: Session, user_id: int, text: str) -> None:
    """Put texts where a column's own kind would not let them be made."""
    tables = Base.metadata.tables
    for name in FAKE_KEYS:
        first = select(tables[name].c.id).limit(1).scalar_subquery()
        session.execute(tables[name].update().where(tables[name].c.id == first).values(key="fake"))
    rules = tables["rules"]
    row = session.execute(select(rules).where(rules.c.key == "fake")).one()
    rule = yaml.safe_load(row.definition)
    rule |= {"key": "fake", "name": {"id": text[:160], "en": text[:160]}}
    rule["actions"] = [{"raise_alert": text[:400]}]
    written = yaml.safe_dump(rule, allow_unicode=True)
    session.execute(rules.update().where(rules.c.id == row.id).values(definition=written))
    users, cases = tables["users"], tables["conversations"]
    session.execute(users.update().where(users.c.id == user_id).values(language="en"))
    session.execute(cases.update().where(cases.c.id == 1).values(assignee_id=user_id))


def _put(session: Session, table: Table, text: str, inside: Mapping[str, Any]) -> int:
    """Change the first row of a table, or make one; gives the number of hostile columns."""
    first = session.execute(select(table).limit(1)).mappings().first()
    values: dict[str, Any] = {}
    hostile = 0
    for column in table.columns:
        if not _holds_text(column):
            made = _plain(session, column) if first is None else KEPT
        elif (ours := _ours(column)) is not None:
            made = ours if first is None else KEPT
        else:
            made = _hostile(column, text, inside)
            hostile += made is not KEPT
        if made is not KEPT:
            values[column.name] = made
    if first is None:
        session.execute(table.insert().values(values))
    elif values:
        keys = [column == first[column.name] for column in table.primary_key]
        session.execute(table.update().where(*keys).values(values))
    return hostile


def _holds_text(column: Column[Any]) -> bool:
    kinds = JSON | LargeBinary | String | WordsText
    return isinstance(column.type, kinds) and not column.foreign_keys


def _ours(column: Column[Any]) -> Any:
    """Give what stands in a column that holds words of ours, None for any other."""
    return OURS.get(f"{column.table.name}.{column.name}", OURS.get(column.name))


def _hostile(column: Column[Any], text: str, inside: Mapping[str, Any]) -> Any:
    where, length = f"{column.table.name}.{column.name}", getattr(column.type, "length", None)
    if isinstance(column.type, JSON | LargeBinary):
        if where not in inside:
            raise AssertionError(f"say in tests/hostile_inside.py what stands inside of {where}")
        return inside[where]
    if where == "macros.text":
        return no_program(text)
    if where == "mail_files.name":
        text = text.replace("\r\n", "")  # intake keeps of names what prints
    if column.name == "external_id":  # of an author and of an account of ours
        text = f"{text[:150]} {column.table.name}"
    if column.name in ADDRESSES:
        return f"javascript:alert(1)//{text}"[:length]
    return text[:length]


def _plain(session: Session, column: Column[Any]) -> Any:
    """Point to the first row of another table, or give a value of the column's kind."""
    for key in column.foreign_keys:
        found = session.scalar(select(key.column).limit(1))
        return KEPT if found is None and column.nullable else found
    if column.name == "id" and column.autoincrement:
        return KEPT
    if column.name == "subject_id":
        return 1
    if column.nullable or column.default is not None:
        return KEPT
    later = column.name.startswith(("expires", "due", "until", "ends"))
    made: tuple[tuple[type, Any], ...] = (
        (UtcDateTime, utcnow() + timedelta(days=1 if later else 0)),
        (Date, date(2026, 11, 22)),
        (Boolean, False),
        (Float, 0.5),
    )
    return next((value for kind, value in made if isinstance(column.type, kind)), 1)
