"""What a model may learn from: people's last words, capped, masked, split by time and author."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_account, make_author, make_conversation, make_post, make_user
from tanggap.inbox.cases.corrections import label_post
from tanggap.inbox.learning.corrections_export import Export, Limits, choose
from tanggap.inbox.learning.corrections_read import Pseudonyms, Word, Words, read_words
from tanggap.store.base import utcnow
from tanggap.store.db import Database
from tanggap.store.posts import Post, PostRevision

LABELS = ("complaint", "question", "praise")
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FREE = Limits(per_day=10_000, share=1.0, always=10_000)


def word(number: int, **values: object) -> Word:
    defaults: dict[str, object] = {
        "number": number,
        "post": f"p{number}",
        "author": f"a{number}",
        "user_id": 1,
        "initials": "AL",
        "text": f"teks {number}",
        "language": "id",
        "old_label": "question",
        "label": "complaint",
        "model_version": "m1",
        "at": MONDAY + timedelta(minutes=number),
    }
    return Word(**defaults | values)  # type: ignore[arg-type]


def chosen(words: list[Word], limits: Limits = FREE, **values: object) -> Export:
    arguments: dict[str, object] = {"gate_share": 0.2} | values
    return choose(Words(words), limits, **arguments)  # type: ignore[arg-type]


def test_newest_authors_are_the_gate_with_all_their_posts() -> None:
    words = [word(n, author=f"a{n % 5}") for n in range(10)]
    export = chosen(words)
    assert {w.author for w in export.gate} == {"a4"}
    assert [w.number for w in export.gate] == [4, 9]
    assert {w.author for w in export.train}.isdisjoint({"a4"})


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 12), st.sampled_from(LABELS)), max_size=40
    ),
    st.floats(0, 0.9),
)
def test_split_shares_neither_authors_nor_texts_and_loses_nothing(
    drawn: list[tuple[int, int, str]], share: float
) -> None:
    words = [
        word(n, author=f"a{author}", text=f"teks {text}", label=label)
        for n, (author, text, label) in enumerate(drawn)
    ]
    export = chosen(words, gate_share=share)
    train, gate = export.train, export.gate
    assert sorted(w.number for w in (*train, *gate)) == list(range(len(words)))
    assert {w.author for w in train}.isdisjoint(w.author for w in gate)
    assert {w.text for w in train}.isdisjoint(w.text for w in gate)
    assert len(gate) <= round(len(words) * share)


def test_similar_posts_stay_on_one_side() -> None:
    words = [word(n) for n in range(10)]
    export = chosen(words, similar={"p9": 0, "p0": 0})
    assert [w.number for w in export.gate] == [0, 9]


def test_last_word_on_a_post_wins() -> None:
    words = [word(1, post="p"), word(2, post="p", user_id=2, label="praise"), word(3)]
    export = chosen(words, gate_share=0.0)
    assert [(w.post, w.label) for w in export.train] == [("p", "praise"), ("p3", "complaint")]
    assert export.left_out == {"overruled by another person": 1}


def test_flood_of_one_day_is_capped_and_flagged() -> None:
    flood = [word(n, user_id=1, initials="XX") for n in range(500)]
    calm = [word(n, user_id=2, initials="AL") for n in range(500, 540)]
    export = chosen([*flood, *calm], Limits(per_day=100, share=1.0), gate_share=0.0)
    by_person = {person.initials: person for person in export.people}
    assert (by_person["XX"].kept, by_person["XX"].over_the_day) == (100, 400)
    assert by_person["XX"].flagged
    assert not by_person["AL"].flagged
    kept = [w.number for w in export.train if w.user_id == 1]
    assert max(kept) > 400  # a sample, not the first ones


def test_nobody_teaches_more_than_their_share() -> None:
    words = [word(n, user_id=1) for n in range(900)]
    words += [word(n, user_id=2 + n % 2) for n in range(900, 1_000)]
    export = chosen(words, Limits(per_day=10_000, share=0.5, always=50), gate_share=0.0)
    taken = [w for w in export.train if w.user_id == 1]
    assert len(taken) <= 0.5 * len(export.train) + 1
    assert len(export.train) - len(taken) == 100
    assert export.left_out == {"over a person's cap": 900 - len(taken)}


def test_single_person_of_a_small_team_is_heard() -> None:
    words = [word(n) for n in range(300)]
    export = chosen(words, Limits(per_day=1_000, share=0.5, always=200), gate_share=0.0)
    assert len(export.train) == 200
    assert export.people[0].flagged


def test_capped_word_does_not_silence_who_spoke_before() -> None:
    days = [MONDAY - timedelta(days=n) for n in range(50)]
    calm = [word(n, post=f"p{n}", user_id=2, at=day) for n, day in enumerate(days)]
    flood = [word(100 + n, post=f"p{n}", label="praise") for n in range(50)]
    export = chosen([*calm, *flood], Limits(per_day=10, share=1.0), gate_share=0.0)
    said = {w.user_id for w in export.train}
    assert (len(export.train), said) == (50, {1, 2})


def test_agreement_between_people_is_counted() -> None:
    words = [word(n, post=f"p{n}", text=f"t{n}") for n in range(4)]
    words += [
        word(10 + n, post=f"p{n}", text=f"t{n}", user_id=2, initials="BS", label=label)
        for n, label in enumerate(("complaint", "complaint", "praise"))
    ]
    export = chosen(words)
    assert (export.shared_posts, export.agreed_posts) == (3, 2)
    assert {(p.initials, p.shared, p.agreed) for p in export.people} == {
        ("AL", 3, 2),
        ("BS", 3, 2),
    }


def test_frozen_gate_keeps_its_authors_and_posts_out_of_training() -> None:
    words = [word(1, author="a"), word(2, author="b"), word(3, text="TEKS 2"), word(4), word(5)]
    export = chosen(words, frozen_authors={"b"}, frozen_posts={"p5"})
    assert [w.number for w in export.train] == [1, 4]
    assert export.gate == []
    assert export.left_out == {"of the frozen gate set, or by its authors": 3}


def test_nothing_gives_nothing() -> None:
    export = chosen([])
    assert (export.train, export.gate, export.people) == ([], [], [])


def test_pseudonyms_stay_the_same_and_tell_nothing() -> None:
    names = Pseudonyms("key")
    assert names.of("author", 1) == Pseudonyms("key").of("author", 1)
    assert len({names.of("author", 1), names.of("post", 1), Pseudonyms("k").of("author", 1)}) == 3


@pytest.fixture
def posts(database: Database) -> list[Post]:
    with database.write() as session:
        account = make_account(session)
        author = make_author(session)
        texts = ("mati, telp 0812 3456 7890 @ayu", "salam", "...", "lama", "baru", "bersih")
        return [
            make_post(session, make_conversation(session, account, author), text) for text in texts
        ]


def test_words_are_read_masked_and_without_what_is_gone(
    database: Database, posts: list[Post]
) -> None:
    with database.write() as session:
        ana, budi = make_user(session, initials="AN").id, make_user(session).id
        for post in posts:
            label_post(session, post.id, ana, "praise", labels=LABELS)
        label_post(session, posts[0].id, ana, "complaint", labels=LABELS)
        label_post(session, posts[0].id, budi, "question", labels=LABELS)
    with database.write() as session:
        session.get_one(Post, posts[1].id).deleted_at = utcnow()
        edited = session.get_one(Post, posts[3].id)
        session.add(PostRevision(post_id=edited.id, revision=1, text="lama"))
        edited.text, edited.revision = "sudah lain", 2
        purged = session.get_one(Post, posts[5].id)
        purged.text, purged.purged_at = "", utcnow()
        session.get_one(Post, posts[4].id).text = "nobody knows what it was"
    with database.read() as session:
        found = read_words(session, Pseudonyms("key"))
    assert [(w.initials == "AN", w.text, w.old_label, w.label) for w in found.words] == [
        (True, "lama", "", "praise"),
        (True, "mati, telp <NUM> @user", "praise", "complaint"),
        (False, "mati, telp <NUM> @user", "complaint", "question"),
    ]
    assert found.left_out == {
        "taken back by the same person": 1,
        "deleted by the author": 1,
        "removed as the platform's terms ask": 1,
        "the judged text is gone": 1,
        "nothing to read": 1,
    }
    assert len({w.author for w in found.words}) == 1


def test_purged_posts_take_the_words_on_them_along(database: Database, posts: list[Post]) -> None:
    with database.write() as session:
        ana = make_user(session).id
        label_post(session, posts[0].id, ana, "praise", labels=LABELS)
    with database.write() as session:
        session.delete(session.get_one(Post, posts[0].id))
    with database.read() as session:
        assert read_words(session, Pseudonyms("key")).words == []
