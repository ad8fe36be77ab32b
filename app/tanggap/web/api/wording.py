"""Say what does not fit in the words that people read on the pages, in the language of the person.

Every sentence here stands on a page too, so that both are translated together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response
from flask_babel import gettext

from tanggap.errors import ConflictError, TanggapError
from tanggap.inbox.attachments import TooManyError
from tanggap.inbox.author_cards import UnfitCardError
from tanggap.inbox.call_backs import EndedError, UnfitCallBackError
from tanggap.inbox.company import UnfitCompanyError
from tanggap.inbox.consultations import LONGEST as QUESTION_LONGEST
from tanggap.inbox.consultations import UnfitQuestionError
from tanggap.inbox.endpoints import UnfitEndpointError
from tanggap.inbox.form_fields import UnfitFormError
from tanggap.inbox.form_photos import UnfitPhotoError
from tanggap.inbox.joins_common import UnfitJoinError
from tanggap.inbox.macros import UnfitMacroError
from tanggap.inbox.mail_addresses import UnfitAddressError
from tanggap.inbox.mail_legs import UnfitSubjectError
from tanggap.inbox.mail_strays import SettledError, UnfitMailError
from tanggap.inbox.notes import LONGEST as NOTE_LONGEST
from tanggap.inbox.notes import UnfitNoteError
from tanggap.inbox.people import OccupiedError, UnfitError
from tanggap.inbox.phones import UnfitPhoneError
from tanggap.inbox.saved_views import UnfitViewError
from tanggap.inbox.shift_notes import UnfitShiftNoteError
from tanggap.web.attachments import explain_picture
from tanggap.web.call_back_words import explain_call
from tanggap.web.company_page import PROBLEMS as COMPANY
from tanggap.web.endpoint_pages import PROBLEMS as ENDPOINTS
from tanggap.web.form_words import FORM_PROBLEMS
from tanggap.web.joins import explain_join
from tanggap.web.macros import PROBLEMS as MACROS
from tanggap.web.mails import explain_mail
from tanggap.web.problems import core_problem
from tanggap.web.staff_words import explain as explain_staff

Saying = Callable[[Any], str]


def _question(_error: UnfitQuestionError) -> str:
    most = QUESTION_LONGEST
    return str(gettext("Write something, of at most %(most)d characters.", most=most))


def _note(_error: UnfitNoteError) -> str:
    return str(gettext("Write a note of at most %(most)d characters.", most=NOTE_LONGEST))


def _view(_error: UnfitViewError) -> str:
    return str(gettext("Give the view a name and set a filter first; you keep at most 20 views."))


def _shift_note(_error: UnfitShiftNoteError) -> str:
    return str(gettext("Choose who goes on, and write a note or tick a case."))


def _card(_error: UnfitCardError) -> str:
    return str(gettext("Write the number of a case of another author; it is in its address."))


def _by_field(words: Mapping[str, object], error: Any, otherwise: str = "") -> str:
    return str(words.get(error.field, words.get(otherwise, error)))


SAYINGS: Final[Mapping[type[TanggapError], Saying]] = {
    EndedError: explain_call,
    TooManyError: explain_picture,
    UnfitPhotoError: explain_picture,
    OccupiedError: explain_staff,
    SettledError: explain_mail,
    UnfitAddressError: explain_mail,
    UnfitCallBackError: explain_call,
    UnfitCardError: _card,
    UnfitCompanyError: lambda error: _by_field(COMPANY, error),
    UnfitEndpointError: lambda error: _by_field(ENDPOINTS, error),
    UnfitError: explain_staff,
    UnfitFormError: lambda error: str(FORM_PROBLEMS.get(error.code, error)),
    UnfitJoinError: explain_join,
    UnfitMacroError: lambda error: _by_field(MACROS, error, "text"),
    UnfitMailError: explain_mail,
    UnfitNoteError: _note,
    UnfitPhoneError: explain_call,
    UnfitQuestionError: _question,
    UnfitShiftNoteError: _shift_note,
    UnfitSubjectError: explain_mail,
    UnfitViewError: _view,
}
"""How each error is said that pages explain by themselves."""


def speak(bp: APIBlueprint) -> None:
    """Let the routes of a part of the API say these errors so."""
    for kind, say in SAYINGS.items():
        bp.register_error_handler(kind, _answering(say))


def _answering(say: Saying) -> Callable[[TanggapError], Response]:
    def answer(error: TanggapError) -> Response:
        late = isinstance(error, ConflictError)
        status, code = (409, "conflict") if late else (400, "refused")
        return core_problem(error, status, code, say(error))

    return answer
