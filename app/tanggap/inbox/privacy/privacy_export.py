"""Give a person what we hold of them: a ZIP of JSON, of tables for a spreadsheet, and a page."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, NotFoundError, SettingsError
from tanggap.inbox.privacy.privacy_report import write_report
from tanggap.inbox.privacy.privacy_steps import entries_about
from tanggap.inbox.privacy_person import (
    Person,
    belongs,
    generic_tables,
    identities_of,
    person_of,
    refuse_limited,
)
from tanggap.inbox.privacy_places import table_of
from tanggap.inbox.services import Services
from tanggap.store import audit
from tanggap.store.base import utcnow
from tanggap.store.privacy import PersonExport

Rows = list[dict[str, Any]]

_FIRST: Final = ("authors", "conversations", "posts")
_LEFT_OUT: Final = frozenset(
    {
        *("considerations", "shadow_verdicts", "growths", "seen_marks", "signs", "case_vectors"),
        *("endpoint_messages", "endpoint_attempts", "person_exports", "rule_events"),
        *("merged_conversations", "single_use_links", "followed_threads", "private_legs"),
        *("notifications", "clocks", "handlings", "action_runs", "label_requests"),
    }
)
"""Places that repeat what another says, or that hold figures of our own work alone."""

_HIDDEN: Final = frozenset(
    {
        *("idempotency_key", "claimed_until", "triage_claimed_until", "next_try_at", "token"),
        *("address_hash", "sender_hash", "text_hash", "key", "raw", "delivery_id", "revision"),
    }
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def collect(services: Services, session: Session, person: Person) -> dict[str, Rows]:
    """Read everything that is told of a person, by table; what is sealed is opened."""
    wanted = [*map(table_of, _FIRST), *(t for t in generic_tables() if t.name not in _LEFT_OUT)]
    found = {table.name: _rows(services, session, table, person) for table in wanted}
    found["audit_entries"] = [
        {"at": entry.at, "action": entry.action, "about": entry.object_type, **_plain(entry.detail)}
        for entry in entries_about(session, person)
    ]
    return {name: rows for name, rows in found.items() if rows}


def archive(services: Services, session: Session, author_id: int) -> tuple[bytes, dict[str, int]]:
    """Make the ZIP of a person and count what is in it, by place."""
    authors = identities_of(session, author_id)
    found = collect(services, session, person_of(session, [author.id for author in authors]))
    files: dict[str, bytes] = {}
    for name, rows in found.items():
        _take_files_out(name, rows, files)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("index.html", write_report(found, utcnow()))
        zipped.writestr("data.json", json.dumps(found, indent=2, default=_json, ensure_ascii=False))
        for name, rows in found.items():
            zipped.writestr(f"tables/{name}.csv", _csv(rows))
        for name, content in files.items():
            zipped.writestr(name, content)
    return data.getvalue(), {name: len(rows) for name, rows in found.items()}


def make_export(services: Services, author_id: int, *, user_id: int | None) -> int:
    """Make an export, sealed until it is downloaded or its time is over; gives its number."""
    refuse_limited()
    with services.database.read() as session:
        zipped, counts = archive(services, session, author_id)
    with services.database.write() as session:
        row = PersonExport(
            author_id=author_id,
            user_id=user_id,
            counts=counts,
            size=len(zipped),
            sealed=services.vault.seal_bytes(zipped),
            expires_at=utcnow() + timedelta(hours=services.settings.export_hours),
        )
        session.add(row)
        session.flush()
        detail = {"counts": counts, "bytes": len(zipped)}
        audit.record(
            session, "privacy.exported", "author", author_id, user_id=user_id, detail=detail
        )
        return row.id


def take_export(services: Services, export_id: int, *, user_id: int) -> bytes:
    """Give an export away, once; raises `ConflictError` when it is gone."""
    refuse_limited()
    with services.database.write() as session:
        row = session.get(PersonExport, export_id, with_for_update=True)
        if row is None:
            raise NotFoundError(f"there is no export {export_id}")
        if row.sealed is None or row.expires_at <= utcnow():
            raise ConflictError("this export was downloaded, or its time is over; make a new one")
        zipped = services.vault.open_bytes(row.sealed)
        row.sealed, row.downloaded_at = None, utcnow()
        audit.record(session, "privacy.downloaded", "author", row.author_id, user_id=user_id)
    return zipped


def recent_exports(session: Session, author_ids: Sequence[int] = ()) -> list[PersonExport]:
    """List exports, the newest first."""
    query = select(PersonExport).order_by(PersonExport.id.desc()).limit(20)
    if author_ids:
        query = query.where(PersonExport.author_id.in_(author_ids))
    return list(session.scalars(query))


def forget_expired(session: Session) -> None:
    """Drop exports whose time is over."""
    session.execute(delete(PersonExport).where(PersonExport.expires_at < utcnow()))


def _rows(services: Services, session: Session, table: Table, person: Person) -> Rows:
    query = select(table).where(belongs(session, table, person))
    found = session.execute(query.order_by(*table.primary_key.columns)).mappings()
    return [_told(services, row) for row in found]


def _told(services: Services, row: Mapping[Any, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if name in _HIDDEN or value in (None, "", [], {}, b""):
            continue
        if isinstance(value, bytes):
            told[str(name).removeprefix("sealed_")] = _opened(services, value)
        else:
            told[str(name)] = value
    return told


def _opened(services: Services, sealed: bytes) -> Any:
    """Open what is sealed: values as they are, a file as its bytes."""
    with suppress(SettingsError, ValueError, UnicodeDecodeError):
        opened = services.vault.open(sealed)
        return next(iter(opened.values())) if len(opened) == 1 else opened
    with suppress(SettingsError):
        return services.vault.open_bytes(sealed)
    return "(cannot be opened with the present key)"


def _take_files_out(table: str, rows: Rows, files: dict[str, bytes]) -> None:
    for number, row in enumerate(rows, 1):
        for name, value in row.items():
            if isinstance(value, bytes):
                path = f"files/{table}-{number}-{name}{_ending(value)}"
                files[path] = value
                row[name] = path


def _ending(content: bytes) -> str:
    known = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"%P": ".pdf", b"RI": ".webp"}
    return known.get(content[:2], ".bin")


def _csv(rows: Rows) -> str:
    """Write rows for a spreadsheet; nothing in them is taken for a formula."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name, "")) for name in names])
    return "\ufeff" + text.getvalue()


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=_json, ensure_ascii=False)
    text = text.strip('"') if isinstance(value, datetime) else text
    return f"'{text}" if text.lstrip(" \n").startswith(_FORMULA) else text


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"detail": dict(detail)} if detail else {}


def _json(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
