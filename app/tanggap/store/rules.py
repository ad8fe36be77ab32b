"""Stored rules, every version of them, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tanggap.store.base import Base, Id, utcnow


class RuleRow(Base):
    """One version of one rule; the engine runs the versions that are `current`."""

    __tablename__ = "rules"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index(
            "uq_rules_current",
            "key",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    current: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    definition: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class RuleRun(Base):
    """What one rule did with one revision of a post on one occasion; written once.

    `occasion` is empty where the trigger alone says when: a post is triaged once a revision.
    """

    __tablename__ = "rule_runs"
    __table_args__ = (
        UniqueConstraint(
            "post_id",
            "revision",
            "rule_key",
            "rule_version",
            "trigger",
            "occasion",
            name="uq_rule_runs_once",
        ),
        Index("ix_rule_runs_rule_key_created_at", "rule_key", "created_at"),
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    revision: Mapped[int]
    rule_key: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(32), default="post_triaged")
    occasion: Mapped[str] = mapped_column(String(128), default="")
    matched: Mapped[bool]
    actions: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class RuleOrder(Base):
    """Rules that were considered together, in their order, as `[key, version]` pairs."""

    __tablename__ = "rule_orders"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    rules: Mapped[list[Any]] = mapped_column(default=list)


class Consideration(Base):
    """One time that the rules were held against a post.

    The first `reached` rules of the order were considered. `inputs` are the values that their
    conditions name, without those that say who wrote what: these stand in the post.
    """

    __tablename__ = "considerations"
    __table_args__ = (UniqueConstraint("post_id", "revision", "trigger", "occasion"),)

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    revision: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(32))
    occasion: Mapped[str] = mapped_column(String(128), default="")
    order_id: Mapped[int] = mapped_column(ForeignKey("rule_orders.id"))
    reached: Mapped[int]
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class NamedList(Base):
    """Handles (with @) and names that conditions use as `list("key")`; people edit it."""

    __tablename__ = "named_lists"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name_id: Mapped[str] = mapped_column(String(255))
    name_en: Mapped[str] = mapped_column(String(255))
    entries: Mapped[list[Any]] = mapped_column(default=list)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
