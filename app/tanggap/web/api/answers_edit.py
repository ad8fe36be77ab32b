"""Answer templates and macros as the company keeps them, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from tanggap.inbox.sending.template_form import MOST_TEXTS, TemplateForm, template_of
from tanggap.inbox.tone import answer_templates, macros
from tanggap.inbox.tone.answer_templates import NEW, Kept
from tanggap.store.macros import Macro as MacroRow
from tanggap.web.api.asked import Body, Id, Words
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.rule_edits import SeenQuery, Version
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services
from tanggap.web.i18n import told
from tanggap.web.problems import problem

bp = blueprint("answers", "Templates and macros")
_ONE = "/templates/<string:language>/<string:key>"
_MACRO = "/macros/<int:macro_id>"
_Key = Annotated[str, Field(min_length=1, max_length=64)]
_Some = Annotated[list[_Key], Field(max_length=50)]


class TemplateTexts(Body):
    """When a template is suggested, and its variations."""

    step: _Key
    formality: _Key
    labels: _Some = Field(default_factory=list)
    channels: _Some = Field(default_factory=list)
    texts: Annotated[
        list[Annotated[str, Field(max_length=4_000)]], Field(min_length=1, max_length=MOST_TEXTS)
    ]


class NewTemplate(TemplateTexts):
    """A template that does not exist yet; its key is made of the name."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    language: Literal["id", "en"]


class ChangedTemplate(TemplateTexts):
    """A template as it should be; `seen` is its `revision`."""

    seen: Version
    enabled: bool = True


class WrittenMacro(Body):
    """A macro: a text, tags, a state and a team, at least one of them."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=4_000)] = ""
    tags: Annotated[list[Words], Field(max_length=20)] = Field(default_factory=list)
    state: Literal["", "waiting", "resolved"] = ""
    team_id: Id | None = None
    move_to_id: Id | None = None


class Template(Thing):
    """An answer template; `source` is shipped, changed or own."""

    key: str
    language: str
    step: str
    formality: str
    labels: list[str]
    channels: list[str]
    texts: list[str]
    source: str
    enabled: bool
    revision: int


class TemplateList(Thing):
    """All templates."""

    items: list[Template]


class Macro(Thing):
    """A macro; those without a team are everybody's."""

    id: int
    name: str
    text: str
    tags: list[str]
    state: str
    team_id: int | None
    move_to_id: int | None


class MacroList(Thing):
    """All macros."""

    items: list[Macro]


@bp.get("/templates")
@bp.output(TemplateList)
def index() -> TemplateList:
    """List all templates: the shipped ones in their order, then one's own."""
    with services().database.read() as db:
        return TemplateList(items=[_template(one) for one in answer_templates.list_templates(db)])


@bp.post("/templates")
@bp.input(NewTemplate, arg_name="body")
@bp.output(Template, status_code=201)
def create(body: NewTemplate) -> Template | Response:
    """Write a template."""
    with services().database.read() as db:
        taken = {one.template.key for one in answer_templates.list_templates(db)}
    form = _form(body, name=body.name, language=body.language)
    return _saved(form, "", taken, seen=NEW, enabled=True)


@bp.put(_ONE)
@bp.input(ChangedTemplate, arg_name="body")
@bp.output(Template)
def save(language: str, key: str, body: ChangedTemplate) -> Template | Response:
    """Change a template, a shipped one too; 409 when a colleague changed it since `seen`."""
    _read(language, key)
    form = _form(body, name=key, language=language)
    return _saved(form, key, set(), seen=body.seen, enabled=body.enabled)


@bp.delete(_ONE)
@bp.input(SeenQuery, location="query", arg_name="query")
@bp.output({}, status_code=204)
def remove(language: str, key: str, query: SeenQuery) -> Response:
    """Forget one's own template, or go back to the shipped one."""
    answer_templates.remove_template(services(), language, key, seen=query.seen, user_id=me().id)
    return nothing()


@bp.get("/macros")
@bp.output(MacroList)
def list_macros() -> MacroList:
    """List the macros of everybody."""
    with services().database.read() as db:
        return MacroList(items=[Macro.model_validate(row) for row in macros.list_macros(db)])


@bp.post("/macros")
@bp.input(WrittenMacro, arg_name="body")
@bp.output(Macro, status_code=201)
def create_macro(body: WrittenMacro) -> Macro:
    """Write a macro."""
    return _kept(body, None)


@bp.put(_MACRO)
@bp.input(WrittenMacro, arg_name="body")
@bp.output(Macro)
def save_macro(macro_id: int, body: WrittenMacro) -> Macro:
    """Change a macro."""
    return _kept(body, macro_id)


@bp.delete(_MACRO)
@bp.output({}, status_code=204)
def delete_macro(macro_id: int) -> Response:
    """Drop a macro."""
    with services().database.write() as db:
        macros.delete_macro(db, macro_id, me().id)
    return nothing()


def _form(body: TemplateTexts, *, name: str, language: str) -> TemplateForm:
    return TemplateForm(
        name=name,
        language=language,
        step=body.step,
        formality=body.formality,
        labels=tuple(body.labels),
        channels=tuple(body.channels),
        texts=tuple(body.texts),
    )


def _saved(
    form: TemplateForm, key: str, taken: set[str], *, seen: int, enabled: bool
) -> Template | Response:
    template, problems = template_of(form, key, taken)
    if template is None:
        faults = [
            {"place": "json", "field": place, "message": told(words)}
            for place, words in problems.items()
        ]
        return problem(422, "invalid", faults[0]["message"], errors=faults)
    answer_templates.save_template(
        services(), template, seen=seen, enabled=enabled, user_id=me().id
    )
    return _template(_read(template.language, template.key))


def _read(language: str, key: str) -> Kept:
    with services().database.read() as db:
        return answer_templates.read_template(db, language, key)


def _template(kept: Kept) -> Template:
    names = ("key", "language", "step", "formality", "labels", "channels", "texts")
    own = {name: getattr(kept.template, name) for name in names}
    return Template.model_validate(
        {**own, "source": kept.source, "enabled": kept.enabled, "revision": kept.revision}
    )


def _kept(body: WrittenMacro, macro_id: int | None) -> Macro:
    written = macros.Written(**body.model_dump())
    with services().database.write() as db:
        row: MacroRow = macros.save_macro(db, written, me().id, macro_id)
        return Macro.model_validate(row)
