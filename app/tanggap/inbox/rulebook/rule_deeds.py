"""What one rule did lately: its newest runs, whatever post set them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.store.posts import Post
from tanggap.store.rules import RuleRun

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """One run of a rule that matched or failed; without a case the post has none."""

    version: int
    trigger: str
    conversation_id: int | None
    actions: Sequence[Any]
    error: str
    at: datetime


def deeds_of(session: Session, key: str) -> list[Deed]:
    """List the newest runs of a rule in which it matched or failed."""
    rows = session.execute(
        select(RuleRun, Post.conversation_id)
        .join(Post, Post.id == RuleRun.post_id)
        .where(RuleRun.rule_key == key, RuleRun.matched | (RuleRun.error != ""))
        .order_by(RuleRun.created_at.desc(), RuleRun.id.desc())
        .limit(SHOWN)
    )
    return [
        Deed(run.rule_version, run.trigger, case, run.actions, run.error, run.created_at)
        for run, case in rows
    ]
