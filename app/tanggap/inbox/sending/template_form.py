"""Read a template from a form's fields, and try it on a sample case in a channel's tone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from tanggap.inbox.rulebook.rule_form import slug
from tanggap.inbox.sending.tone_sample import SAMPLE_VALUES, Sample, Tried, try_sample
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import LANGUAGES, addressed
from tanggap.rules.answers import Template, TemplateSyntaxError, render
from tanggap.rules.answers.render import compile_template
from tanggap.rules.tone import Profile
from tanggap.rules.tone.draft import Step
from tanggap.sdk.types import Formality
from tanggap.store.storable import storable

STEPS: Final[tuple[Step, ...]] = get_args(Step)
MOST_TEXTS: Final = 8
_LONGEST: Final = 4_000
_PUBLIC: Final = frozenset({"acknowledge", "move_private", "public_closing", "thank"})

Problems = dict[str, Mapping[str, str]]
"""What is wrong in each language, by the place in the form: `name`, `t.0`, `texts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateForm:
    """What stands in the form; a new template's key is made of its `name`."""

    name: str = ""
    language: str = "id"
    step: str = "acknowledge"
    formality: str = "casual"
    labels: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    texts: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One variation filled in for the sample case, with what the linter says of it."""

    text: str
    tried: Tried | None
    problem: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


def form_of(template: Template) -> TemplateForm:
    """Show a template."""
    return TemplateForm(
        name=template.key,
        language=template.language,
        step=template.step,
        formality=template.formality.value,
        labels=template.labels,
        channels=template.channels,
        texts=template.texts,
    )


def read_form(form: Any) -> TemplateForm:
    """Read what a browser sent, complete or not."""
    texts = []
    for number in range(MOST_TEXTS):
        text = form.get(f"t.{number}")
        if text is None:
            break
        texts.append(storable(text, _LONGEST).replace("\r\n", "\n").strip())
    language = form.get("language", "")
    return TemplateForm(
        name=" ".join(storable(form.get("name", ""), 60).split()),
        language=language if language in LANGUAGES else LANGUAGES[0],
        step=form.get("step", ""),
        formality=form.get("formality", ""),
        labels=_chosen(form.getlist("label")),
        channels=_chosen(form.getlist("channel")),
        texts=tuple(texts) or ("",),
    )


def template_of(
    form: TemplateForm, key: str, taken: Collection[str]
) -> tuple[Template | None, Problems]:
    """Make the template that the form says, or None, and what is wrong by place.

    `key` is that of a template that exists; a new one gets a key that is not `taken`.
    """
    problems: Problems = {}
    if not key and not form.name:
        problems["name"] = {"id": "Beri nama templat ini.", "en": "Give the template a name."}
    texts = tuple(text for text in form.texts if text)
    for number, text in enumerate(form.texts):
        try:
            compile_template(text)
        except TemplateSyntaxError as error:
            problems[f"t.{number}"] = _placed(error)
    if not texts:
        problems["texts"] = {"id": "Tulis paling sedikit satu teks.", "en": "Write a text."}
    if form.step not in STEPS or form.formality not in tuple(Formality):
        problems["step"] = {"id": "Pilih langkah dan gayanya.", "en": "Choose step and formality."}
    if problems:
        return None, problems
    template = Template(
        key=key or _free(slug(form.name), taken),
        language=form.language,
        step=next(step for step in STEPS if step == form.step),
        labels=form.labels,
        formality=Formality(form.formality),
        texts=tuple(dict.fromkeys(texts)),
        channels=form.channels,
    )
    return template, problems


def try_template(
    services: Services, form: TemplateForm, channel_key: str, profile: Profile, initials: str
) -> list[Rendered]:
    """Fill every variation in for a sample case, and hold it against a channel's profile."""
    values = {
        **SAMPLE_VALUES[form.language],
        "name": addressed("Rina", profile),
        "greeting": profile.greeting,
    }
    label = form.labels[0] if form.labels else ""
    found: list[Rendered] = []
    for text in form.texts:
        try:
            said = render(text, values)
        except TemplateSyntaxError as error:
            found.append(Rendered("", None, error.message, error.line))
            continue
        sample = Sample(
            text=said,
            visibility="public" if form.step in _PUBLIC else "private",
            label=label,
            first_answer=form.step == "acknowledge",
        )
        found.append(Rendered(said, try_sample(services, channel_key, profile, initials, sample)))
    return found


def _placed(error: TemplateSyntaxError) -> Mapping[str, str]:
    return {
        "id": f"Baris {error.line}: {error.message['id']}",
        "en": f"Line {error.line}: {error.message['en']}",
    }


def _chosen(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(storable(value, 64) for value in values if value))[:50]


def _free(key: str, taken: Collection[str]) -> str:
    if key not in taken:
        return key
    return next(one for number in range(2, 10_000) if (one := f"{key}-{number}") not in taken)
