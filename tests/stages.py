"""A running desk and the browsers of the people in it, for journeys through the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from factories import make_user
from tanggap.app import create_app
from tanggap.inbox.people import people
from tanggap.inbox.services import Services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.store.users import AGENT, Team, TeamMember
from visitors import Visitor

PASSWORD = "rahasia sekali 123"
PATIENCE = 60_000
REFUSED = ("status of 401", "status of 404", "status of 409", "status of 422")
"""What browsers say of answers that refuse something, which is no fault of the page."""


class Stage:
    """A desk behind a real socket; `complaints` is what the browsers' consoles said."""

    def __init__(self, app: Flask, services: Services, tasks: Tasks, browser: Browser) -> None:
        self.app, self.services, self.tasks, self.browser = app, services, tasks, browser
        self.url = ""
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def person(self, name: str, role: str = AGENT, language: str = "id", team: str = "care") -> int:
        """Make somebody who works in a team and may sign in with `PASSWORD`."""
        with self.services.database.write() as session:
            user = make_user(
                session,
                name,
                role=role,
                language=language,
                email=f"{name.split(maxsplit=1)[0].lower()}@contoh.example",
                initials="".join(word[0] for word in name.split())[:2],
                password_hash=people.hash_password(PASSWORD),
            )
            row = session.scalars(select(Team).where(Team.key == team)).one()
            session.add(TeamMember(team_id=row.id, user_id=user.id))
            return user.id

    def open(self, user_id: int, **options: Any) -> Page:
        """Give a person who is signed in a browser of their own."""
        visitor = Visitor(self.app)
        visitor.user_id = user_id
        visitor.come_back(self.services)
        cookie = visitor.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        page = self.visitor(**options)
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        return page

    def visitor(self, **options: Any) -> Page:
        """Give somebody who was never here a browser."""
        context = self.browser.new_context(base_url=self.url, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note(self, words: str) -> None:
        if not any(refused in words for refused in REFUSED):
            self.complaints.append(words)


@contextmanager
def running(services: Services, browser: Browser) -> Iterator[Stage]:
    """Let a desk over the services run, and close it and its browsers in the end."""
    tasks = Tasks(services, open_queue(services.settings, services.keys, immediate=True))
    app = create_app(tasks=tasks)
    stage = Stage(app, services, tasks, browser)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    stage.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stage
    finally:
        for context in stage.contexts:
            context.close()
        server.shutdown()
        thread.join()
        server.server_close()
