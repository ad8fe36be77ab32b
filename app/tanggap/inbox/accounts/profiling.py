"""Ask platforms for the names of authors whose posts came without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.inbox.accounts import tokens
from tanggap.inbox.accounts.account_state import note_failure
from tanggap.inbox.clean import MAX_NAME
from tanggap.inbox.services import Services, client_for, sdk_account
from tanggap.plugins.breaker import Line, Paused
from tanggap.plugins.calls import PluginFaultError
from tanggap.sdk.channel import Channel, Profile, Profiles
from tanggap.sdk.errors import ChannelError, RateLimited
from tanggap.store.accounts import ACTIVE, Account
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.posts import Author, Post
from tanggap.store.storable import storable

log = structlog.get_logger(__name__)

FRESH: Final = timedelta(days=7)
"""Authors first seen before this are not asked for."""
MOST: Final = 200


def due_accounts(services: Services) -> list[int]:
    """List the accounts on which somebody without a name wrote."""
    parts = _parts(services)
    if not parts:
        return []
    with services.database.read() as session:
        found = [_nameless(session, key, part) for key, part in parts.items()]
    return sorted({account_id for people in found for account_id in people})


def look_up(services: Services, account_id: int) -> int:
    """Ask for the nameless authors of an account, each once, and count those now known."""
    if tokens.must_wait(services, account_id):
        return 0
    with services.database.read() as session:
        row = session.get_one(Account, account_id)
        part = _parts(services).get(row.channel)
        people = _nameless(session, row.channel, part).get(account_id, {}) if part else {}
        channel = services.registry.channel(row.channel)
    if channel is None or part is None:
        return 0
    known = 0
    try:
        names = sorted(people)
        for start in range(0, len(names), part.batch):
            some = {name: people[name] for name in names[start : start + part.batch]}
            known += _ask(services, account_id, channel, part, some)
    except RateLimited:
        return known
    except (ChannelError, PluginFaultError) as error:
        if not isinstance(error, Paused):
            with services.database.write() as session:
                note_failure(session, account_id, error)
    return known


def _parts(services: Services) -> Mapping[str, Profiles]:
    return {
        key: loaded.channel.profiles
        for key, loaded in services.registry.channels.items()
        if loaded.channel.profiles is not None
    }


def _nameless(session: Session, channel: str, part: Profiles) -> Mapping[int, Mapping[str, int]]:
    """Map accounts to the authors without a name who wrote there, platform's id to ours."""
    asked = (
        select(Author.id, Author.external_id, Post.account_id)
        .join(Post, Post.author_id == Author.id)
        .join(Account, Account.id == Post.account_id)
        .where(
            Author.channel == channel,
            Author.looked_up_at.is_(None),
            Author.name == "",
            Author.handle == "",
            Author.first_seen_at > utcnow() - FRESH,
            Post.from_us.is_(False),
            Account.state == ACTIVE,
        )
        .distinct()
        .limit(MOST)
    )
    if part.visibility is not None:
        asked = asked.where(Post.visibility == part.visibility)
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for author_id, external_id, account_id in session.execute(asked):
        found[account_id][external_id] = author_id
    return found


def _ask(
    services: Services,
    account_id: int,
    channel: Channel,
    part: Profiles,
    people: Mapping[str, int],
) -> int:
    with services.database.read() as session:
        account = sdk_account(services, session, session.get_one(Account, account_id))
    line = Line(channel.key, "profiles.look_up", account_id)
    http = client_for(services, channel, account, account_id)
    told = services.calls.run(line, part.look_up, account, tuple(people), http)
    profiles = [profile for profile in told if profile.author_id in people]
    with services.database.write() as session:
        ids = people.values()
        asked = update(Author).where(Author.id.in_(ids)).values(looked_up_at=utcnow())
        session.execute(asked.execution_options(synchronize_session=False))
        for profile in profiles:
            _store(session, people[profile.author_id], profile)
        _tell(session, [people[profile.author_id] for profile in profiles])
    log.info("profiles looked up", account=account_id, asked=len(people), told=len(profiles))
    return len(profiles)


def _store(session: Session, author_id: int, profile: Profile) -> None:
    session.execute(
        update(Author)
        .where(Author.id == author_id)
        .values(
            name=storable(profile.name, MAX_NAME),
            handle=storable(profile.handle.removeprefix("@"), MAX_NAME),
            followers=profile.followers,
            verified=profile.verified,
            avatar_url=storable(profile.avatar_url) if profile.avatar_url else None,
            told_at=utcnow(),
        )
        .execution_options(synchronize_session=False)
    )


def _tell(session: Session, author_ids: Sequence[int]) -> None:
    """Let open browsers show the names."""
    shown = session.scalars(
        select(Post.conversation_id)
        .where(Post.author_id.in_(author_ids), Post.conversation_id.is_not(None))
        .distinct()
    )
    session.add_all(Change(conversation_id=id_, kind="author_named") for id_ in shown)
