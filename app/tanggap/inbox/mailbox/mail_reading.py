"""Read a mail that anybody may have sent: what it says, what it answers, whether a person wrote it.

Nothing in a mail is believed beyond what it takes to show it; whatever its headers and parts are
like, reading ends with a `Reading` or with `UnreadableMailError`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Final

from tanggap.errors import TanggapError
from tanggap.inbox.mailbox.mail_text import MOST_CHARACTERS, split_quoted, text_of_html
from tanggap.store.base import utcnow
from tanggap.store.storable import storable

PARTS_MOST: Final = 200
FILES_MOST: Final = 20
FILE_LARGEST: Final = 10 * 1024 * 1024
_HEADER_LONGEST: Final = 20_000
_PARAMETERS_LONGEST: Final = 4_000
_NEVER_KEPT: Final = frozenset(
    {".exe", ".scr", ".js", ".jse", ".vbs", ".bat", ".cmd", ".com", ".lnk", ".msi", ".ps1", ".hta"}
    | {".iso", ".jar", ".html", ".htm", ".svg", ".xhtml"}
)
_ROBOTS: Final = ("mailer-daemon@", "postmaster@", "mail-daemon@")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})


class UnreadableMailError(TanggapError):
    """What came is no mail that anything could be read of."""


class _Bounded(Compat32):
    """Reads headers as far as they may be long, before anything takes them apart.

    The standard library takes parameters apart in a time that grows with the square of that.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Give the name of a header and the beginning of its value."""
        name, value = super().header_source_parse(sourcelines)
        most = _PARAMETERS_LONGEST if name.lower().startswith("content-") else _HEADER_LONGEST
        return name, value[:most]


@dataclass(frozen=True, slots=True)
class File:
    """A file that came along."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server says became of a mail of ours."""

    failed: bool
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail as far as it could be read.

    `key` is the same for the same mail. `named` are the Message-IDs it answers or reports on,
    newest first, `addressed` whom it was sent to. `left_out` are names of files that are not kept.
    """

    key: str
    message_id: str
    sender: str
    sender_name: str
    addressed: tuple[str, ...]
    named: tuple[str, ...]
    subject: str
    at: datetime
    text: str
    quoted: str
    files: tuple[File, ...]
    left_out: tuple[str, ...]
    automatic: bool
    bounce: Bounce | None


def read_mail(raw: bytes) -> Reading:
    """Read a mail; raises `UnreadableMailError`."""
    try:
        return _read(raw)
    # The standard library's parser has failed on hostile headers in many ways.
    except Exception as error:
        raise UnreadableMailError(f"the mail cannot be read: {error!r}") from error


def key_of(raw: bytes, message_id: str = "") -> str:
    """Know a mail again: by its Message-ID, or by all of it where it has none."""
    return hashlib.sha256(message_id.encode() if message_id else raw).hexdigest()


def _read(raw: bytes) -> Reading:
    mail = message_from_bytes(raw, policy=_Bounded())
    parts = list(_leaves(mail))
    message_id = _ids(storable(_header(mail, "Message-ID")))[:1]
    (name, sender), *_ = [*_addresses(mail, "From"), ("", "")]
    bounce = _bounce(mail, parts, sender)
    text, quoted = split_quoted(_words(parts))
    files, left_out = _files(parts)
    return Reading(
        key=key_of(raw, message_id[0] if message_id else ""),
        message_id=message_id[0] if message_id else "",
        sender=sender,
        sender_name=storable(" ".join(name.split()), 255),
        addressed=tuple(
            address
            for header in ("Delivered-To", "X-Original-To", "To", "Cc")
            for _, address in _addresses(mail, header)
        ),
        named=_named(mail, parts if bounce else ()),
        subject=storable(" ".join(_header(mail, "Subject").split()), 255),
        at=_moment(mail),
        text=storable(text),
        quoted=storable(quoted),
        files=files,
        left_out=left_out,
        automatic=_is_automatic(mail, sender),
        bounce=bounce,
    )


def _leaves(mail: Message) -> Iterator[Message]:
    """Walk the parts in order; mails within the mail are parts of their own."""
    waiting, seen = [mail], 0
    while waiting and seen < PARTS_MOST:
        part, seen = waiting.pop(), seen + 1
        inner = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(inner, list):
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message))
        else:
            yield part


def _header(mail: Message, name: str) -> str:
    written = str(mail.get(name, ""))[:_HEADER_LONGEST]
    try:
        return str(make_header(decode_header(written)))
    except (ValueError, LookupError, UnicodeError):
        return written


def _addresses(mail: Message, name: str) -> list[tuple[str, str]]:
    """Read addresses before their words are decoded: an encoded word is no place for one."""
    written = [str(value)[:_HEADER_LONGEST] for value in mail.get_all(name, [])[:5]]
    found = getaddresses(written)[:50]
    return [(_decoded(words), address.strip()) for words, address in found if "@" in address]


def _decoded(words: str) -> str:
    try:
        return str(make_header(decode_header(words)))
    except (ValueError, LookupError, UnicodeError):
        return words


def _ids(written: str) -> list[str]:
    return [one for one in re.findall(r"<[^<>\s]{3,512}>", written) if "@" in one]


def _named(mail: Message, parts: Sequence[Message]) -> tuple[str, ...]:
    """List what a mail answers; of a report, the mails it is about too."""
    found = [*_ids(_header(mail, "In-Reply-To")), *_ids(_header(mail, "References"))[::-1]]
    for part in parts:
        kind = part.get_content_type()
        inner = part.get_payload()
        if kind == "message/rfc822" and isinstance(inner, list):
            mails = (one for one in inner if isinstance(one, Message))
            found += [id_ for one in mails for id_ in _ids(_header(one, "Message-ID"))]
        elif kind in ("text/rfc822-headers", "text/plain"):
            found += _ids(_decode(part))
    return tuple(dict.fromkeys(found))[:50]


def _moment(mail: Message) -> datetime:
    """Read when it was sent; a clock that runs ahead is not believed."""
    try:
        said = parsedate_to_datetime(str(mail.get("Date", "")))
        return min(said if said.tzinfo else said.replace(tzinfo=UTC), utcnow())
    except (ValueError, TypeError, OverflowError):
        return utcnow()


def _words(parts: Sequence[Message]) -> str:
    bodies = [part for part in parts if not part.get_filename() and not _is_attached(part)]
    plain = [_decode(part) for part in bodies if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)[:MOST_CHARACTERS]
    pages = [_decode(part) for part in bodies if part.get_content_type() == "text/html"]
    return "\n".join(text_of_html(page) for page in pages)[:MOST_CHARACTERS]


def _decode(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _files(parts: Sequence[Message]) -> tuple[tuple[File, ...], tuple[str, ...]]:
    kept: list[File] = []
    left_out: list[str] = []
    for part in parts:
        name = part.get_filename()
        if not name and not _is_attached(part):
            continue
        called = file_name(_decoded(str(name or "")))
        content = part.get_payload(decode=True)
        fits = isinstance(content, bytes) and 0 < len(content) <= FILE_LARGEST
        harmless = PurePosixPath(called.lower()).suffix not in _NEVER_KEPT
        if isinstance(content, bytes) and fits and harmless and len(kept) < FILES_MOST:
            kept.append(File(called, storable(part.get_content_type(), 100), content))
        else:
            left_out.append(called)
    return tuple(kept), tuple(left_out[:FILES_MOST])


def file_name(written: str) -> str:
    """Keep of a name what is one: no folders, nothing that does not print."""
    last = re.split(r"[/\\]", written)[-1]
    shown = "".join(sign for sign in storable(last) if sign.isprintable()).strip(" .")
    stem, dot, suffix = shown.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{stem[:100]}.{suffix}"
    return shown[:110] or "file"


def _is_automatic(mail: Message, sender: str) -> bool:
    """Tell whether a program answered (RFC 3834, 5.2, and what older ones write)."""
    said = _header(mail, "Auto-Submitted").strip().lower()
    precedence = _header(mail, "Precedence").strip().lower()
    return (
        (bool(said) and not said.startswith("no"))
        or precedence in _BULK
        or any(mail.get(name) for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
        or sender.lower().startswith(("noreply@", "no-reply@", "donotreply@"))
    )


def _bounce(mail: Message, parts: Sequence[Message], sender: str) -> Bounce | None:
    """Read what became of a mail (RFC 3464); a report without details counts as failed."""
    report = next(
        (part for part in parts if part.get_content_type() == "message/delivery-status"), None
    )
    empty = str(mail.get("Return-Path", "")).strip() == "<>"
    robot = sender.lower().startswith(_ROBOTS)
    if report is None:
        is_report = mail.get_param("report-type") == "delivery-status"
        return Bounce(True, "", "") if robot or is_report or (empty and not sender) else None
    blocks = report.get_payload()
    fields = [one for one in blocks if isinstance(one, Message)] if isinstance(blocks, list) else []
    actions = [str(one.get("Action", "")).strip().lower() for one in fields]
    status = next((str(one["Status"]) for one in fields if one.get("Status")), "")
    words = next((str(one["Diagnostic-Code"]) for one in fields if one.get("Diagnostic-Code")), "")
    failed = "failed" in actions or (not any(actions) and not status.startswith("4"))
    return Bounce(failed, storable(status.strip(), 32), storable(" ".join(words.split()), 500))
