"""Macros: a text for the composer, tags, a team and a state, all in one click."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tanggap.errors import NotFoundError, TanggapError
from tanggap.inbox.cases.conversations import assign, set_state
from tanggap.inbox.cases.tags import UnfitTagError, change_tags, clean_tag
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import situation_of
from tanggap.rules.answers.render import TemplateSyntaxError, compile_template, render
from tanggap.sdk.types import Visibility
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.conversations import RESOLVED, WAITING, Conversation
from tanggap.store.macros import Macro
from tanggap.store.storable import storable
from tanggap.store.users import Team

STATES: Final = (WAITING, RESOLVED)
MOST: Final = 100
NAME_LONGEST: Final = 80


class UnfitMacroError(TanggapError):
    """A macro that has no name, does nothing, or holds what cannot be used; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Offered:
    """A macro with its text filled in for one case."""

    macro: Macro
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A macro as a person wrote it."""

    name: str
    text: str = ""
    tags: Sequence[str] = ()
    state: str = ""
    team_id: int | None = None
    move_to_id: int | None = None


def list_macros(session: Session, team_ids: Collection[int] | None = None) -> Sequence[Macro]:
    """List the macros of everybody and of these teams, by name; without teams, all."""
    query = select(Macro).order_by(Macro.name).limit(MOST)
    if team_ids is not None:
        query = query.where(or_(Macro.team_id.is_(None), Macro.team_id.in_(team_ids)))
    return list(session.scalars(query))


def offer(
    services: Services,
    session: Session,
    conversation: Conversation,
    visibility: Visibility,
    team_ids: Collection[int],
) -> Sequence[Offered]:
    """List the macros for a case with their texts filled in."""
    macros = list_macros(session, team_ids)
    if not macros:
        return ()
    values = situation_of(services, session, conversation, visibility).values
    return [Offered(one, render(one.text, values) if one.text else "") for one in macros]


def save_macro(
    session: Session, written: Written, user_id: int, macro_id: int | None = None
) -> Macro:
    """Keep a macro, new or changed; raises `UnfitMacroError`."""
    name = storable(" ".join(written.name.split()), NAME_LONGEST)
    same = session.scalar(select(Macro.id).where(Macro.name == name))
    if not name or (same is not None and same != macro_id):
        raise UnfitMacroError("name", "a macro needs a name that no other one has")
    macro = session.get(Macro, macro_id) if macro_id is not None else Macro()
    if macro is None:
        raise NotFoundError(f"there is no macro {macro_id}")
    before = _facts(macro) if macro_id is not None else None
    macro.name, macro.text = name, _fit_text(written.text)
    macro.tags, macro.state = _fit_tags(written.tags), written.state
    if macro.state and macro.state not in STATES:
        raise UnfitMacroError("state", "a macro lets a case wait, resolves it, or leaves it")
    for field in ("team_id", "move_to_id"):
        wanted = getattr(written, field)
        if wanted is not None and session.get(Team, wanted) is None:
            raise UnfitMacroError(field, f"there is no team {wanted}")
        setattr(macro, field, wanted)
    if not (macro.text or macro.tags or macro.state or macro.move_to_id):
        raise UnfitMacroError("text", "a macro does something")
    macro.updated_at = utcnow()
    session.add(macro)
    session.flush()
    detail = {"before": before, "after": _facts(macro)}
    audit.record(session, "macro.saved", "macro", macro.id, user_id=user_id, detail=detail)
    return macro


def delete_macro(session: Session, macro_id: int, user_id: int) -> None:
    """Drop a macro."""
    macro = session.get(Macro, macro_id)
    if macro is None:
        raise NotFoundError(f"there is no macro {macro_id}")
    session.delete(macro)
    detail = {"before": _facts(macro), "after": None}
    audit.record(session, "macro.deleted", "macro", macro_id, user_id=user_id, detail=detail)


def run_macro(
    session: Session,
    conversation_id: int,
    macro_id: int,
    user_id: int,
    revision: int,
    *,
    team_ids: Collection[int],
) -> None:
    """Do what a macro says with a case, but for its text, which a person sends.

    Raises `ConflictError` when a colleague changed the case since `revision`; then nothing is
    done.
    """
    macro = session.get(Macro, macro_id)
    if macro is None or (macro.team_id is not None and macro.team_id not in team_ids):
        raise NotFoundError(f"there is no macro {macro_id} for you")
    if macro.tags:
        change_tags(session, conversation_id, user_id, add=macro.tags)
    if macro.move_to_id is not None:
        assign(session, conversation_id, user_id, revision, team_id=macro.move_to_id)
        revision += 1
    if macro.state:
        set_state(session, conversation_id, user_id, revision, macro.state)
    audit.record(
        session,
        "macro.run",
        "conversation",
        conversation_id,
        user_id=user_id,
        detail={"macro": macro.name},
    )


def _facts(macro: Macro) -> dict[str, Any]:
    """Give what the audit log keeps of a macro."""
    names = ("name", "text", "tags", "state", "team_id", "move_to_id")
    return {name: getattr(macro, name) for name in names}


def _fit_text(text: str) -> str:
    fit = storable(text.strip())
    try:
        compile_template(fit)
    except TemplateSyntaxError as error:
        raise UnfitMacroError("text", str(error)) from error
    return fit


def _fit_tags(tags: Sequence[str]) -> list[str]:
    try:
        return list(dict.fromkeys(clean_tag(tag) for tag in tags if tag.strip()))
    except UnfitTagError as error:
        raise UnfitMacroError("tags", str(error)) from error
