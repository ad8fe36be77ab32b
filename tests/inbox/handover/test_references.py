"""Whoever follows the link of an invitation comes into the case that it was written for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from factories import make_account, make_app, make_author, make_conversation, make_post, make_user
from fakes import change_channel, incoming
from tanggap.inbox.cases import author_cards
from tanggap.inbox.handover.references import make_reference
from tanggap.inbox.posts import joins, joins_undo
from tanggap.inbox.posts.joins_common import UnfitJoinError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.posts.same_person import case_in_public
from tanggap.inbox.sending import steps
from tanggap.inbox.services import Services
from tanggap.sdk.inviting import Invitation, reference_in
from tanggap.sdk.types import Event, InvitationFollowed
from tanggap.store.accounts import Account
from tanggap.store.base import utcnow
from tanggap.store.conversations import PRIVATE, PUBLIC, Conversation
from tanggap.store.handovers import Handover
from tanggap.store.posts import Post
from tanggap.store.single_use import SingleUseLink


class Desk:
    """A public case, and messages that come in beside it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with services.database.write() as session:
            make_app(services, session)
            self.account: Account = make_account(session, services)
            case = make_conversation(session, self.account, last_post_at=utcnow())
            make_post(session, case, "internet mati")
            self.case, self.user = case.id, make_user(session).id

    def invited(self) -> str:
        with self.services.database.write() as session:
            case = session.get_one(Conversation, self.case)
            return make_reference(self.services, session, case, self.user)

    def comes(self, *events: Event) -> None:
        with self.services.database.write() as session:
            record_events(session, session.get_one(Account, self.account.id), events, source="poll")

    def message(self, id_: str, by: str, **values: Any) -> int:
        """Take a private message in and tell which case it is in."""
        values = {"visibility": "private", "kind": "message", "thread_id": f"m:{by}"} | values
        self.comes(incoming(id_, "ini saya", author_id=by, posted_at=utcnow(), **values))
        with self.services.database.read() as session:
            query = select(Post.conversation_id).where(Post.external_id == id_)
            return session.scalars(query).one() or 0

    def handover(self) -> tuple[str, bool]:
        with self.services.database.read() as session:
            row = session.get(Handover, self.case)
            state = session.get_one(Conversation, self.case).handover
            return state, row is not None and row.by_reference


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def test_reference_leads_its_first_bearer_to_the_case_and_nobody_else(desk: Desk) -> None:
    older, reference = desk.invited(), desk.invited()
    assert desk.message("1", "psid-1", reference=reference) == desk.case
    assert desk.handover() == (PRIVATE, True)
    assert desk.message("2", "psid-1") == desk.case
    assert desk.message("1", "psid-1", reference=reference) == desk.case
    for number, late in (("3", reference), ("4", older), ("5", "tg-aaaaaaaaaaaaaaaa")):
        assert desk.message(number, f"psid-{number}", reference=late) != desk.case


def test_somebody_who_came_in_by_the_link_writes_into_the_case_later(desk: Desk) -> None:
    desk.comes(
        InvitationFollowed(
            account_id=desk.account.external_id,
            author_id="psid-1",
            thread_id="m:psid-1",
            reference=desk.invited(),
        )
    )
    assert desk.handover() == (PUBLIC, True)
    assert desk.message("1", "psid-1") == desk.case
    assert desk.handover() == (PRIVATE, True)


def test_reference_in_the_hands_of_another_known_author_leads_nowhere(desk: Desk) -> None:
    desk.comes(incoming("p", "saya juga!", author_id="bystander", thread_id="t2"))
    assert desk.message("1", "bystander", reference=desk.invited()) != desk.case
    assert desk.handover() == (PUBLIC, False)
    with desk.services.database.read() as session:
        assert session.scalars(select(SingleUseLink.used_at)).all() == [None]


def test_invited_customer_who_is_known_needs_no_more_proof(desk: Desk) -> None:
    with desk.services.database.read() as session:
        author = session.get_one(Conversation, desk.case).author.external_id
    assert desk.message("1", author, reference=desk.invited()) == desk.case
    assert desk.handover() == (PRIVATE, False)


def test_invitation_is_written_with_a_reference_where_the_platform_takes_one(desk: Desk) -> None:
    link = "https://pesan.example/kami"
    answer = Invitation(visibility="public", link=link, reference_link=link + "?ref={reference}")
    replying = desk.services.registry.channels["fake"].channel.replying
    assert replying is not None
    change_channel(desk.services, replying=replace(replying, invite=lambda *_: answer))
    with desk.services.database.write() as session:
        case = session.get_one(Conversation, desk.case)
        prepared = steps.prepare(desk.services, session, case, desk.user, "invitation")
    reference = reference_in(prepared.link)
    assert reference is not None
    assert prepared.link == f"{link}?ref={reference}"
    assert prepared.link in prepared.text
    assert desk.message("1", "psid-1", reference=reference) == desk.case


def test_private_case_points_to_the_public_one_of_the_same_person_and_joins_it_in_one_go(
    desk: Desk,
) -> None:
    with desk.services.database.write() as session:
        ours = session.get_one(Conversation, desk.case)
        private = make_author(session, name="lewat pesan")
        other = make_conversation(
            session, desk.account, private, visibility="private", last_post_at=utcnow()
        )
        make_post(session, other, "soal internet tadi", visibility="private", kind="message")
        assert case_in_public(session, other) is None
        with pytest.raises(UnfitJoinError):
            joins.merge(session, ours.id, other.id, desk.user, ours.revision)
        author_cards.link(session, private.id, ours.id, desk.user)
        assert case_in_public(session, other) is ours
        assert case_in_public(session, ours) is None
        assert [one.id for one in joins.mergeable(session, other)] == [ours.id]
        join = joins.merge(session, ours.id, other.id, desk.user, ours.revision)
        assert session.get_one(Conversation, desk.case).handover == PRIVATE
        joins_undo.undo(session, join.id, desk.user)
        assert session.get_one(Conversation, desk.case).handover == PUBLIC
        assert session.get_one(Conversation, other.id).visibility == PRIVATE
