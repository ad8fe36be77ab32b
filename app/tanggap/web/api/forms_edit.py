"""Forms as the company builds them, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tanggap.inbox.forms import forms
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField
from tanggap.inbox.forms.forms import KeptForm
from tanggap.web.api.asked import Body
from tanggap.web.api.routing import blueprint
from tanggap.web.api.rule_edits import Version
from tanggap.web.api.things import Thing
from tanggap.web.context import me, services

bp = blueprint("forms", "Forms")
_ONE = "/forms/<string:key>"
_Short = Annotated[str, Field(max_length=300)]
_Kind = Literal["text", "long_text", "choice", "order", "date", "phone", "email", "photo"]


class QuestionChoice(Body):
    """An answer that can be chosen."""

    text_id: _Short
    text_en: _Short


class FormQuestion(Body):
    """One question; `pattern` says how an order number is built (9, A, *)."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    kind: _Kind = "text"
    label_id: _Short
    label_en: _Short
    help_id: _Short = ""
    help_en: _Short = ""
    required: bool = True
    choices: Annotated[list[QuestionChoice], Field(max_length=20)] = Field(default_factory=list)
    pattern: _Short = ""


class WrittenForm(Body):
    """A form; of one that verifies, `days` are how long it holds."""

    name_id: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(min_length=1, max_length=120)]
    intro_id: Annotated[str, Field(max_length=1_000)] = ""
    intro_en: Annotated[str, Field(max_length=1_000)] = ""
    questions: Annotated[list[FormQuestion], Field(min_length=1, max_length=20)]
    days: Annotated[int, Field(ge=1, le=365)] = 90
    asks_code: bool = True
    active: bool = True


class ChangedForm(WrittenForm):
    """A form as it should be; `seen` is its `version`."""

    seen: Version


class Form(Thing):
    """A form with the questions that are asked now."""

    key: str
    purpose: str
    name_id: str
    name_en: str
    intro_id: str
    intro_en: str
    questions: list[FormQuestion]
    days: int
    asks_code: bool
    active: bool
    version: int


class FormList(Thing):
    """All forms."""

    items: list[Form]


@bp.get("/forms")
@bp.output(FormList)
def index() -> FormList:
    """List the forms by name, those that are switched off last."""
    with services().database.read() as db:
        return FormList(items=[_form(one) for one in forms.list_forms(db)])


@bp.get(_ONE)
@bp.output(Form)
def show(key: str) -> Form:
    """Read a form."""
    return _read(key)


@bp.post("/forms")
@bp.input(WrittenForm, arg_name="body")
@bp.output(Form, status_code=201)
def create(body: WrittenForm) -> Form:
    """Build a form; its key is made of the name."""
    return _saved(None, body, 0)


@bp.put(_ONE)
@bp.input(ChangedForm, arg_name="body")
@bp.output(Form)
def save(key: str, body: ChangedForm) -> Form:
    """Change a form; other questions become its next version, and asked ones stay as they were."""
    _read(key)
    return _saved(key, body, body.seen)


def _saved(key: str | None, body: WrittenForm, seen: int) -> Form:
    with services().database.write() as db:
        row = forms.save_form(
            db,
            key,
            name_id=body.name_id,
            name_en=body.name_en,
            definition=_definition(body),
            seen=seen,
            active=body.active,
            user_id=me().id,
        )
        saved = row.key
    return _read(saved)


def _definition(body: WrittenForm) -> FormDefinition:
    fields = [
        FormField(
            **one.model_dump(exclude={"kind", "choices"}),
            kind=FieldKind(one.kind),
            choices=tuple((choice.text_id, choice.text_en) for choice in one.choices),
        )
        for one in body.questions
    ]
    return FormDefinition(
        intro_id=body.intro_id,
        intro_en=body.intro_en,
        fields=tuple(fields),
        days=body.days,
        asks_code=body.asks_code,
    )


def _read(key: str) -> Form:
    with services().database.read() as db:
        return _form(forms.read_form(db, key))


def _form(kept: KeptForm) -> Form:
    names = ("key", "purpose", "name_id", "name_en", "active", "version")
    asked = kept.definition
    questions = [
        FormQuestion.model_validate(
            {
                **{name: getattr(field, name) for name in FormQuestion.model_fields},
                "kind": field.kind.value,
                "choices": [QuestionChoice(text_id=one, text_en=two) for one, two in field.choices],
            }
        )
        for field in asked.fields
    ]
    return Form(
        **{name: getattr(kept.form, name) for name in names},
        intro_id=asked.intro_id,
        intro_en=asked.intro_en,
        questions=questions,
        days=asked.days,
        asks_code=asked.asks_code,
    )
