"""Templates of answers in force: those that ship, those put in their place, and an owner's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.services import Services
from tanggap.rules.answers import Template, TemplateSyntaxError, default_templates
from tanggap.rules.answers.render import compile_template
from tanggap.sdk.types import Formality
from tanggap.store import audit
from tanggap.store.answer_templates import AnswerTemplate
from tanggap.store.base import utcnow

NEW: Final = 0
"""The revision seen by somebody who makes a template, or first changes a shipped one."""

Source = Literal["shipped", "changed", "own"]
_STALE: Final = "somebody changed this template a moment ago; look again"


@dataclass(frozen=True, slots=True)
class Kept:
    """A template as its owner sees it, in force or switched off."""

    template: Template
    source: Source
    enabled: bool
    revision: int


def templates_in_force(session: Session) -> tuple[Template, ...]:
    """Give the templates that may be suggested, an owner's before those that ship."""
    kept = [one for one in list_templates(session) if one.enabled and _usable(one.template)]
    kept.sort(key=lambda one: one.source == "shipped")
    return tuple(one.template for one in kept)


def list_templates(session: Session) -> list[Kept]:
    """List all templates: the shipped ones in their order, then an owner's own."""
    rows = {(row.key, row.language): row for row in session.scalars(select(AnswerTemplate))}
    kept: list[Kept] = []
    for shipped in default_templates():
        row = rows.pop((shipped.key, shipped.language), None)
        kept.append(_kept(row, "changed") if row else Kept(shipped, "shipped", True, NEW))
    own = sorted(rows.values(), key=lambda row: (row.language, row.key))
    return [*kept, *(_kept(row, "own") for row in own)]


def read_template(session: Session, language: str, key: str) -> Kept:
    """Give one template; raises `NotFoundError`."""
    for one in list_templates(session):
        if (one.template.language, one.template.key) == (language, key):
            return one
    raise NotFoundError(f"there is no template {key!r} in the language {language!r}")


def shipped_template(language: str, key: str) -> Template | None:
    """Give the shipped template of this key, if there is one."""
    found = (t for t in default_templates() if (t.language, t.key) == (language, key))
    return next(found, None)


def save_template(
    services: Services, template: Template, *, seen: int, enabled: bool = True, user_id: int
) -> bool:
    """Store a template; tells whether that changed anything.

    Raises `ConflictError` when somebody was faster, and `TemplateSyntaxError` for a text that
    does more than fill in names.
    """
    for text in template.texts:
        compile_template(text)
    with services.database.write() as session:
        row = _row(session, template.language, template.key)
        if (row.revision if row else NEW) != seen:
            raise ConflictError(_STALE)
        before = _known(session, template.language, template.key)
        if before is not None and (before.template, before.enabled) == (template, enabled):
            return False
        _store(session, row, template, enabled, user_id)
        detail = {
            "old": _written(before) if before else None,
            "new": _written(Kept(template, "own", enabled, 0)),
        }
        object_id = f"{template.language}/{template.key}"
        action = "template.changed" if before else "template.created"
        audit.record(session, action, "template", object_id, user_id=user_id, detail=detail)
    return True


def set_enabled(
    services: Services, language: str, key: str, enabled: bool, *, user_id: int
) -> bool:
    """Let a template be suggested or not; tells whether that changed anything."""
    with services.database.read() as session:
        kept = read_template(session, language, key)
    return save_template(
        services, kept.template, seen=kept.revision, enabled=enabled, user_id=user_id
    )


def remove_template(
    services: Services, language: str, key: str, *, seen: int, user_id: int
) -> None:
    """Forget what was written; where a shipped template was changed, that one is back."""
    with services.database.write() as session:
        row = _row(session, language, key)
        if row is None or row.revision != seen:
            raise ConflictError(_STALE)
        detail = {"old": _written(_kept(row, "own"))}
        session.delete(row)
        audit.record(
            session,
            "template.removed",
            "template",
            f"{language}/{key}",
            user_id=user_id,
            detail=detail,
        )


def _usable(template: Template) -> bool:
    """Tell whether this version can fill a stored template in; one saved earlier may name more."""
    try:
        for text in template.texts:
            compile_template(text)
    except TemplateSyntaxError:
        return False
    return True


def _known(session: Session, language: str, key: str) -> Kept | None:
    try:
        return read_template(session, language, key)
    except NotFoundError:
        return None


def _row(session: Session, language: str, key: str) -> AnswerTemplate | None:
    return session.scalar(
        select(AnswerTemplate)
        .where(AnswerTemplate.key == key, AnswerTemplate.language == language)
        .with_for_update()
    )


def _store(
    session: Session, row: AnswerTemplate | None, template: Template, enabled: bool, user_id: int
) -> None:
    if row is None:
        row = AnswerTemplate(key=template.key, language=template.language, revision=NEW)
        session.add(row)
    row.step, row.formality = template.step, template.formality.value
    row.labels, row.channels = list(template.labels), list(template.channels)
    row.texts, row.enabled = list(template.texts), enabled
    row.revision, row.author_id, row.updated_at = row.revision + 1, user_id, utcnow()
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(_STALE) from error


def _kept(row: AnswerTemplate, source: Source) -> Kept:
    template = Template(
        key=row.key,
        language=row.language,
        step=row.step,  # type: ignore[arg-type]  # checked when it was saved
        labels=_words(row.labels),
        formality=Formality(row.formality),
        texts=_words(row.texts),
        channels=_words(row.channels),
    )
    return Kept(template, source, row.enabled, row.revision)


def _words(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _written(kept: Kept) -> dict[str, Any]:
    template = kept.template
    return {
        "step": template.step,
        "formality": template.formality.value,
        "labels": list(template.labels),
        "channels": list(template.channels),
        "texts": list(template.texts),
        "enabled": kept.enabled,
    }
