"""Make rows with sensible values; what a test is about is said in its arguments."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from fakes import ACCOUNT_ID, SECRET, T0
from tanggap.inbox.forms import forms
from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField
from tanggap.inbox.services import Services
from tanggap.store.accounts import Account, ChannelApp
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Author, Post
from tanggap.store.users import AGENT, User

_numbers = count(1)

PHOTO = FormField(
    key="photo", kind=FieldKind.PHOTO, label_id="Foto", label_en="Photo", required=False
)
"""What forms of tests ask beside words."""


def make_user(session: Session, name: str = "Ayu Lestari", **values: Any) -> User:
    """Make a person; the password cannot be signed in with unless one is given as a hash."""
    number = next(_numbers)
    user = User(
        **{
            "email": f"user{number}@contoh.example",
            "name": name,
            "initials": f"U{number}",
            "password_hash": "!",
            "role": AGENT,
        }
        | values
    )
    session.add(user)
    session.flush()
    return user


def make_app(services: Services, session: Session, channel: str = "fake") -> ChannelApp:
    """Make the developer app of a channel."""
    app = ChannelApp(
        channel=channel,
        config={"client_id": "client"},
        sealed_secrets=services.vault.seal({"client_secret": SECRET}),
    )
    session.add(app)
    session.flush()
    services.apps.forget(channel)
    return app


def make_account(
    session: Session, services: Services | None = None, channel: str = "fake", **values: Any
) -> Account:
    """Make a connected account; with `services` its token can be opened."""
    held = {"access_token": "token", "refresh_token": "next"}
    token = services.vault.seal(held) if services else None
    account = Account(
        **{
            "channel": channel,
            "external_id": ACCOUNT_ID,
            "name": "Contoh Peduli",
            "handle": "contohpeduli",
            "sealed_token": token,
        }
        | values
    )
    session.add(account)
    session.flush()
    return account


def make_author(session: Session, channel: str = "fake", **values: Any) -> Author:
    """Make a customer."""
    number = next(_numbers)
    author = Author(
        **{
            "channel": channel,
            "external_id": f"author-{number}",
            "name": f"Pelanggan {number}",
            "handle": f"pelanggan{number}",
        }
        | values
    )
    session.add(author)
    session.flush()
    return author


def make_conversation(
    session: Session, account: Account, author: Author | None = None, **values: Any
) -> Conversation:
    """Make a conversation without posts."""
    author = author or make_author(session, account.channel)
    number = next(_numbers)
    conversation = Conversation(
        **{
            "account_id": account.id,
            "channel": account.channel,
            "thread_id": f"thread-{number}",
            "author_id": author.id,
            "snippet": "halo min",
            "last_post_at": T0 + timedelta(milliseconds=number),
        }
        | values
    )
    session.add(conversation)
    session.flush()
    return conversation


def make_post(
    session: Session,
    conversation: Conversation,
    text: str = "halo min",
    *,
    posted_at: datetime | None = None,
    **values: Any,
) -> Post:
    """Make a post of the conversation's customer."""
    number = next(_numbers)
    post = Post(
        **{
            "account_id": conversation.account_id,
            "conversation_id": conversation.id,
            "author_id": conversation.author_id,
            "source": "webhook",
            "external_id": f"post-{number}",
            "thread_id": conversation.thread_id,
            "kind": "mention",
            "visibility": "public",
            "text": text,
            "posted_at": posted_at or conversation.last_post_at,
        }
        | values
    )
    session.add(post)
    session.flush()
    conversation.post_count += 1
    if not post.from_us:
        conversation.last_inbound_id = post.id
    conversation.snippet = text[:160]
    return post


def make_form(session: Session, definition: FormDefinition) -> str:
    """Publish a form and give its key."""
    names = {"name_id": "Barang rusak", "name_en": "Damaged goods"}
    return forms.save_form(session, None, definition=definition, **names).key
