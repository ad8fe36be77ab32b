"""What endpoints are told: the bodies of messages, as `docs/webhooks-out.md` describes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tanggap.inbox.events.endpoint_events import (
    ALERT_RAISED,
    CASE_JOINED,
    CASE_RATED,
    FORM_ANSWERED,
    TEST,
)
from tanggap.rules.covering import cover
from tanggap.settings import Settings
from tanggap.store.alerts import Alert
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import Conversation
from tanggap.store.endpoints import EndpointMessage
from tanggap.store.forms import FormRequest
from tanggap.store.joins import CaseJoin
from tanggap.store.posts import Author, Post, VerdictRow
from tanggap.store.ratings import Rating
from tanggap.store.replies import ReplyRow

VERSION: Final = 1


def body_of(session: Session, settings: Settings, message: EndpointMessage) -> bytes:
    """Write a message as it is now: what happened once, and the case as it stands."""
    texts = message.endpoint.with_texts
    data: dict[str, Any] = {}
    if message.type == TEST:
        data["message"] = "Tanggap reaches this endpoint."
    if message.conversation_id is not None:
        case = session.get_one(Conversation, message.conversation_id)
        data["conversation"] = _conversation(case, settings, texts=texts)
    if message.post_id is not None:
        data["post"] = _post(session, session.get_one(Post, message.post_id), texts=texts)
    if message.type.startswith("reply."):
        data["reply"] = _reply(session, message.object_id, texts=texts)
    if message.type.startswith("clock.") and message.conversation_id is not None:
        data["clock"] = _clock(session, message.conversation_id, message.object_id)
    for name, write in _OTHERS.get(message.type, {}).items():
        data[name] = write(session, message.object_id)
    body = {
        "type": message.type,
        "version": VERSION,
        "timestamp": message.occurred_at.isoformat(),
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _conversation(case: Conversation, settings: Settings, *, texts: bool) -> dict[str, Any]:
    found = {
        "id": case.id,
        "url": f"{settings.public_url.rstrip('/')}/inbox/{case.id}",
        "channel": case.channel,
        "account_id": case.account_id,
        "author_id": case.author_id,
        "visibility": case.visibility,
        "state": case.state,
        "handover": case.handover,
        "priority": case.priority_name,
        "label": case.label,
        "language": case.language,
        "tags": list(case.tags),
        "team": case.team.key if case.team else None,
        "assignee_id": case.assignee_id,
        "created_at": _time(case.created_at),
        "last_post_at": _time(case.last_post_at),
        "first_answered_at": _time(case.first_answered_at),
        "resolved_at": _time(case.resolved_at),
        "next_due": case.next_due,
        "next_due_at": _time(case.next_due_at),
    }
    return found | {"author": _author(case.author)} if texts else found


def _post(session: Session, post: Post, *, texts: bool) -> dict[str, Any]:
    verdict = session.scalar(
        select(VerdictRow).where(VerdictRow.post_id == post.id).order_by(VerdictRow.id.desc())
    )
    found = {
        "id": post.id,
        "kind": post.kind,
        "visibility": post.visibility,
        "from_us": post.from_us,
        "posted_at": _time(post.posted_at),
        "edited_at": _time(post.edited_at),
        "deleted_at": _time(post.deleted_at),
        "label": verdict.label if verdict else None,
        "confidence": round(verdict.confidence, 4) if verdict else None,
    }
    if not texts:
        return found
    return found | {"text": cover(post.text), "url": post.url, "author": _author(post.author)}


def _author(author: Author) -> dict[str, Any]:
    return {"name": author.name, "handle": author.handle, "verified": author.verified}


def _reply(session: Session, object_id: str, *, texts: bool) -> dict[str, Any] | None:
    row = session.get(ReplyRow, _number(object_id))
    if row is None:
        return None
    found = {
        "id": row.id,
        "user_id": row.user_id,
        "visibility": row.visibility,
        "state": row.state,
        "error_code": row.error_code,
        "created_at": _time(row.created_at),
        "sent_at": _time(row.sent_at),
    }
    return found | {"text": cover(row.text), "url": row.url} if texts else found


def _clock(session: Session, conversation_id: int, object_id: str) -> dict[str, Any]:
    kind = object_id.partition("-")[0]
    row = session.scalar(
        select(ClockRow)
        .where(ClockRow.conversation_id == conversation_id, ClockRow.kind == kind)
        .order_by(ClockRow.id.desc())
    )
    return {"kind": kind, "due_at": _time(row.due_at) if row else None}


def _alert(session: Session, object_id: str) -> dict[str, Any] | None:
    row = session.get(Alert, _number(object_id))
    if row is None:
        return None
    return {
        "id": row.id,
        "level": row.level,
        "text": cover(row.text),
        "rule_key": row.rule_key,
        "created_at": _time(row.created_at),
    }


def _join(session: Session, object_id: str) -> dict[str, Any] | None:
    row = session.get(CaseJoin, _number(object_id))
    if row is None:
        return None
    undone = row.undone_at is not None
    return {"id": row.id, "kind": row.kind, "other_id": row.other_id, "undone": undone}


def _rating(session: Session, object_id: str) -> dict[str, Any] | None:
    row = session.get(Rating, _number(object_id))
    return None if row is None else {"id": row.id, "score": row.score, "by": row.by}


def _form(session: Session, object_id: str) -> dict[str, Any] | None:
    row = session.get(FormRequest, _number(object_id))
    if row is None:
        return None
    form = row.version.form
    return {"request_id": row.id, "form": form.key, "purpose": form.purpose}


_OTHERS: Final[Mapping[str, Mapping[str, Callable[[Session, str], dict[str, Any] | None]]]] = {
    ALERT_RAISED: {"alert": _alert},
    CASE_JOINED: {"join": _join},
    CASE_RATED: {"rating": _rating},
    FORM_ANSWERED: {"form": _form},
}
"""What stands beside the case in messages of these types."""


def _number(object_id: str) -> int:
    """Read the id with which an occasion begins."""
    written = object_id.partition(":")[0]
    return int(written) if written.isascii() and written.isdigit() else 0


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
