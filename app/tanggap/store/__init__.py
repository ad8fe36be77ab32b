"""Tables, one file a noun, and the access functions through which every query goes."""

from __future__ import annotations

from tanggap.store import (
    accounts,
    audit,
    conversations,
    deliveries,
    labelling,
    models,
    posts,
    replies,
    rules,
    users,
)
from tanggap.store.base import Base

__all__ = [
    "Base",
    "accounts",
    "audit",
    "conversations",
    "deliveries",
    "labelling",
    "models",
    "posts",
    "replies",
    "rules",
    "users",
]
