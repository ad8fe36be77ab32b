"""Rank templates for a case; a person chooses, changes and sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tanggap.rules.answers.render import render
from tanggap.rules.answers.template import Situation, Template
from tanggap.rules.tone.draft import Step
from tanggap.sdk.types import Formality

_FIRST: Final[dict[str, tuple[Step, ...]]] = {
    "complaint": ("acknowledge", "ask_privately", "move_private", "resolve"),
    "question": ("resolve", "acknowledge", "ask_privately"),
    "feedback": ("thank", "acknowledge"),
    "praise": ("thank",),
    "none": (),
}
_FIRST_OF_OWN_LABELS: Final[tuple[Step, ...]] = ("acknowledge", "ask_privately", "resolve", "thank")
"""What a first answer does for a label of a company's own model, of which nothing is known."""

_LATER: Final[tuple[Step, ...]] = ("update", "resolve", "move_private", "follow_up")
_DISTANCE: Final = {Formality.CASUAL: 0, Formality.NEUTRAL: 1, Formality.FORMAL: 2}
_LINK: Final = "{{ link }}"
_PUBLIC_ONLY: Final = frozenset({"public_closing", "move_private"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A template filled in for the case."""

    key: str
    step: Step
    text: str


def suggest(
    templates: Iterable[Template], situation: Situation, *, at_most: int = 3, first: str = ""
) -> list[Suggestion]:
    """Return the best templates for a case, the likeliest step first, no step twice before all.

    A template fits when its language, label and channel do; one whose formality is the profile's
    goes before a neutral one, one for this label before one for any, and one with a text that did
    not go out lately before any other.
    The template of the key `first` goes before all, whether or not it fits.
    """
    templates = tuple(templates)
    wished = [t for t in templates if t.key == first and t.language == situation.language]
    steps = _steps(situation)
    fitting = [t for t in templates if t.step in steps and _fits(t, situation)]
    fitting.sort(key=lambda template: _rank(template, situation, steps))
    best_of_step: dict[Step, Template] = {}
    for template in fitting:
        best_of_step.setdefault(template.step, template)
    ordered = list(dict.fromkeys((*wished, *best_of_step.values(), *fitting)))
    return [_fill(template, situation) for template in ordered[:at_most]]


def suggest_step(
    templates: Iterable[Template], situation: Situation, step: Step
) -> Suggestion | None:
    """Return the best text for one step, whatever the label; None where no template is for it.

    Texts with a link go before others where there is a link, and after them where there is none.
    """
    fitting = [
        template
        for template in templates
        if template.step == step
        and template.language == situation.language
        and (not template.channels or situation.channel in template.channels)
    ]
    linked = bool(situation.values.get("link"))
    found = [
        ((_LINK in text) != linked, *_closeness(template, situation, filled), template.key, filled)
        for template in fitting
        for text in template.texts
        for filled in (render(text, situation.values),)
    ]
    if not found:
        return None
    # Of equals the first as they are listed: the more usual ones stand there first.
    *_, key, text = min(found, key=lambda one: one[:-2])
    return Suggestion(key, step, text)


def _closeness(
    template: Template, situation: Situation, filled: str
) -> tuple[int, int, bool, bool]:
    """Say how far a text is from what is wanted: its tone, what stays open in it, its label."""
    return (
        abs(_DISTANCE[template.formality] - _DISTANCE[situation.formality]),
        filled.count("{"),
        bool(template.labels) and situation.label not in template.labels,
        not template.channels,
    )


def _steps(situation: Situation) -> tuple[Step, ...]:
    if situation.closing_owed:
        return ("public_closing",)
    if situation.resolved:
        return ("follow_up",)
    if situation.first_answer:
        return _FIRST.get(situation.label, _FIRST_OF_OWN_LABELS if situation.label else ())
    return _LATER


def _fits(template: Template, situation: Situation) -> bool:
    return (
        template.language == situation.language
        and (not template.labels or situation.label in template.labels)
        and (not template.channels or situation.channel in template.channels)
        and not (situation.private and template.step in _PUBLIC_ONLY)
        and abs(_DISTANCE[template.formality] - _DISTANCE[situation.formality]) < 2
    )


def _rank(
    template: Template, situation: Situation, steps: tuple[Step, ...]
) -> tuple[int, bool, int, int, int, int]:
    return (
        steps.index(template.step),
        all(render(text, situation.values) in situation.used for text in template.texts),
        0 if template.labels else 1,
        abs(_DISTANCE[template.formality] - _DISTANCE[situation.formality]),
        0 if template.channels else 1,
        sum(f"{{{{ {name} }}}}" in template.texts[0] for name in ("topic", "answer", "link")),
    )


def _fill(template: Template, situation: Situation) -> Suggestion:
    texts = [render(text, situation.values) for text in template.texts]
    fresh = [text for text in texts if text not in situation.used]
    return Suggestion(template.key, template.step, (fresh or texts)[0])
