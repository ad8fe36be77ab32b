"""Forms and verification in the open case, and on the customer's own page."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select

from factories import PHOTO, make_form, make_user
from fakes import FakePlatform
from hostile import MARKS, XSS
from photos import PLACE, picture
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField
from tanggap.inbox.services import Services
from tanggap.sdk import Refusal
from tanggap.store.audit import AuditEntry
from tanggap.store.conversations import Conversation
from tanggap.store.forms import FormPhoto
from tanggap.store.users import ANALYST
from visitors import Visitor

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
DEFINITION = FormDefinition(
    intro_id="Ceritakan",
    intro_en="Tell us",
    fields=(
        FormField(key="what", kind=FieldKind.LONG_TEXT, label_id="Apa", label_en="What"),
        PHOTO,
    ),
)


@pytest.fixture
def form(services: Services) -> str:
    with services.database.write() as session:
        return make_form(session, DEFINITION)


def ask(agent: Visitor, case: Conversation, form: str, **typed: str) -> str:
    """Ask and give the draft that stands in the composer then."""
    page = agent.post(f"/inbox/{case.id}/forms", {"form": form, **typed})
    assert page.status_code == 200
    found = re.search(r'<textarea id="reply-text".*?>(.*?)</textarea>', page.text, re.DOTALL)
    assert found is not None
    return found[1]


def path_in(draft: str) -> str:
    found = re.search(r"/p/[\w-]+", draft)
    assert found is not None, draft
    return found[0]


def code_in(draft: str) -> str:
    return re.findall(r"\d{6}", draft)[-1]


@SQLITE
def test_menu_offers_forms_and_verification(agent: Visitor, case: Conversation, form: str) -> None:
    page = agent.get(f"/inbox/{case.id}/forms").text
    assert "Damaged goods" in page
    assert 'value="verify"' in page
    assert 'value="code"' in page


@SQLITE
def test_nothing_is_asked_where_the_customer_cannot_be_reached_in_private(
    agent: Visitor, case: Conversation, form: str, platform: FakePlatform
) -> None:
    platform.refusals["private"] = Refusal(code="no_private", message="Not in private.")
    assert "in private" in agent.get(f"/inbox/{case.id}/forms").text
    page = agent.post(f"/inbox/{case.id}/forms", {"form": form, "text": "halo"})
    assert "/p/" not in page.text
    assert ">halo</textarea>" in page.text


def test_form_goes_from_the_composer_to_the_customer_and_back_into_the_case(
    app: Flask, agent: Visitor, services: Services, case: Conversation, form: str
) -> None:
    draft = ask(agent, case, form, text="Halo Kak")
    assert draft.lstrip().startswith("Halo Kak")
    path = path_in(draft)
    customer = app.test_client()
    shown = customer.get(path + "?lang=en")
    assert "Damaged goods" in shown.text
    assert 'type="file"' in shown.text
    answer = customer.post(
        path, data={"what": "Layarnya pecah", "photo": (io.BytesIO(picture()), "../../x.html")}
    )
    assert answer.status_code == 200
    assert customer.get(path).status_code == 404
    page = agent.get(f"/inbox/{case.id}").text
    assert "Layarnya pecah" in page
    assert "x.html" not in page
    found = re.search(rf"/inbox/{case.id}/forms/photos/\d+", page)
    assert found is not None
    photo = agent.get(found[0])
    assert photo.mimetype == "image/jpeg"
    assert PLACE not in photo.data
    assert "sandbox" in photo.headers["Content-Security-Policy"]
    assert photo.headers["X-Content-Type-Options"] == "nosniff"
    assert "has filled in a form" in agent.get("/notifications").text


@SQLITE
def test_photo_is_for_those_who_work_on_the_case_alone(
    app: Flask, agent: Visitor, services: Services, case: Conversation, form: str
) -> None:
    path = path_in(ask(agent, case, form))
    data = {"what": "x", "photo": (io.BytesIO(picture()), "x.jpg")}
    app.test_client().post(path, data=data)
    with services.database.read() as session:
        photo = session.scalars(select(FormPhoto.id)).one()
    address = f"/inbox/{case.id}/forms/photos/{photo}"
    assert app.test_client().get(address).status_code == 302
    analyst = Visitor(app).sign_in(services, ANALYST)
    assert analyst.get(address).status_code == 403
    assert analyst.get(f"/inbox/{case.id}").status_code == 200
    assert agent.get(f"/inbox/{case.id + 1}/forms/photos/{photo}").status_code == 404
    assert agent.get(address).status_code == 200


@SQLITE
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    app: Flask, agent: Visitor, case: Conversation, form: str
) -> None:
    path = path_in(ask(agent, case, form)) + "?lang=en"
    customer = app.test_client()
    wrong = customer.post(path, data={"what": "x" * 4_001})
    assert wrong.status_code == 422
    assert "That is too long." in wrong.text
    data = {"what": "ditulis", "photo": (io.BytesIO(b"<svg/onload=alert(1)>"), "x.jpg")}
    wrong = customer.post(path, data=data)
    assert "not a photo" in wrong.text
    assert ">ditulis</textarea>" in wrong.text
    assert customer.post(path, data={"what": "ditulis"}).status_code == 200


@SQLITE
@pytest.mark.parametrize("text", [*XSS, *MARKS])
def test_hostile_answers_are_shown_as_text(
    app: Flask, agent: Visitor, case: Conversation, form: str, text: str
) -> None:
    path = path_in(ask(agent, case, form))
    sent = app.test_client().post(path, data={"what": text, "photo": text})
    assert text not in sent.text
    assert sent.status_code == 200
    assert str(escape(text)) in agent.get(f"/inbox/{case.id}").text
    for page in (agent.get(f"/inbox/{case.id}").text, agent.get("/notifications").text):
        assert "<img src=x" not in page
        assert "<iframe" not in page


@SQLITE
def test_link_and_code_are_not_sent_in_public(
    agent: Visitor, case: Conversation, form: str
) -> None:
    draft = ask(agent, case, form)
    code = code_in(ask(agent, case, "code"))
    for text in (path_in(draft), code):
        written = {"text": f"http://127.0.0.1:8000{text}" if "/p/" in text else f"kode {text}"}
        data = {**written, "visibility": "public", "seen_post_id": "1"}
        answer = agent.post(f"/inbox/{case.id}/reply", data)
        assert answer.status_code == 422
        assert "for one customer alone" in answer.text


@SQLITE
def test_form_is_withdrawn(app: Flask, agent: Visitor, case: Conversation, form: str) -> None:
    path = path_in(ask(agent, case, form))
    page = agent.get(f"/inbox/{case.id}").text
    found = re.search(rf"/inbox/{case.id}/forms/\d+/withdraw", page)
    assert found is not None
    assert agent.post(found[0]).status_code == 303
    assert app.test_client().get(path).status_code == 404


def test_customer_confirms_details_and_an_agent_compares_them(
    app: Flask, agent: Visitor, services: Services, case: Conversation
) -> None:
    draft = ask(agent, case, "verify")
    path, customer = path_in(draft), app.test_client()
    details = {"customer_number": "PLG-00123", "last_four": "7890"}
    assert "PLG" not in customer.get(path).text
    wrong = customer.post(path + "?lang=en", data={**details, "code": "no"})
    assert "This code is not the right one" in wrong.text
    sent = customer.post(path, data={**details, "code": code_in(draft)})
    assert sent.status_code == 200
    page = agent.get(f"/inbox/{case.id}").text
    assert "PLG-00123" in page
    assert "Verified customer" not in page
    found = re.search(rf"/inbox/{case.id}/forms/\d+/decide", page)
    assert found is not None
    agent.post(found[0], {"verdict": "yes"})
    page = agent.get(f"/inbox/{case.id}").text
    assert "Verified customer" in page
    assert "details that were compared" in page
    agent.post(f"/inbox/{case.id}/forms/revoke")
    assert "Verified customer" not in agent.get(f"/inbox/{case.id}").text
    with services.database.read() as session:
        told = session.scalars(select(AuditEntry.action)).all()
    assert {"author.verified", "author.mark_revoked"} <= set(told)


@SQLITE
def test_code_that_the_customer_tells_verifies_them(agent: Visitor, case: Conversation) -> None:
    code = code_in(ask(agent, case, "code"))
    wrong = agent.post(f"/inbox/{case.id}/forms/code", {"code": "x"})
    assert "This code is not the right one" in agent.get(wrong.location).text
    agent.post(f"/inbox/{case.id}/forms/code", {"code": code})
    page = agent.get(f"/inbox/{case.id}").text
    assert "Verified customer" in page
    over = agent.post(f"/inbox/{case.id}/forms/code", {"code": code})
    assert "No code that was sent still counts" in agent.get(over.location).text


@SQLITE
def test_owner_is_told_of_the_answer(
    app: Flask, services: Services, case: Conversation, form: str
) -> None:
    owner = Visitor(app).sign_in(services, "agent")
    with services.database.write() as session:
        session.get_one(Conversation, case.id).assignee_id = owner.user_id
        make_user(session)
    path = path_in(ask(owner, case, form))
    app.test_client().post(path, data={"what": "x"})
    assert "A customer has filled in a form" in owner.get("/notifications").text
