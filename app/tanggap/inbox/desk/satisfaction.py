"""Send the question how satisfied a customer is, by the channel they used."""

from __future__ import annotations

from sqlalchemy import select

from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.sending import reply, steps
from tanggap.inbox.sending.intent import Intent
from tanggap.inbox.services import Services
from tanggap.store.replies import SATISFACTION, ReplyRow


def ask(
    services: Services,
    conversation_id: int,
    user_id: int,
    *,
    text: str | None,
    seen_post_id: int,
    idempotency_key: str,
    override_reason: str = "",
) -> ReplyRow:
    """Put the question into the outbox, in the words of the template where there is none.

    The link to the page of the question is added where a text lacks it. Raises what
    `steps.prepare` and `reply.queue_reply` raise.
    """
    with services.database.write() as session:
        known = session.scalar(select(ReplyRow).where(ReplyRow.idempotency_key == idempotency_key))
        if known and (known.user_id, known.conversation_id) == (user_id, conversation_id):
            return known
        case = read_conversation(session, conversation_id)
        words = steps.prepare(services, session, case, user_id, SATISFACTION)
    return reply.queue_reply(
        services,
        user_id=user_id,
        conversation_id=conversation_id,
        text=words.text if text is None else _with_link(text, words.link),
        visibility=words.visibility,
        seen_post_id=seen_post_id,
        idempotency_key=idempotency_key,
        intent=Intent(SATISFACTION),
        override_reason=override_reason,
    )


def _with_link(text: str, link: str) -> str:
    return text if not link or link in text else f"{text.rstrip()} {link}"
