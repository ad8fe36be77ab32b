"""The page in a person's export: everything for reading, without a script or an outside file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "authors": ("Siapa Anda di platform", "Who you are on the platforms"),
    "author_cards": ("Catatan kami tentang Anda", "What we noted about you"),
    "conversations": ("Percakapan", "Conversations"),
    "posts": ("Yang Anda dan kami tulis", "What you and we wrote"),
    "post_revisions": ("Isi sebelum disunting", "Texts before they were edited"),
    "post_previews": ("Gambar dari kiriman Anda", "Pictures of your posts"),
    "verdicts": ("Label dari model", "Labels by the model"),
    "corrections": ("Label dari orang", "Labels by people"),
    "notes": ("Catatan internal", "Internal notes"),
    "reply_attachments": ("Gambar di jawaban kami", "Pictures of our answers"),
    "replies": ("Jawaban yang kami kirim", "Answers that we sent"),
    "drafts": ("Konsep jawaban", "Unfinished answers"),
    "ratings": ("Penilaian Anda", "Your ratings"),
    "testimonials": ("Testimoni", "Testimonials"),
    "form_requests": ("Formulir", "Forms"),
    "form_photos": ("Foto di formulir", "Photos in forms"),
    "mails": ("E-mail", "E-mails"),
    "mail_legs": ("Alamat e-mail", "E-mail addresses"),
    "mail_files": ("Lampiran e-mail", "Files of e-mails"),
    "call_backs": ("Telepon balik", "Call-backs"),
    "verifications": ("Verifikasi", "Verifications"),
    "audit_entries": ("Yang dilakukan staf kami", "What our people did"),
}
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}table{border-collapse:collapse;width:100%;margin-bottom:2rem}"
    "th,td{border:1px solid #8886;padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere;white-space:pre-wrap}h2{margin-top:2rem}small{opacity:.7}"
)


def write_report(found: Mapping[str, Sequence[Mapping[str, Any]]], at: datetime) -> str:
    """Write the page."""
    parts = [
        "<!doctype html><html lang='id'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>Data pribadi / Personal data</title><style>{_STYLE}</style>",
        "<h1>Data pribadi / <span lang='en'>Personal data</span></h1>",
        f"<p>Dibuat / <span lang='en'>made</span> {at:%Y-%m-%d %H:%M} UTC</p>",
    ]
    for name, rows in found.items():
        indonesian, english = TITLES.get(name, (name, name))
        small = f"<small lang='en'>{escape(english)} · {len(rows)}</small>"
        parts.append(f"<h2>{escape(indonesian)} {small}</h2>")
        parts.append(_table(rows))
    return "".join(parts)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f"<td dir='auto'>{escape(_text(row.get(n)))}</td>" for n in names)
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
