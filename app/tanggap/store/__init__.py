"""Tables, one file a noun, and the access functions through which every query goes."""

from __future__ import annotations

from tanggap.store import (
    accounts,
    action_runs,
    audit,
    conversations,
    deliveries,
    labelling,
    models,
    moderations,
    plugin_states,
    posts,
    reading,
    replies,
    retention,
    rules,
    tone,
    users,
)
from tanggap.store.base import Base

__all__ = [
    "Base",
    "accounts",
    "action_runs",
    "audit",
    "conversations",
    "deliveries",
    "labelling",
    "models",
    "moderations",
    "plugin_states",
    "posts",
    "reading",
    "replies",
    "retention",
    "rules",
    "tone",
    "users",
]
