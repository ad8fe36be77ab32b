"""Templates of answers: which suit a post, and what they say in the profile's tone."""

from __future__ import annotations

from tanggap.rules.answers.library import default_templates, parse_templates
from tanggap.rules.answers.render import TemplateSyntaxError, render
from tanggap.rules.answers.suggest import Suggestion, suggest, suggest_step
from tanggap.rules.answers.template import Situation, Template

__all__ = [
    "Situation",
    "Suggestion",
    "Template",
    "TemplateSyntaxError",
    "default_templates",
    "parse_templates",
    "render",
    "suggest",
    "suggest_step",
]
