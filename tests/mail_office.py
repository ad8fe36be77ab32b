"""A case that goes on by e-mail, as several files of tests need it."""

from __future__ import annotations

from email.message import EmailMessage

from sqlalchemy import func, select

from factories import make_account, make_app, make_conversation, make_post, make_user
from mail_server import (
    PASSWORD,
    USER,
    Handler,
)
from tanggap.inbox.arrival.mail_intake import take_in
from tanggap.inbox.mailbox.imap import Letter
from tanggap.inbox.mailbox.mail_legs import (
    go_on_by_mail,
)
from tanggap.inbox.mailbox.mail_setup import (
    read_typed,
    save_mailbox,
)
from tanggap.inbox.sending import outbox
from tanggap.inbox.sending.reply import queue_reply
from tanggap.inbox.services import Services
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.mails import Mail
from tanggap.store.posts import Post
from tanggap.store.replies import ReplyRow

CUSTOMER = "rita@pelanggan.example"


class Office:
    """A case that goes on by e-mail, its agent, and the servers of the mailbox."""

    def __init__(self, services: Services, smtp: Handler, port: int) -> None:
        self.services, self.smtp, self.number = services, smtp, 0
        with services.database.write() as session:
            make_app(services, session)
            case = make_conversation(session, make_account(session, services))
            make_post(session, case, "tagihan saya dobel", posted_at=utcnow())
            self.case, self.ayu = case.id, make_user(session, "Ayu Lestari").id
            box = save_mailbox(services, session, read_typed(form(port)), self.ayu)
            self.mailbox = box.id
            leg = go_on_by_mail(
                services, session, self.case, self.ayu, address=CUSTOMER, subject="Tagihan Anda"
            )
            self.token = leg.token

    def answer(self, text: str = "Sudah kami cek.", *, send: bool = True) -> ReplyRow:
        self.number += 1
        with self.services.database.read() as session:
            seen = session.scalar(select(func.max(Post.id))) or 0
        row = queue_reply(
            self.services,
            user_id=self.ayu,
            conversation_id=self.case,
            text=text,
            visibility="email",
            seen_post_id=seen,
            idempotency_key=f"kunci-{self.number}",
        )
        return self.work(row.id) if send else row

    def work(self, reply_id: int) -> ReplyRow:
        outbox.work_on(self.services, reply_id)
        with self.services.database.read() as session:
            return session.get_one(ReplyRow, reply_id)

    def customer(self, text: str = "Terima kasih.", **headers: str) -> EmailMessage:
        """Write a mail as the customer's program would, in answer to the last one of ours."""
        self.number += 1
        mail = EmailMessage()
        given = {"From": f"Rita <{CUSTOMER}>", "To": "halo@contoh.example", "Subject": "Re: hai"}
        given["Message-ID"] = f"<c{self.number}@pelanggan.example>"
        if self.smtp.taken:
            given["In-Reply-To"] = str(self.smtp.taken[-1].mail["Message-ID"])
        for name, value in (given | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            if value:
                mail[name] = value
        mail.set_content(text)
        return mail

    def take(self, mail: EmailMessage | bytes, *, whole: bool = True) -> str:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        self.number += 1
        return take_in(self.services, self.mailbox, Letter(self.number, raw, len(raw), whole))

    def posts(self) -> list[Post]:
        with self.services.database.read() as session:
            return list(session.scalars(select(Post).order_by(Post.id)))

    def mails(self) -> list[Mail]:
        with self.services.database.read() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))

    def now(self) -> Conversation:
        with self.services.database.read() as session:
            return session.get_one(Conversation, self.case)


def form(smtp: int, imap: int = 1, **values: str) -> dict[str, str]:
    return {
        "address": "halo@contoh.example",
        "name": "Contoh Peduli",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp),
        "smtp_security": "none",
        "imap_host": "127.0.0.1",
        "imap_port": str(imap),
        "imap_security": "none",
        "imap_user": USER,
        "imap_password": PASSWORD,
        "enabled": "1",
    } | values
