"""Who may do what: the one table of roles and permissions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tanggap.errors import ForbiddenError
from tanggap.store.users import (
    ADMIN,
    AGENT,
    ANALYST,
    COMPLIANCE,
    JUNIOR,
    READ_ONLY,
    SUPERVISOR,
)


class Permission(StrEnum):
    """Something a role allows; a route needs exactly one of them."""

    READ_CASES = "read_cases"
    WORK_CASES = "work_cases"
    BULK_CASES = "bulk_cases"
    APPROVE_REPLIES = "approve_replies"
    CONTACT_ANYWAY = "contact_anyway"
    DELETE_POSTS = "delete_posts"
    LABEL_POSTS = "label_posts"
    REVEAL_PERSONAL = "reveal_personal"
    SEE_STAFF = "see_staff"
    PLAN_STAFF = "plan_staff"
    SEE_RULES = "see_rules"
    EDIT_RULES = "edit_rules"
    EDIT_TONE = "edit_tone"
    EDIT_CLOCKS = "edit_clocks"
    EDIT_FORMS = "edit_forms"
    SEE_REPORTS = "see_reports"
    COACH_PEOPLE = "coach_people"
    SEE_MODELS = "see_models"
    MANAGE_MODELS = "manage_models"
    REPLAY_DELIVERIES = "replay_deliveries"
    SEE_AUDIT = "see_audit"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_PLUGINS = "manage_plugins"
    MANAGE_PRIVACY = "manage_privacy"
    MANAGE_INTEGRATIONS = "manage_integrations"
    MANAGE_COMPANY = "manage_company"


_READ: Final = frozenset({Permission.READ_CASES, Permission.SEE_RULES})
_WORK: Final = _READ | {
    Permission.WORK_CASES,
    Permission.BULK_CASES,
    Permission.LABEL_POSTS,
    Permission.REVEAL_PERSONAL,
}

GRANTS: Final[Mapping[str, frozenset[Permission]]] = {
    ADMIN: frozenset(Permission),
    SUPERVISOR: _WORK
    | {
        Permission.APPROVE_REPLIES,
        Permission.CONTACT_ANYWAY,
        Permission.DELETE_POSTS,
        Permission.SEE_STAFF,
        Permission.PLAN_STAFF,
        Permission.EDIT_RULES,
        Permission.EDIT_TONE,
        Permission.EDIT_CLOCKS,
        Permission.EDIT_FORMS,
        Permission.SEE_REPORTS,
        Permission.COACH_PEOPLE,
        Permission.SEE_MODELS,
        Permission.REPLAY_DELIVERIES,
    },
    COMPLIANCE: _WORK
    | {
        Permission.APPROVE_REPLIES,
        Permission.CONTACT_ANYWAY,
        Permission.DELETE_POSTS,
        Permission.SEE_REPORTS,
        Permission.SEE_AUDIT,
        Permission.MANAGE_PRIVACY,
    },
    AGENT: _WORK,
    JUNIOR: _WORK - {Permission.BULK_CASES, Permission.REVEAL_PERSONAL},
    ANALYST: _READ
    | {
        Permission.LABEL_POSTS,
        Permission.SEE_STAFF,
        Permission.SEE_REPORTS,
        Permission.SEE_MODELS,
    },
    READ_ONLY: _READ,
}
"""What each role may; `docs/people.md` shows the same table."""

OF_CASES: Final = frozenset(
    {
        Permission.READ_CASES,
        Permission.WORK_CASES,
        Permission.BULK_CASES,
        Permission.APPROVE_REPLIES,
        Permission.CONTACT_ANYWAY,
        Permission.DELETE_POSTS,
        Permission.LABEL_POSTS,
        Permission.REVEAL_PERSONAL,
        Permission.SEE_STAFF,
        Permission.SEE_RULES,
        Permission.SEE_REPORTS,
        Permission.COACH_PEOPLE,
    }
)
"""What people keep who are limited to teams or accounts; all else concerns the whole company."""


def may(role: str, permission: Permission, *, limited: bool = False) -> bool:
    """Tell whether a role allows something; an unknown role allows nothing.

    Of a role that is limited to teams or accounts there is left what concerns single cases.
    """
    return permission in GRANTS.get(role, frozenset()) and (not limited or permission in OF_CASES)


def require(role: str, permission: Permission, *, limited: bool = False) -> None:
    """Raise `ForbiddenError` unless the role allows it."""
    if not may(role, permission, limited=limited):
        raise ForbiddenError("your role does not allow this; ask an administrator")
