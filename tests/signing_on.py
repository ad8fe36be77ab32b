"""Single sign-on as tests need it: switched on for a provider on loopback, and the way there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from factories import make_user
from openid import CLIENT_ID, SECRET, Identities
from tanggap.inbox.people.sign_on_settings import Wanted, save_provider
from tanggap.inbox.services import Services
from tanggap.store.users import ADMIN, AGENT, User
from visitors import Visitor

AYU = {"sub": "ayu-1", "email": "ayu@contoh.example", "email_verified": True, "name": "Ayu Lestari"}


def set_up(services: Services, identities: Identities, **wishes: Any) -> int:
    """Switch single sign-on on; gives the administrator who did."""
    with services.database.write() as session:
        admin = make_user(session, role=ADMIN, name="Admin").id
    wanted = Wanted(
        **{
            "enabled": True,
            "name": "Contoh ID",
            "issuer": identities.issuer,
            "client_id": CLIENT_ID,
            "secret": SECRET,
            "domains": "contoh.example",
            "role": AGENT,
        }
        | wishes
    )
    with services.database.write() as session:
        save_provider(session, services.vault, wanted, by_user_id=admin)
    return admin


def leave(visitor: Visitor, query: str = "") -> tuple[str, TestResponse]:
    """Go to the provider; gives the address that it sends back to."""
    answer = visitor.get(f"/login/single{query}")
    if answer.status_code != 302:
        return "", answer
    back = httpx.get(answer.location, follow_redirects=False)
    parts = urlsplit(back.headers["location"])
    return f"{parts.path}?{parts.query}", answer


def sign_in(app: Flask, query: str = "") -> tuple[Visitor, TestResponse]:
    """Go the whole way; gives the visitor and the last answer."""
    visitor = Visitor(app)
    address, answer = leave(visitor, query)
    return visitor, visitor.get(address) if address else answer


def found(services: Services, email: str = AYU["email"]) -> User | None:  # type: ignore[assignment]
    """Find a person by their address, with their teams."""
    with services.database.read() as session:
        user = session.scalar(select(User).where(User.email == email))
        if user is not None:
            session.refresh(user, ["teams"])
        return user
