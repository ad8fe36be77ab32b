"""Tone profiles as an owner sees and changes them, per channel or account and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.accounts.channel_apps import loaded_channel
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import LANGUAGES, proposal
from tanggap.rules.tone import CODES, Profile, changed, changes_between
from tanggap.store import audit
from tanggap.store.accounts import Account, account_by_id, list_accounts
from tanggap.store.base import utcnow
from tanggap.store.tone import ToneRow
from tanggap.store.users import Team

ALWAYS_STOPS: Final = "too_long"
"""What no team can let out, since the platform would refuse it."""

Source = Literal["plugin", "channel", "account"]
_Rows = Mapping[tuple[str, str, int | None], ToneRow]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose profile is meant: a whole channel's, or one account's, in one language."""

    channel: str
    language: str
    account_id: int | None = None

    def __str__(self) -> str:
        own = (self.account_id,) if self.account_id is not None else ()
        return "/".join(map(str, (self.channel, self.language, *own)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Toned:
    """A profile and where it comes from.

    `beneath` is what holds where this scope changes nothing, `changes` what it does change, and
    `version` tells whether somebody changed it in the meantime.
    """

    scope: Scope
    name: str
    profile: Profile
    beneath: Profile
    source: Source
    changes: Mapping[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class LanguageTone:
    """A channel's profile in one language, and those of its accounts."""

    whole: Toned
    accounts: Sequence[Toned]


@dataclass(frozen=True, slots=True)
class ChannelTone:
    """A channel's profiles by language."""

    key: str
    name: str
    languages: Sequence[LanguageTone]


def list_profiles(services: Services, session: Session) -> list[ChannelTone]:
    """List the profiles of every installed channel and its accounts."""
    rows = _rows(session)
    accounts = list_accounts(session)
    return [
        ChannelTone(
            key,
            loaded.channel.name,
            [
                LanguageTone(
                    _toned(services, Scope(key, language), rows, loaded.channel.name),
                    [
                        _toned(services, Scope(key, language, account.id), rows, account.name)
                        for account in accounts
                        if account.channel == key
                    ],
                )
                for language in LANGUAGES
            ],
        )
        for key, loaded in services.registry.channels.items()
    ]


def read_profile(services: Services, session: Session, scope: Scope) -> Toned:
    """Give one profile; raises `NotFoundError` for what is not installed or not connected."""
    name = loaded_channel(services, scope.channel).channel.name
    if scope.language not in LANGUAGES:
        raise NotFoundError(f"there is no tone profile in the language {scope.language!r}")
    if scope.account_id is not None:
        account: Account = account_by_id(session, scope.account_id)
        if account.channel != scope.channel:
            raise NotFoundError(f"{account.name} is no account of {name}")
        name = account.name
    return _toned(services, scope, _rows(session, scope.channel), name)


def save_profile(
    services: Services, scope: Scope, wanted: Profile, *, version: str, user_id: int
) -> bool:
    """Store what differs from the profile beneath; tells whether anything changed.

    Raises `ConflictError` when somebody changed the profile since `version` was shown.
    """
    with services.database.write() as session:
        before = read_profile(services, session, scope)
        if version != before.version:
            raise ConflictError("somebody changed this tone profile a moment ago; look again")
        changes = changes_between(before.beneath, wanted)
        if not changes_between(before.profile, wanted):
            return False
        _store(session, scope, changes)
        _audit(session, "tone.changed", before, wanted, user_id)
    return True


def reset_profile(services: Services, scope: Scope, *, user_id: int) -> bool:
    """Forget what was changed; tells whether anything was."""
    with services.database.write() as session:
        before = read_profile(services, session, scope)
        if not before.changes:
            return False
        _store(session, scope, {})
        _audit(session, "tone.reset", before, before.beneath, user_id)
    return True


def set_blocking(services: Services, team_id: int, codes: Iterable[str], *, user_id: int) -> bool:
    """Choose which findings stop a team's sending; tells whether that differs from before."""
    wanted = set(codes)
    with services.database.write() as session:
        team = team_by_id(session, team_id)
        blocking = sorted(code for code in CODES if code in wanted and code != ALWAYS_STOPS)
        if blocking == sorted(map(str, team.blocking)):
            return False
        detail = {"old": list(team.blocking), "new": blocking}
        team.blocking = blocking
        audit.record(
            session, "team.blocking_changed", "team", team.key, user_id=user_id, detail=detail
        )
    return True


def set_forbidden(
    services: Services, team_id: int, phrases: Sequence[str], *, user_id: int
) -> bool:
    """Store what a team's brand guide forbids; tells whether that differs from before."""
    with services.database.write() as session:
        team = team_by_id(session, team_id)
        if list(team.forbidden) == list(phrases):
            return False
        detail = {"old": list(team.forbidden), "new": list(phrases)}
        team.forbidden = list(phrases)
        audit.record(
            session, "team.forbidden_changed", "team", team.key, user_id=user_id, detail=detail
        )
    return True


def team_by_id(session: Session, team_id: int) -> Team:
    """Find a team; raises `NotFoundError`."""
    team = session.get(Team, team_id)
    if team is None:
        raise NotFoundError(f"there is no team {team_id}")
    return team


def _rows(session: Session, channel: str | None = None) -> _Rows:
    query = select(ToneRow)
    if channel is not None:
        query = query.where(ToneRow.channel == channel)
    return {(row.channel, row.language, row.account_id): row for row in session.scalars(query)}


def _toned(services: Services, scope: Scope, rows: _Rows, name: str) -> Toned:
    """Lay the changes over the plugin's proposal, the channel's first."""
    beneath = proposal(services, scope.channel, scope.language)
    source: Source = "plugin"
    whole = rows.get((scope.channel, scope.language, None))
    if whole is not None and scope.account_id is not None:
        beneath, source = changed(beneath, whole.changes), "channel"
    own = rows.get((scope.channel, scope.language, scope.account_id))
    if own is not None:
        source = "channel" if scope.account_id is None else "account"
    return Toned(
        scope=scope,
        name=name,
        profile=changed(beneath, own.changes) if own else beneath,
        beneath=beneath,
        source=source,
        changes=own.changes if own else {},
        version=f"{own.id}.{own.updated_at.isoformat()}" if own else "",
    )


def _store(session: Session, scope: Scope, changes: dict[str, Any]) -> None:
    """Write a scope's changes; without any, its row goes."""
    row = _rows(session, scope.channel).get((scope.channel, scope.language, scope.account_id))
    if row is not None and not changes:
        session.delete(row)
    elif row is not None:
        row.changes, row.updated_at = changes, utcnow()
    elif changes:
        session.add(
            ToneRow(
                channel=scope.channel,
                account_id=scope.account_id,
                language=scope.language,
                changes=changes,
            )
        )
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("somebody changed this tone profile at the same moment") from error


def _audit(session: Session, action: str, before: Toned, after: Profile, user_id: int) -> None:
    detail = {
        "old": changes_between(after, before.profile),
        "new": changes_between(before.profile, after),
    }
    audit.record(session, action, "tone_profile", before.scope, user_id=user_id, detail=detail)
