"""A few invented cases to look around with before an account is connected."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk.types import IncomingPost, PostKind
from tanggap.store import audit
from tanggap.store.accounts import DISCONNECTED, Account
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.posts import Post

EXTERNAL_ID: Final = "tanggap-samples"

# Thread, author, minutes ago, kind, text. Invented; the shop does not exist.
_POSTS: Final[tuple[tuple[str, str, int, PostKind, str], ...]] = (
    ("s1", "Rina", 95, "mention", "min paket saya belum sampai, padahal statusnya dikirim Senin"),
    ("s1", "Rina", 20, "comment", "halo? sudah sejam lebih lho saya tunggu"),
    ("s2", "Dimas", 80, "mention", "tokonya buka jam berapa ya hari Minggu?"),
    ("s3", "Sari", 64, "mention", "makasih ya, kemarin dibantu cepat banget sama CS-nya"),
    ("s4", "Alex", 51, "mention", "Your app logs me out every time I open it. Android 15."),
    ("s5", "Bagus", 43, "mention", "andai ada pilihan bayar cicilan, pasti saya belanja lagi"),
    ("s6", "Tania", 31, "mention", "saya ditagih dua kali untuk pesanan yang sama, tolong dicek"),
    ("s7", "Maria", 15, "mention", "Do you ship to Kupang, and what does it cost?"),
    ("s8", "Yoga", 6, "mention", "lagi ngopi sore sambil nunggu hujan reda"),
)


def sample_account(session: Session) -> Account | None:
    """Give the account that holds the samples, if there are any."""
    return session.scalar(select(Account).where(Account.external_id == EXTERNAL_ID))


def add_samples(services: Services, user_id: int | None) -> int:
    """Fill the inbox with a few cases on an account that is connected to nothing.

    Raises `ConflictError` when there are samples, or no channel to show them on.
    """
    channels = sorted(services.registry.channels)
    if not channels:
        raise ConflictError("no channel is installed; install a plugin first")
    with services.database.write() as session:
        if sample_account(session) is not None:
            raise ConflictError("the sample cases are there already")
        account = Account(
            channel=channels[0],
            external_id=EXTERNAL_ID,
            name="Toko Contoh",
            handle="tokocontoh",
            state=DISCONNECTED,
        )
        session.add(account)
        session.flush()
        now = utcnow()
        posts = [
            IncomingPost(
                account_id=EXTERNAL_ID,
                external_id=f"{EXTERNAL_ID}-{number}",
                author_id=f"{EXTERNAL_ID}-{who.lower()}",
                author_name=who,
                author_handle=f"{who.lower()}.contoh",
                text=text,
                kind=kind,
                visibility="public",
                posted_at=now - timedelta(minutes=minutes),
                thread_id=f"{EXTERNAL_ID}-{thread}",
            )
            for number, (thread, who, minutes, kind, text) in enumerate(_POSTS)
        ]
        result = record_events(session, account, posts, source="import")
        audit.record(session, "samples.added", "account", account.id, user_id=user_id)
    return result.counts["new"]


def remove_samples(session: Session, user_id: int) -> bool:
    """Remove the sample cases with their account; tells whether there were any."""
    account = sample_account(session)
    if account is None:
        return False
    gone = session.scalars(select(Conversation.id).where(Conversation.account_id == account.id))
    session.add_all(Change(conversation_id=number, kind="removed") for number in gone.all())
    session.execute(delete(Post).where(Post.account_id == account.id))
    session.execute(delete(Conversation).where(Conversation.account_id == account.id))
    session.execute(delete(Account).where(Account.id == account.id))
    audit.record(session, "samples.removed", "account", account.id, user_id=user_id)
    return True
