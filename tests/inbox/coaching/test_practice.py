"""Practice on past posts: what is drawn, how it is shown, what is said of a try."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from factories import make_account, make_author, make_conversation, make_post, make_user
from fakes import T0
from tanggap.classifier import LABELS
from tanggap.errors import ConflictError, NotFoundError
from tanggap.inbox.cases.corrections import hash_text
from tanggap.inbox.coaching import practice
from tanggap.inbox.coaching.practice_posts import draw, unnamed
from tanggap.inbox.services import Services
from tanggap.store import Base
from tanggap.store.accounts import Account
from tanggap.store.posts import Author, Correction, Post, VerdictRow
from tanggap.store.practice import PracticeAnswer
from tanggap.store.sight import Sight, limited_to
from tanggap.store.users import Team, User, list_teams


def past_post(
    session: Any,
    account: Account,
    text: str = "paket saya belum sampai",
    *,
    label: str = "complaint",
    certain: bool = True,
    case: dict[str, Any] | None = None,
    **values: Any,
) -> Post:
    author = make_author(session, name="Budi Santoso", handle="budisan")
    usual = {"state": "resolved", "resolved_at": T0, "first_answered_at": T0, "language": "id"}
    conversation = make_conversation(session, account, author, **(usual | (case or {})))
    post = make_post(session, conversation, text, posted_at=T0, **values)
    session.add(
        VerdictRow(
            post_id=post.id,
            revision=1,
            label=label,
            confidence=0.9,
            certain=certain,
            probabilities={label: 0.9},
            language="id",
            model_version="1",
        )
    )
    session.flush()
    return post


def correct(session: Any, post: Post, user: User, label: str) -> None:
    session.add(
        Correction(
            post_id=post.id,
            user_id=user.id,
            from_label="complaint",
            label=label,
            model_version="1",
            text_hash=hash_text(post.text),
        )
    )
    session.flush()


def drawn(session: Any, user_id: int, **wish: str) -> int | None:
    return draw(session, user_id, labels=LABELS, random=Random(1), **wish)


def take(services: Services, session: Any, user: User, post: Post, **values: Any) -> None:
    usual = {"label": "complaint", "team_id": None, "text": "Mohon maaf, kami periksa ya."}
    practice.take(services, session, user.id, post.id, labels=LABELS, **(usual | values))


@pytest.mark.parametrize(
    "values",
    [
        {"visibility": "private"},
        {"deleted_at": T0},
        {"purged_at": T0},
        {"hidden": True},
        {"text": " "},
        {"certain": False},
        {"case": {"first_answered_at": None, "resolved_at": None}},
    ],
    ids=str,
)
def test_what_nobody_should_practise_on_is_not_drawn(
    services: Services, values: dict[str, Any]
) -> None:
    with services.database.write() as session:
        user = make_user(session)
        past_post(session, make_account(session), **values)
        assert drawn(session, user.id) is None


def test_a_past_post_is_drawn_until_it_was_practised_on(services: Services) -> None:
    with services.database.write() as session:
        user, other = make_user(session), make_user(session)
        post = past_post(session, make_account(session))
        assert drawn(session, user.id) == post.id
        assert drawn(session, user.id, channel="other") is None
        take(services, session, user, post)
        assert drawn(session, user.id) is None
        assert drawn(session, other.id) == post.id


def test_posts_that_people_checked_come_first_and_disputed_ones_never(services: Services) -> None:
    with services.database.write() as session:
        user, other = make_user(session), make_user(session)
        account = make_account(session)
        for _ in range(5):
            past_post(session, account)
        disputed, checked = past_post(session, account), past_post(session, account)
        correct(session, checked, other, "question")
        correct(session, disputed, other, "question")
        correct(session, disputed, user, "praise")
        assert {drawn(session, user.id) for _ in range(5)} == {checked.id}
        with pytest.raises(ConflictError):
            practice.read_task(session, disputed.id, stand_in="Pelanggan")
        take(services, session, user, checked, label="question")
        kept = session.scalars(select(PracticeAnswer)).one()
        assert (kept.expected, kept.label) == ("question", "question")


def test_a_wish_for_a_label_does_not_give_the_label_away(services: Services) -> None:
    with services.database.write() as session:
        user, account = make_user(session), make_account(session)
        for _ in range(4):
            past_post(session, account, label="complaint")
        wanted = past_post(session, account, label="praise")
        random = Random(7)
        found = [
            draw(session, user.id, labels=LABELS, focus="praise", random=random) for _ in range(60)
        ]
        assert 15 < found.count(wanted.id) < 55


def test_people_who_are_limited_practise_on_what_they_see(services: Services) -> None:
    with services.database.write() as session:
        user, account = make_user(session), make_account(session)
        teams = list_teams(session) or [Team(key="a", name_id="A", name_en="A")]
        session.add_all(teams)
        session.flush()
        post = past_post(session, account, case={"team_id": teams[0].id})
        hidden = past_post(session, account)
    with limited_to(Sight((teams[0].id,))), services.database.read() as session:
        assert {drawn(session, user.id) for _ in range(5)} == {post.id}
        with pytest.raises(NotFoundError):
            practice.read_task(session, hidden.id, stand_in="Pelanggan")


def test_the_customer_is_not_named(services: Services) -> None:
    with services.database.write() as session:
        text = "Saya BUDI, hp 081234567890, cc @budisan @tetangga @contohpeduli"
        post = past_post(session, make_account(session), text)
        task = practice.read_task(session, post.id, stand_in="Pelanggan")
    assert task.text.startswith("Saya Pelanggan, hp ••")
    for word in ("udi", "tetangga", "0812"):
        assert word not in task.text.lower()
    assert task.text.endswith("@contohpeduli")


@pytest.mark.parametrize("name", ["(.*", "a\\b", "  ", "🙂🙂🙂", "x" * 255])
def test_names_are_no_patterns(name: str) -> None:
    author = Author(name=name, handle="")
    assert "halo" in unnamed("halo min", author, ours="kami", stand_in="Pelanggan")


def test_a_try_is_kept_once_and_nothing_else_is_written(services: Services) -> None:
    with services.database.write() as session:
        user = make_user(session)
        post = past_post(session, make_account(session))
        session.flush()
        before = _counts(session)
        take(services, session, user, post, text="MANTAP!!!!! Kirim nomor KTP ya", label="praise")
        take(services, session, user, post, label="complaint")
        after = _counts(session)
        kept = session.scalars(select(PracticeAnswer)).one()
        assert kept.label == "praise"
        assert "asks_personal" in kept.findings
        assert practice.count_practised(session, user.id) == 1
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"practice_answers"}


@pytest.mark.parametrize("values", [{"text": " "}, {"text": "a" * 5_001}])
def test_a_try_without_an_answer_is_refused(services: Services, values: dict[str, str]) -> None:
    with services.database.write() as session:
        user, post = make_user(session), past_post(session, make_account(session))
        with pytest.raises(ConflictError):
            take(services, session, user, post, **values)


@pytest.mark.parametrize("values", [{"label": "nonsense"}, {"team_id": 99_999}], ids=str)
def test_a_label_or_team_that_there_is_not_is_refused(
    services: Services, values: dict[str, Any]
) -> None:
    with services.database.write() as session:
        user, post = make_user(session), past_post(session, make_account(session))
        with pytest.raises(NotFoundError):
            take(services, session, user, post, **values)


def test_feedback_shows_what_was_really_sent_without_the_customer(services: Services) -> None:
    with services.database.write() as session:
        user, post = make_user(session), past_post(session, make_account(session))
        case = practice.read_conversation(session, post.conversation_id or 0)
        make_post(
            session,
            case,
            "Halo Kak Budi, paketnya kami lacak.",
            from_us=True,
            posted_at=T0 + timedelta(minutes=5),
        )
        take(services, session, user, post, label="question")
        found = practice.read_feedback(services, session, user.id, post.id, stand_in="Pelanggan")
    assert found is not None
    assert found.sent is not None
    assert found.sent.text == "Halo Kak Pelanggan, paketnya kami lacak."
    assert not found.right_label
    assert not found.checked
    assert not found.sent.approved


def test_before_a_try_nothing_is_told(services: Services) -> None:
    with services.database.write() as session:
        user, other = make_user(session), make_user(session)
        post = past_post(session, make_account(session))
        take(services, session, other, post)
        found = practice.read_feedback(services, session, user.id, post.id, stand_in="x")
        assert found is None


@pytest.mark.parametrize("gone", ["person", "post"])
def test_tries_go_with_the_person_and_with_the_post(services: Services, gone: str) -> None:
    with services.database.write() as session:
        user, post = make_user(session), past_post(session, make_account(session))
        take(services, session, user, post)
        one = delete(User).where(User.id == user.id)
        session.execute(one if gone == "person" else delete(Post).where(Post.id == post.id))
        assert session.scalar(select(func.count(PracticeAnswer.id))) == 0


def _counts(session: Any) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }
