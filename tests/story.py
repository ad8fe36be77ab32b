"""The first hours of the demo's day in an inbox, at one fixed moment, for pictures of the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from factories import make_account
from stages import Stage
from tanggap.classifier import LABELS, Verdict
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork import notes
from tanggap.inbox.triage.triage import triage_pending
from tanggap.sdk.types import IncomingPost
from tanggap.store import audit
from tanggap.store.accounts import Account
from tanggap.store.approvals import Approval
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post
from tanggap.store.users import ADMIN, AGENT, JUNIOR, SUPERVISOR

DAY: Final = Path(__file__).parents[1] / "demo" / "day.jsonl"
CHANNELS: Final = ("twitter", "facebook", "linkedin")
NOON: Final = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""Nine o'clock in Jakarta on the day of the story."""

_IDS: Final = {"twitter": "1590417", "facebook": "104417", "linkedin": "4417"}
_ACCOUNTS: Final = {"twitter": "nusakirim", "facebook": "nusakirim.id", "linkedin": "nusakirim"}


MORE: Final[tuple[dict[str, Any], ...]] = (
    {
        "at": "08:31:00",
        "channel": "twitter",
        "key": "x-phone",
        "author": {"handle": "nanda_w", "name": "Nanda W"},
        "kind": "mention",
        "text": "@nusakirim paket saya belum sampai juga, tolong hubungi 0812-0000-4417 atau "
        "nanda.w@contoh.example",
        "lang": "id",
        "expect": "complaint",
    },
    {
        "at": "08:40:00",
        "channel": "twitter",
        "key": "x-again",
        "author": {"handle": "kopipait77", "name": "kopi pait"},
        "kind": "mention",
        "text": "@nusakirim keramik yang dilempar kurir itu, klaimnya lewat mana?",
        "lang": "id",
        "expect": "question",
    },
)
"""Lines beside the day's own, invented like them."""


class Told:
    """A classifier that knows the story: it says of each post what a careful person says."""

    labels: tuple[str, ...] = LABELS
    version: str = "keyword-1"
    thresholds: Mapping[str, float] = dict.fromkeys(LABELS, 0.6)

    def __init__(self) -> None:
        self.known = {line["text"]: line for line in lines()}

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """Return one verdict a text."""
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: str) -> Verdict:
        line = self.known.get(text, {"expect": "none", "lang": "id"})
        sure = 0.97 - (len(text) % 23) / 100
        rest = (1 - sure) / (len(LABELS) - 1)
        return Verdict(
            label=line["expect"],
            confidence=sure,
            probabilities={one: sure if one == line["expect"] else rest for one in LABELS},
            language=line["lang"],
            model_version=self.version,
        )


def lines() -> list[dict[str, Any]]:
    """Read what is written until nine, on the three platforms."""
    day = map(json.loads, DAY.read_text("utf-8").splitlines())
    return [
        line
        for line in sorted((*day, *MORE), key=lambda line: str(line["at"]))
        if line["at"] < "09:00" and "text" in line and "author" in line
        if line["channel"] in CHANNELS and line["kind"] != "repost"
    ]


def tell(services: Services) -> None:
    """Let it happen: the posts come in, are labelled and routed."""
    told = lines()
    by_key = {line["key"]: line for line in told}
    with services.database.write() as session:
        accounts = {
            channel: make_account(
                session,
                services,
                channel,
                external_id=_IDS[channel],
                name="Nusakirim",
                handle=handle,
            )
            for channel, handle in _ACCOUNTS.items()
        }
        for line in told:
            account = accounts[line["channel"]]
            record_events(session, account, [_post(line, account, by_key)], source="webhook")
    triage_pending(services)


def _post(line: dict[str, Any], account: Account, by_key: Mapping[str, Any]) -> IncomingPost:
    who, ours = line["author"], line["author"]["handle"] == "brand"
    hour, minute, second = map(int, line["at"].split(":"))
    at = NOON - timedelta(hours=9) + timedelta(hours=hour, minutes=minute, seconds=second)
    private = line["kind"] == "message"
    answered = line.get("in_reply_to")
    return IncomingPost(
        account_id=account.external_id,
        external_id=line["key"],
        author_id=account.external_id if ours else who["handle"],
        author_name=account.name if ours else who.get("name", ""),
        author_handle=account.handle if ours else who["handle"],
        author_followers=who.get("followers"),
        author_verified=who.get("verified", False),
        text=line["text"],
        posted_at=at,
        kind=line["kind"],
        visibility="private" if private else "public",
        recipient_id=account.external_id if private else None,
        thread_id=f"dm:{who['handle']}" if private else _thread(line, by_key),
        in_reply_to=answered,
        metrics={"likes": len(line["text"]) % 9},
    )


def _thread(line: Mapping[str, Any], by_key: Mapping[str, Any]) -> str:
    """Give the first post of the thread; comments below a post of the company begin their own."""
    above = by_key.get(line.get("in_reply_to", ""))
    if above is None:
        return str(line["key"])
    if line["channel"] != "twitter" and above["author"]["handle"] == "brand":
        return str(line["key"])
    return _thread(above, by_key)


def case_of(services: Services, key: str) -> int:
    """Give the case that a post of the story is in."""
    with services.database.read() as session:
        query = select(Post.conversation_id).where(Post.external_id == key)
        found = session.scalars(query).one()
        assert found is not None
        return session.get_one(Conversation, found).id


def settle(stage: Stage) -> dict[str, int]:
    """Let people come and work: cases are taken and resolved, a note is left, one hands in."""
    people = {
        "wulan": stage.person("Wulan Sari", ADMIN, "en"),
        "ayu": stage.person("Ayu Lestari", AGENT, "en"),
        "budi": stage.person("Budi Santoso", SUPERVISOR, "en"),
        "citra": stage.person("Citra Dewi", AGENT, "id"),
        "dewi": stage.person("Dewi Anggraini", JUNIOR, "id"),
    }
    for who, keys in _TAKEN.items():
        for key in keys:
            _change(stage.services, key, people[who], assignee_id=people[who])
    for key in ("t-008", "t-014", "f-010"):
        _change(stage.services, key, people["citra"], state="resolved", resolved_at=utcnow())
    _change(stage.services, "t-otp-1", people["ayu"], tags=["nusapay", "otp"])
    otp, pallets = (case_of(stage.services, key) for key in ("t-otp-1", "l-005"))
    with stage.services.database.write() as session:
        notes.write_note(
            session,
            conversation_id=otp,
            user_id=people["budi"],
            text="Tim Nusapay sudah tahu, OTP tersendat sejak 07.50. @AL kabari Kevin ya.",
        )
        seen = session.get_one(Conversation, pallets).last_inbound_id or 0
        session.add(
            Approval(
                conversation_id=pallets,
                user_id=people["dewi"],
                text="Selamat pagi Bapak Dewanto. Kami mohon maaf atas penanganan klaim ini. Tim "
                "klaim kami menghubungi Bapak hari ini sebelum pukul 15.00.",
                seen_post_id=seen,
            )
        )
    return people


_TAKEN: Final = {
    "ayu": ("t-otp-1", "t-001", "t-010", "f-003", "t-011"),
    "citra": ("t-007", "x-phone", "t-013", "f-005"),
    "budi": ("l-005", "l-001"),
}


def _change(services: Services, key: str, user_id: int, **values: Any) -> None:
    found = case_of(services, key)
    with services.database.write() as session:
        case = session.get_one(Conversation, found)
        for name, value in values.items():
            shown = {"from": getattr(case, name), "to": value}
            if name in ("assignee_id", "state"):
                audit.record(
                    session,
                    f"conversation.{name.removesuffix('_id')}",
                    "conversation",
                    found,
                    user_id=user_id,
                    detail=shown,
                )
            setattr(case, name, value)
