"""Languages of the interface and the names of things in them."""

from __future__ import annotations

from datetime import date as date_
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import Flask, current_app, g, session
from flask_babel import Babel, format_date, format_datetime, gettext, lazy_gettext
from flask_login import current_user

from tanggap.sdk.types import Text
from tanggap.sdk.words import Words
from tanggap.store.base import utcnow

LANGUAGES: Final = {"id": "Bahasa Indonesia", "en": "English"}

LABELS: Final = {
    "complaint": lazy_gettext("Complaint"),
    "question": lazy_gettext("Question"),
    "feedback": lazy_gettext("Feedback"),
    "praise": lazy_gettext("Praise"),
    "none": lazy_gettext("Off-topic"),
}
STATES: Final = {
    "open": lazy_gettext("Open"),
    "waiting": lazy_gettext("Waiting for the customer"),
    "snoozed": lazy_gettext("Snoozed"),
    "resolved": lazy_gettext("Resolved"),
    "not_ours": lazy_gettext("Not ours"),
}
PRIORITIES: Final = {
    "urgent": lazy_gettext("Urgent"),
    "high": lazy_gettext("High"),
    "normal": lazy_gettext("Normal"),
    "low": lazy_gettext("Low"),
}
POST_LANGUAGES: Final = {
    "id": lazy_gettext("Indonesian"),
    "en": lazy_gettext("English"),
    "mixed": lazy_gettext("Mixed languages"),
    "other": lazy_gettext("Other language"),
}
KINDS: Final = {
    "mention": lazy_gettext("mention"),
    "comment": lazy_gettext("comment"),
    "reply": lazy_gettext("reply"),
    "quote": lazy_gettext("quote"),
    "message": lazy_gettext("private message"),
    "email": lazy_gettext("e-mail"),
    "review": lazy_gettext("review"),
    "repost": lazy_gettext("repost"),
    "post": lazy_gettext("post"),
}
REPLY_STATES: Final = {
    "queued": lazy_gettext("Waiting to be sent"),
    "sending": lazy_gettext("Being sent"),
    "sent": lazy_gettext("Sent"),
    "failed": lazy_gettext("Not sent"),
    "unknown": lazy_gettext("May or may not have arrived"),
}
MAIL_KINDS: Final = {
    "answer": lazy_gettext("answer"),
    "unknown": lazy_gettext("belongs to no case"),
    "automatic": lazy_gettext("a program wrote it"),
    "bounce": lazy_gettext("a mail came back"),
    "loop": lazy_gettext("a mail of ours"),
    "flood": lazy_gettext("too many at once"),
    "too_large": lazy_gettext("too large to take in"),
    "unreadable": lazy_gettext("cannot be read"),
}
ROLES: Final = {
    "admin": lazy_gettext("Administrator"),
    "supervisor": lazy_gettext("Supervisor"),
    "compliance": lazy_gettext("Compliance"),
    "agent": lazy_gettext("Agent"),
    "junior": lazy_gettext("Junior agent"),
    "analyst": lazy_gettext("Analyst"),
    "read_only": lazy_gettext("Read-only"),
}
_NAMES: Final = {
    "state": STATES,
    "priority": PRIORITIES,
    "language": POST_LANGUAGES,
    "kind": KINDS,
    "mail": MAIL_KINDS,
    "reply_state": REPLY_STATES,
    "role": ROLES,
}


def translate_app(app: Flask) -> None:
    """Install the languages on an app."""
    Babel(app, locale_selector=language)
    app.add_template_filter(name_of)
    app.add_template_filter(told)
    app.add_template_filter(day)
    app.add_template_filter(ago)
    app.add_template_filter(on_the_clock)


def language() -> str:
    """Choose the language: the page's, the person's own, the session's, the installation's."""
    choices = (g.get("language"), getattr(current_user, "language", None), session.get("language"))
    default = current_app.config["BABEL_DEFAULT_LOCALE"]
    return next((choice for choice in choices if choice in LANGUAGES), str(default))


def name_of(value: str | None, noun: str) -> str:
    """Name a stored value in the reader's language; an unknown one stays as it is."""
    return str(_NAMES[noun].get(value or "", value or ""))


def told(words: Text) -> str:
    """Write a plugin's words in the reader's language, else in English."""
    if isinstance(words, Words):
        return told(words.texts) if words.texts else str(words)
    if isinstance(words, str):
        return words
    known = (words.get(language()), words.get("en"), *words.values())
    return next((text for text in known if text), "")


def ago(moment: datetime) -> str:
    """Say how long ago a moment was, shortly; the browser keeps it fresh."""
    past = utcnow() - moment
    if abs(past.total_seconds()) < 60:
        return str(gettext("now"))
    return format_timedelta(past, "minute", threshold=1, format="narrow", locale=language())


def day(date: date_) -> str:
    """Write a day out."""
    return str(format_date(date, "d MMMM y"))


def on_the_clock(moment: datetime) -> str:
    """Write a moment out in full in the reader's time zone, or in UTC where nobody is known."""
    there = moment.astimezone(ZoneInfo(getattr(current_user, "zone", "UTC")))
    return f"{format_datetime(there, 'd MMMM y HH:mm', rebase=False)} {there.tzname()}"
