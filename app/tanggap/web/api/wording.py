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
from tanggap.inbox.arrival.mail_strays import SettledError, UnfitMailError
from tanggap.inbox.cases.author_cards import UnfitCardError
from tanggap.inbox.endpoints.endpoints import UnfitEndpointError
from tanggap.inbox.forms.form_fields import UnfitFormError
from tanggap.inbox.handover.call_backs import EndedError, UnfitCallBackError
from tanggap.inbox.handover.phones import UnfitPhoneError
from tanggap.inbox.mailbox.mail_addresses import UnfitAddressError
from tanggap.inbox.mailbox.mail_legs import UnfitSubjectError
from tanggap.inbox.media.form_photos import UnfitPhotoError
from tanggap.inbox.operation.company import UnfitCompanyError
from tanggap.inbox.people.people import OccupiedError, UnfitError
from tanggap.inbox.posts.joins_common import UnfitJoinError
from tanggap.inbox.search.saved_views import UnfitViewError
from tanggap.inbox.sending.attachments import TooManyError
from tanggap.inbox.teamwork.consultations import LONGEST as QUESTION_LONGEST
from tanggap.inbox.teamwork.consultations import UnfitQuestionError
from tanggap.inbox.teamwork.notes import LONGEST as NOTE_LONGEST
from tanggap.inbox.teamwork.notes import UnfitNoteError
from tanggap.inbox.teamwork.shift_notes import UnfitShiftNoteError
from tanggap.inbox.tone.macros import UnfitMacroError
from tanggap.web.accounts.endpoint_pages import PROBLEMS as ENDPOINTS
from tanggap.web.desk.attachments import explain_picture
from tanggap.web.desk.call_back_words import explain_call
from tanggap.web.desk.joins import explain_join
from tanggap.web.desk.macros import PROBLEMS as MACROS
from tanggap.web.desk.mails import explain_mail
from tanggap.web.forms.form_words import FORM_PROBLEMS
from tanggap.web.operation.company_page import PROBLEMS as COMPANY
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
