"""A rule's wish for the tone and for a template shows in what the composer offers and checks."""

from __future__ import annotations

from factories import make_account, make_app, make_conversation, make_post, make_user
from tanggap.inbox.services import Services
from tanggap.inbox.tone.tone import case_profile, check_draft, suggest_answers
from tanggap.sdk.types import Formality
from tanggap.store.handlings import Handling


def test_formal_case_gets_formal_answers_whatever_the_account_sounds_like(
    services: Services,
) -> None:
    with services.database.write() as session:
        make_app(services, session)
        case = make_conversation(
            session, make_account(session, services), language="id", label="complaint"
        )
        make_post(session, case, "aplikasi error")
        user = make_user(session)
        before = case_profile(services, session, case)
        session.add(Handling(conversation_id=case.id, tone="formal", template="update-later"))
        session.flush()
        after = case_profile(services, session, case)
        assert (before.formality is Formality.FORMAL, after.formality) == (False, Formality.FORMAL)
        found = check_draft(services, session, case, user, "Maaf ya kak 🙏", visibility="public")
        assert "wrong_address" in {finding.code for finding in found}
        suggested = suggest_answers(services, session, case, "public")
        assert suggested[0].key == "update-later"
        assert len({one.key for one in suggested}) == len(suggested) > 1
