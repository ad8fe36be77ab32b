"""What forms, their problems and verifications are called in the interface."""

from __future__ import annotations

from typing import Final

from flask import Flask
from flask_babel import lazy_gettext

from tanggap.inbox.forms.form_typed import write_choices

FIELD_KINDS: Final = {
    "text": lazy_gettext("Short text"),
    "long_text": lazy_gettext("Long text"),
    "choice": lazy_gettext("Choice"),
    "order": lazy_gettext("Number with a pattern"),
    "date": lazy_gettext("Date"),
    "phone": lazy_gettext("Telephone number"),
    "email": lazy_gettext("E-mail address"),
    "photo": lazy_gettext("Photo"),
}
ANSWER_PROBLEMS: Final = {
    "required": lazy_gettext("Please fill this in."),
    "too_long": lazy_gettext("That is too long."),
    "choice": lazy_gettext("Please choose one."),
    "pattern": lazy_gettext("This is not written as expected. Check it for typing errors."),
    "date": lazy_gettext("Please enter a date."),
    "phone": lazy_gettext("Please enter a telephone number, such as 0812 3456 7890."),
    "email": lazy_gettext("Please enter an e-mail address."),
    "photo": lazy_gettext("This file is not a photo. Send a JPEG, PNG or WebP."),
    "photo_too_large": lazy_gettext("This photo is too large. Send one of at most 8 MB."),
}
FORM_PROBLEMS: Final = {
    "name": lazy_gettext("Enter a name in both languages, at most 120 characters."),
    "no_fields": lazy_gettext("Add at least one question."),
    "too_many": lazy_gettext("A form has at most 20 questions."),
    "too_many_photos": lazy_gettext("A form asks for at most 3 photos."),
    "too_long": lazy_gettext("That is too long."),
    "days": lazy_gettext("Enter a number of days from 1 to 365."),
    "label": lazy_gettext("Write the question in both languages."),
    "choices": lazy_gettext("Write 2 to 20 choices, one a line."),
    "pattern": lazy_gettext("That is too long."),
    "key": lazy_gettext("This question cannot be kept. Remove it and add it again."),
}
METHODS: Final = {
    "details": lazy_gettext("details that were compared"),
    "list": lazy_gettext("details that stand in your list"),
    "code": lazy_gettext("a code from a private message"),
}
REQUEST_STATES: Final = {
    "asked": lazy_gettext("waiting for the customer"),
    "answered": lazy_gettext("answered"),
    "withdrawn": lazy_gettext("withdrawn"),
    "expired": lazy_gettext("expired"),
}


def install_form_words(app: Flask) -> None:
    """Make them known to an app's templates."""
    app.add_template_filter(_field_kind, "field_kind")
    app.add_template_filter(_answer_problem, "answer_problem")
    app.add_template_filter(_form_problem, "form_problem")
    app.add_template_filter(_method, "verified_by")
    app.add_template_filter(_request_state, "request_state")
    app.add_template_filter(write_choices, "as_lines")


def _field_kind(kind: str) -> str:
    return str(FIELD_KINDS.get(kind, kind))


def _answer_problem(code: str) -> str:
    return str(ANSWER_PROBLEMS.get(code, code))


def _form_problem(code: str) -> str:
    return str(FORM_PROBLEMS.get(code, code))


def _method(method: str) -> str:
    return str(METHODS.get(method, method))


def _request_state(state: str) -> str:
    return str(REQUEST_STATES.get(state, state))
