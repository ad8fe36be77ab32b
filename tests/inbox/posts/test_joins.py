"""Merging and splitting cases by hand: what goes along, where new posts go, and undoing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from factories import make_account, make_author, make_user
from fakes import T0, incoming
from tanggap.errors import ConflictError, MovedError
from tanggap.inbox.cases import conversations
from tanggap.inbox.desk.conversation_view import read_conversation
from tanggap.inbox.posts import joins, joins_undo
from tanggap.inbox.posts.joins_common import UnfitJoinError
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.sending.drafts import load_draft, save_draft
from tanggap.inbox.services import Services
from tanggap.inbox.teamwork.notes import notes_of, write_note
from tanggap.sdk import IncomingPost
from tanggap.store.accounts import Account
from tanggap.store.audit import AuditEntry
from tanggap.store.clocks import ClockRow
from tanggap.store.conversations import OPEN, RESOLVED, Conversation
from tanggap.store.posts import Post


@dataclass
class Scene:
    """An account with two cases of the same customer."""

    services: Services
    account: Account
    ayu: int
    first: int
    second: int

    def record(self, *posts: IncomingPost) -> None:
        with self.services.database.write() as session:
            known = session.get_one(Account, self.account.id)
            record_events(session, known, posts, source="webhook")

    def case(self, id_: int) -> Conversation:
        with self.services.database.read() as session:
            return session.get_one(Conversation, id_)

    def posts(self, id_: int) -> list[str]:
        with self.services.database.read() as session:
            query = select(Post.external_id).where(Post.conversation_id == id_)
            return sorted(session.scalars(query))

    def merge(self) -> int:
        with self.services.database.write() as session:
            revision = session.get_one(Conversation, self.first).revision
            return joins.merge(session, self.first, self.second, self.ayu, revision).id

    def split(self, *external_ids: str) -> tuple[int, int]:
        with self.services.database.write() as session:
            chosen = session.scalars(select(Post.id).where(Post.external_id.in_(external_ids)))
            revision = session.get_one(Conversation, self.first).revision
            join = joins.split(session, self.first, chosen.all(), self.ayu, revision)
            return join.id, join.other_id

    def undo(self, join_id: int) -> None:
        with self.services.database.write() as session:
            joins_undo.undo(session, join_id, self.ayu)


def post(name: str, thread: str, minute: int = 0, **values: object) -> IncomingPost:
    at = T0 + timedelta(minutes=minute)
    return incoming(name, thread_id=thread, posted_at=at, **values)


@pytest.fixture
def scene(services: Services) -> Scene:
    with services.database.write() as session:
        made = Scene(services, make_account(session, services), make_user(session).id, 0, 0)
    made.record(post("a1", "a"), post("a2", "a", 1), post("b1", "b", 2))
    with services.database.read() as session:
        ids = session.execute(select(Conversation.thread_id, Conversation.id))
        found = dict(ids.all())
    made.first, made.second = found["a"], found["b"]
    return made


def test_merged_case_keeps_notes_tags_drafts_clocks_and_history(scene: Scene) -> None:
    with scene.services.database.write() as session:
        other = session.get_one(Conversation, scene.second)
        other.tags, other.priority = ["vip"], 0
        write_note(session, conversation_id=scene.second, user_id=scene.ayu, text="sudah ditelepon")
        for case, text in ((scene.first, "satu"), (scene.second, "dua")):
            save_draft(
                session, conversation_id=case, user_id=scene.ayu, text=text, seen_post_id=None
            )
    scene.merge()
    kept = scene.case(scene.first)
    assert (kept.tags, kept.priority, kept.post_count) == (["vip"], 0, 3)
    assert scene.posts(scene.first) == ["a1", "a2", "b1"]
    with scene.services.database.read() as session:
        assert [note.text for note in notes_of(session, scene.first)] == ["sudah ditelepon"]
        draft = load_draft(session, scene.first, scene.ayu)
        assert draft is not None
        assert draft.text == "satu\n\ndua"
        clocks = select(ClockRow.id).where(ClockRow.conversation_id == scene.first)
        assert session.scalars(clocks).all()
        with pytest.raises(MovedError):
            read_conversation(session, scene.second)
        audited = session.scalars(select(AuditEntry.action)).all()
    assert "conversation.merge" in audited


def test_later_posts_of_the_merged_thread_come_into_the_survivor(scene: Scene) -> None:
    scene.merge()
    scene.record(post("b2", "b", 5), post("b3", "b", 6, author_id="somebody-else"))
    assert scene.posts(scene.first) == ["a1", "a2", "b1", "b2"]


def test_undone_merge_gives_back_what_came_from_there_and_keeps_what_is_new(scene: Scene) -> None:
    with scene.services.database.write() as session:
        conversations.claim(session, scene.second, scene.ayu)
        session.get_one(Conversation, scene.second).tags = ["vip"]
        write_note(session, conversation_id=scene.second, user_id=scene.ayu, text="dari yang lain")
    join = scene.merge()
    assert scene.case(scene.first).assignee_id == scene.ayu
    with scene.services.database.write() as session:
        write_note(session, conversation_id=scene.first, user_id=scene.ayu, text="sesudahnya")
    scene.undo(join)
    assert scene.posts(scene.first) == ["a1", "a2"]
    assert scene.posts(scene.second) == ["b1"]
    first, second = scene.case(scene.first), scene.case(scene.second)
    assert (first.assignee_id, first.tags, first.post_count) == (None, [], 2)
    assert (second.assignee_id, second.tags, second.state) == (scene.ayu, ["vip"], OPEN)
    with scene.services.database.read() as session:
        assert [note.text for note in notes_of(session, scene.first)] == ["sesudahnya"]
        assert [note.text for note in notes_of(session, scene.second)] == ["dari yang lain"]
    scene.record(post("b2", "b", 9))
    assert scene.posts(scene.second) == ["b1", "b2"]
    with pytest.raises(ConflictError, match="already"):
        scene.undo(join)


def test_resolved_case_is_open_again_with_what_was_open_in_the_other(scene: Scene) -> None:
    with scene.services.database.write() as session:
        conversations.set_state(session, scene.first, scene.ayu, 1, RESOLVED)
    scene.merge()
    assert scene.case(scene.first).state == OPEN


def test_cases_of_two_people_never_become_one(scene: Scene) -> None:
    with scene.services.database.write() as session:
        case = session.get_one(Conversation, scene.second)
        case.author_id = make_author(session).id
    with pytest.raises(UnfitJoinError, match="one person"):
        scene.merge()


def test_stale_merge_is_refused(scene: Scene) -> None:
    with scene.services.database.write() as session, pytest.raises(ConflictError):
        joins.merge(session, scene.first, scene.second, scene.ayu, 99)


def test_split_posts_are_a_case_of_their_own_and_answers_to_them_follow(scene: Scene) -> None:
    _join, new = scene.split("a2")
    assert (scene.posts(scene.first), scene.posts(new)) == (["a1"], ["a2"])
    assert scene.case(new).state == OPEN
    scene.record(post("a3", "a", 7, in_reply_to="a2"), post("a4", "a", 8, in_reply_to="a1"))
    assert scene.posts(new) == ["a2", "a3"]
    assert scene.posts(scene.first) == ["a1", "a4"]


def test_undone_split_brings_all_back_and_the_number_leads_there(scene: Scene) -> None:
    join, new = scene.split("a2")
    scene.record(post("a3", "a", 7, in_reply_to="a2"))
    scene.undo(join)
    assert scene.posts(scene.first) == ["a1", "a2", "a3"]
    with scene.services.database.read() as session, pytest.raises(MovedError) as moved:
        read_conversation(session, new)
    assert moved.value.into == scene.first
    scene.record(post("a5", "a", 9, in_reply_to="a3"))
    assert "a5" in scene.posts(scene.first)


def test_split_leaves_a_post_of_the_customer_on_either_side(scene: Scene) -> None:
    for chosen in ((), ("a1", "a2")):
        with pytest.raises(UnfitJoinError):
            scene.split(*chosen)
