"""What views share: the services and tasks of this process, and the person who is signed in."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from flask_login import current_user

from tanggap.inbox.services import Services
from tanggap.jobs.tasks import Tasks
from tanggap.web.session import SignedIn

_EXTENSION = "tanggap"


def attach(app: Flask, tasks: Tasks) -> None:
    """Make tasks and services known to the app's views."""
    app.extensions[_EXTENSION] = tasks


def tasks() -> Tasks:
    """Give the tasks that views may enqueue."""
    return cast("Tasks", current_app.extensions[_EXTENSION])


def services() -> Services:
    """Give the services of the app that answers the present request."""
    return tasks().services


def me() -> SignedIn:
    """Give who is signed in; on public pages only `is_authenticated` may be asked."""
    # Itself and no stand-in: templates ask it for something dozens of times a page.
    return cast("SignedIn", current_user._get_current_object())  # noqa: SLF001 - its public name
