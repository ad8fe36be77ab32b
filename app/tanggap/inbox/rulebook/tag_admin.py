"""The tags of all cases: which there are, and giving one another name everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Text, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError
from tanggap.inbox.cases.tags import clean_tag
from tanggap.inbox.rulebook.rulebook import current_rules
from tanggap.inbox.services import Services
from tanggap.rules.routing_actions import AddTags
from tanggap.store import audit
from tanggap.store.audit import Change
from tanggap.store.conversations import OPEN, Conversation
from tanggap.store.macros import Macro
from tanggap.store.saved_views import SavedView
from tanggap.store.sql import dialect_of, hold, holds

AT_ONCE: Final = 500
"""Cases a transaction, so that nobody who works on one of them waits for long."""


@dataclass(frozen=True, slots=True)
class TagUse:
    """A tag, how many cases have it, how many of those are open, and what gives it."""

    tag: str
    cases: int
    open_cases: int
    rules: Sequence[str]
    macros: Sequence[str]


def list_tags(session: Session) -> list[TagUse]:
    """List the tags of cases, of rules and of macros, those that most cases have first."""
    cases: Counter[str] = Counter()
    open_cases: Counter[str] = Counter()
    for tag, state, count in session.execute(_counts(session)):
        cases[tag] += count
        open_cases[tag] += count if state == OPEN else 0
    rules: dict[str, list[str]] = {}
    for rule in current_rules(session).rules:
        for tag in {tag for one in rule.actions if isinstance(one, AddTags) for tag in one.tags}:
            rules.setdefault(tag, []).append(rule.key)
    macros: dict[str, list[str]] = {}
    for macro in session.scalars(select(Macro).order_by(Macro.name)):
        for tag in macro.tags:
            macros.setdefault(tag, []).append(macro.name)
    uses = [
        TagUse(tag, cases[tag], open_cases[tag], rules.get(tag, []), macros.get(tag, []))
        for tag in {*cases, *rules, *macros}
    ]
    return sorted(uses, key=lambda use: (-use.cases, use.tag))


def rename_tag(services: Services, tag: str, written: str, user_id: int) -> int:
    """Give a tag another name on cases, in macros and in saved views; counts the cases.

    Where a case has both, one is left: that is how two tags become one. Rules keep what is written
    in them. Raises `UnfitTagError`, and `NotFoundError` for a tag that nothing has.
    """
    new = clean_tag(written)
    if new == tag:
        return 0
    return _replace(services, tag, new, user_id)


def remove_tag(services: Services, tag: str, user_id: int) -> int:
    """Take a tag off cases, macros and saved views; counts the cases. Raises `NotFoundError`."""
    return _replace(services, tag, None, user_id)


def _replace(services: Services, tag: str, new: str | None, user_id: int) -> int:
    def put(tags: Sequence[Any]) -> list[Any]:
        return list(dict.fromkeys(new if one == tag else one for one in tags if one != tag or new))

    with services.database.write() as session:
        macros = [one for one in session.scalars(select(Macro)) if tag in one.tags]
        for macro in macros:
            macro.tags = put(macro.tags)
        views = [one for one in session.scalars(select(SavedView)) if one.query.get("tag") == tag]
        for view in views:
            kept = {name: value for name, value in view.query.items() if name != "tag"}
            view.query = {**kept, "tag": new} if new else kept
        if not macros and not views and not _some(session, tag):
            raise NotFoundError(f"no case has the tag {tag!r}")
    changed = 0
    while done := _replace_some(services, tag, put):
        changed += done
    with services.database.write() as session:
        detail = {"before": tag, "after": new, "cases": changed}
        event = "tag.renamed" if new else "tag.removed"
        audit.record(session, event, "tag", None, user_id=user_id, detail=detail)
    return changed


def _replace_some(services: Services, tag: str, put: Callable[[Sequence[Any]], list[Any]]) -> int:
    with services.database.write() as session:
        rows = session.execute(hold(_having(session, tag))).all()
        for row in rows:
            where = Conversation.id == row.id
            session.execute(update(Conversation).where(where).values(tags=put(row.tags)))
            session.add(Change(conversation_id=row.id, kind="tagged"))
        return len(rows)


def _some(session: Session, tag: str) -> bool:
    return session.execute(_having(session, tag).limit(1)).first() is not None


def _having(session: Session, tag: str) -> Any:
    # The literal condition is that of the tags' index.
    return (
        select(Conversation.id, Conversation.tags)
        .where(text("conversations.tags <> '[]'"), holds(session, Conversation.tags, tag))
        .order_by(Conversation.id)
        .limit(AT_ONCE)
    )


def _counts(session: Session) -> Any:
    if dialect_of(session) == "sqlite":
        each = func.json_each(Conversation.tags).table_valued("value")
        tag: Any = each.c.value
    else:
        elements = func.jsonb_array_elements_text(cast(Conversation.tags, JSONB))
        each = elements.table_valued("value")
        tag = cast(each.c.value, Text)
    return (
        select(tag, Conversation.state, func.count())
        .select_from(Conversation)
        .join(each, text("true"))
        .where(text("conversations.tags <> '[]'"))
        .group_by(tag, Conversation.state)
    )
