"""Begin a session: the one way in, after a password, a second step or an invitation."""

from __future__ import annotations

import hmac

from flask import current_app, session
from flask_login import login_user

from tanggap.web.session import SignedIn
from tanggap.web.signing_in import presence


def enter(person: SignedIn) -> None:
    """Sign a person in with a new session; only the language that was chosen stays."""
    start_over()
    login_user(person)
    session[current_app.config["WTF_CSRF_FIELD_NAME"]] = _form_secret(person)
    presence.arrive(person.id)


def _form_secret(person: SignedIn) -> str:
    """Derive what pages sign their forms with: one that stayed open works after signing in again.

    It is another one for anybody else, and after all sessions of the person were ended.
    """
    told = f"forms of {person.get_id()}".encode()
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), told, "sha256").hex()


def start_over() -> None:
    """Forget whatever the browser's session held but the language."""
    kept = session.get("language")
    session.clear()
    session.permanent = True
    if kept is not None:
        session["language"] = kept
