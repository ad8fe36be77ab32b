"""Check and store how single sign-on is set up, with word of the change in the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.people.people import UnfitError
from tanggap.inbox.people.people_limits import fit_limits
from tanggap.store import audit
from tanggap.store.secrets import Vault
from tanggap.store.sign_on import ONLY, OWN, SECOND_FACTORS, SignOnProvider
from tanggap.store.users import ADMIN, ROLES, Team, User

GROUPS_MOST: Final = 50
_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
_SECRET: Final = "client_secret"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """What members of a provider's group are here."""

    group: str
    role: str
    teams: tuple[int, ...] = ()
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed; without a secret the stored one is kept."""

    enabled: bool
    name: str
    issuer: str
    client_id: str
    secret: str = ""
    domains: str = ""
    groups_claim: str = "groups"
    groups: Sequence[GroupRule] = ()
    role: str = ""
    second_factor: str = OWN
    passwords_off: bool = False
    break_glass_id: int | None = None


def read_provider(session: Session) -> SignOnProvider | None:
    """Give what is stored, switched on or not."""
    return session.get(SignOnProvider, ONLY)


def save_provider(session: Session, vault: Vault, wanted: Wanted, *, by_user_id: int) -> bool:
    """Store it; tells whether anything changed. Raises `UnfitError`."""
    values = _fit(session, wanted)
    row = session.get(SignOnProvider, ONLY)
    if row is None and not wanted.secret:
        raise UnfitError(_SECRET, "the provider gives a client secret; enter it")
    before = _facts(row)
    if row is None:
        row = SignOnProvider(id=ONLY)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    if wanted.secret:
        row.sealed_secret = vault.seal({_SECRET: wanted.secret})
    after = _facts(row)
    if wanted.secret:
        after["secret"] = "changed"  # noqa: S105 - says that there is another
    if before == after:
        return False
    detail = {"before": before, "after": after}
    audit.record(session, "sign_on.changed", "sign_on", ONLY, user_id=by_user_id, detail=detail)
    return True


def secret_of(row: SignOnProvider, vault: Vault) -> str:
    """Open the client's secret."""
    return str(vault.open(row.sealed_secret)[_SECRET])


def _fit(session: Session, wanted: Wanted) -> dict[str, Any]:
    issuer = wanted.issuer.strip()
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.netloc or len(issuer) > 255:
        raise UnfitError("issuer", "the provider's address begins with https://")
    if not 0 < len(wanted.client_id.strip()) <= 255:
        raise UnfitError("client_id", "the provider gives a client id; enter it")
    if wanted.second_factor not in SECOND_FACTORS:
        raise UnfitError("second_factor", "choose whose second step counts")
    domains = [one.strip().lower().lstrip("@") for one in re.split(r"[,\s]+", wanted.domains)]
    domains = sorted({one for one in domains if one})
    if not all(_DOMAIN.fullmatch(one) for one in domains):
        raise UnfitError("domains", "domains such as example.com, separated by commas")
    if wanted.role and wanted.role not in ROLES:
        raise UnfitError("role", "choose one of the roles")
    return {
        "enabled": wanted.enabled,
        "name": " ".join(wanted.name.split())[:80],
        "issuer": issuer,
        "client_id": wanted.client_id.strip(),
        "domains": domains,
        "groups_claim": wanted.groups_claim.strip()[:80] or "groups",
        "groups": _fit_groups(session, wanted.groups),
        "role": wanted.role,
        "second_factor": wanted.second_factor,
        "passwords_off": wanted.passwords_off,
        "break_glass_id": _fit_keeper(session, wanted),
    }


def _fit_groups(session: Session, rules: Sequence[GroupRule]) -> list[dict[str, Any]]:
    found = []
    known = set(session.scalars(select(Team.id)))
    for rule in rules[:GROUPS_MOST]:
        group = rule.group.strip()
        if not group:
            continue
        if rule.role not in ROLES or len(group) > 255:
            raise UnfitError("groups", f"the group {group[:80]} needs one of the roles")
        teams = [id_ for id_ in rule.teams if id_ in known]
        if rule.limited and not teams:
            raise UnfitError("groups", f"the group {group[:80]} is limited to no team")
        fit_limits(session, rule.role, teams if rule.limited else (), ())
        found.append({"group": group, "role": rule.role, "teams": teams, "limited": rule.limited})
    return found


def _fit_keeper(session: Session, wanted: Wanted) -> int | None:
    """Give who keeps a password when nobody else does: an administrator who may sign in."""
    user = session.get(User, wanted.break_glass_id) if wanted.break_glass_id else None
    fits = user is not None and user.active and user.role == ADMIN
    if wanted.passwords_off and not fits:
        raise UnfitError("break_glass", "one administrator has to keep their password")
    return wanted.break_glass_id if fits else None


def _facts(row: SignOnProvider | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "enabled": row.enabled,
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "domains": row.domains,
        "groups_claim": row.groups_claim,
        "groups": [_line(one) for one in row.groups],
        "role": row.role,
        "second_factor": row.second_factor,
        "passwords_off": row.passwords_off,
        "break_glass": row.break_glass_id,
    }


def _line(rule: dict[str, Any]) -> str:
    teams = ", ".join(map(str, rule["teams"])) or "–"
    return f"{rule['group']}: {rule['role']}; {teams}{' only' if rule['limited'] else ''}"
