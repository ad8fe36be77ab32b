"""What the page of a case shows of its e-mail leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tanggap.inbox.mailbox.mail_legs import leg_of
from tanggap.store.mails import INCOMING, Mail, Mailbox, MailLeg
from tanggap.store.sql import among

ASIDE_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class MailSide:
    """The e-mail leg of a case, if there is one, and the mails of the posts that are shown.

    `on` tells whether a mailbox is in use, `several` whether there is more than one. `aside` are
    mails that belong to the case and are no posts of it: automatic answers, reports of mail
    servers, what was held back.
    """

    on: bool = False
    several: bool = False
    leg: MailLeg | None = None
    by_post: Mapping[int, Mail] = field(default_factory=dict)
    aside: Sequence[Mail] = ()


def read_mail_side(session: Session, conversation_id: int, post_ids: Sequence[int]) -> MailSide:
    """Read it in a fixed number of queries, one where no mailbox was ever set up."""
    mailboxes = session.execute(select(Mailbox.enabled)).scalars().all()
    if not mailboxes:
        return MailSide()
    shown = session.scalars(
        select(Mail)
        .where(among(session, Mail.post_id, post_ids))
        .options(selectinload(Mail.files))
        .order_by(Mail.id)
    )
    aside = session.scalars(
        select(Mail)
        .where(
            Mail.conversation_id == conversation_id,
            Mail.direction == INCOMING,
            Mail.post_id.is_(None),
        )
        .order_by(Mail.id.desc())
        .limit(ASIDE_SHOWN)
    )
    return MailSide(
        on=any(mailboxes),
        several=len(mailboxes) > 1,
        leg=leg_of(session, conversation_id),
        by_post={mail.post_id: mail for mail in shown if mail.post_id is not None},
        aside=list(aside)[::-1],
    )
