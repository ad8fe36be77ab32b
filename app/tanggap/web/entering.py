"""Begin a session: the one way in, after a password, a second step or an invitation."""

from __future__ import annotations

from flask import session
from flask_login import login_user

from tanggap.web import presence
from tanggap.web.session import SignedIn


def enter(person: SignedIn) -> None:
    """Sign a person in with a new session; only the language that was chosen stays."""
    start_over()
    login_user(person)
    presence.arrive(person.id)


def start_over() -> None:
    """Forget whatever the browser's session held but the language."""
    kept = session.get("language")
    session.clear()
    session.permanent = True
    if kept is not None:
        session["language"] = kept
