"""Choose from people's words what a model may learn from, and what it is measured on."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date

from tanggap.inbox.learning.corrections_read import Word, Words


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of what is learnt may come from one person.

    At most `per_day` posts a day, and at most the `share` of all posts, though `always` posts are
    taken from everybody: in a small team one person may well do most of the work.
    """

    per_day: int = 300
    share: float = 0.5
    always: int = 200


@dataclass(frozen=True, slots=True)
class Person:
    """What one person contributed; `shared` posts have another person's word too."""

    initials: str
    posts: int
    kept: int
    over_the_day: int
    over_the_share: int
    shared: int
    agreed: int

    @property
    def flagged(self) -> bool:
        """Tell whether a cap was reached: look at what this person did before training."""
        return bool(self.over_the_day or self.over_the_share)


@dataclass(frozen=True, slots=True)
class Export:
    """What to learn from, what to measure on, and what a person should know of both."""

    train: Sequence[Word]
    gate: Sequence[Word]
    people: Sequence[Person]
    left_out: Mapping[str, int]
    shared_posts: int
    agreed_posts: int


@dataclass(slots=True)
class _Ledger:
    """Counts by person while words are chosen."""

    over_the_day: Counter[int] = field(default_factory=Counter)
    over_the_share: Counter[int] = field(default_factory=Counter)


def choose(
    found: Words,
    limits: Limits,
    *,
    gate_share: float,
    frozen_authors: Collection[str] | None = None,
    frozen_posts: Collection[str] = (),
    similar: Mapping[str, int] | None = None,
) -> Export:
    """Cap each person, take the last word on each post and split by time.

    The authors of the newest posts go to the gate set with all their posts, until it holds
    `gate_share` of them. With `frozen_authors` there is a gate set already: what concerns its
    authors is left out, and the rest is for training. Posts with the same number in `similar`
    (by the pseudonym of the post) stay on one side too.
    """
    ledger = _Ledger()
    left_out = Counter(found.left_out)
    words = _last_words(_capped_by_day(found.words, limits, ledger), left_out)
    words = _capped_by_share(words, limits, ledger)
    left_out["over a person's cap"] = ledger.over_the_day.total() + ledger.over_the_share.total()
    groups = _groups(words, similar or {})
    if frozen_authors is None:
        train, gate = _split(words, groups, gate_share)
    else:
        held = {
            groups[word.post]
            for word in words
            if word.author in frozen_authors or word.post in frozen_posts
        }
        train, gate = [word for word in words if groups[word.post] not in held], []
        left_out["of the frozen gate set, or by its authors"] = len(words) - len(train)
    shared = _shared(found.words)
    return Export(
        train=train,
        gate=gate,
        people=_people(found.words, words, ledger, shared),
        left_out={reason: count for reason, count in left_out.items() if count},
        shared_posts=len(shared),
        agreed_posts=sum(len({word.label for word in each}) == 1 for each in shared.values()),
    )


def _capped_by_day(words: Sequence[Word], limits: Limits, ledger: _Ledger) -> list[Word]:
    days: dict[tuple[int, date], list[Word]] = defaultdict(list)
    for word in words:
        days[word.user_id, word.at.astimezone(UTC).date()].append(word)
    kept: list[Word] = []
    for (user_id, _), some in days.items():
        ledger.over_the_day[user_id] += max(0, len(some) - limits.per_day)
        kept += _sample(some, limits.per_day)
    return sorted(kept, key=lambda word: word.number)


def _last_words(words: Sequence[Word], left_out: Counter[str]) -> list[Word]:
    last = {word.post: word for word in words}
    left_out["overruled by another person"] = len(words) - len(last)
    return sorted(last.values(), key=lambda word: word.number)


def _capped_by_share(words: Sequence[Word], limits: Limits, ledger: _Ledger) -> list[Word]:
    """Lower the cap until nobody has more than the share of what is left."""
    by_person: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        by_person[word.user_id].append(word)
    cap = len(words)
    while True:
        total = sum(min(len(some), cap) for some in by_person.values())
        lower = max(limits.always, int(limits.share * total))
        if lower >= cap:
            break
        cap = lower
    kept: list[Word] = []
    for user_id, some in by_person.items():
        ledger.over_the_share[user_id] += max(0, len(some) - cap)
        kept += _sample(some, cap)
    return sorted(kept, key=lambda word: word.number)


def _sample(words: Sequence[Word], count: int) -> Sequence[Word]:
    """Take as many, always the same, and no matter when in a flood they were given."""
    if len(words) <= count:
        return words
    return sorted(words, key=lambda word: hashlib.sha256(word.post.encode()).digest())[:count]


def _groups(words: Sequence[Word], similar: Mapping[str, int]) -> dict[str, str]:
    """Name for each post the group that must stay on one side: by author, and by likeness."""
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        parents.setdefault(name, name)
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    for word in words:
        links = [f"author:{word.author}", f"text:{word.text.casefold()}"]
        if word.post in similar:
            links.append(f"like:{similar[word.post]}")
        for link in links:
            parents[root(link)] = root(f"post:{word.post}")
    return {word.post: root(f"post:{word.post}") for word in words}


def _split(
    words: Sequence[Word], groups: Mapping[str, str], gate_share: float
) -> tuple[list[Word], list[Word]]:
    newest: dict[str, Word] = {groups[word.post]: word for word in words}
    sizes = Counter(groups[word.post] for word in words)
    room = round(len(words) * gate_share)
    held: set[str] = set()
    for group, _ in sorted(newest.items(), key=lambda item: item[1].number, reverse=True):
        if sizes[group] <= room:
            held.add(group)
            room -= sizes[group]
    train = [word for word in words if groups[word.post] not in held]
    return train, [word for word in words if groups[word.post] in held]


def _shared(words: Sequence[Word]) -> dict[tuple[str, str], list[Word]]:
    """Find the posts that more than one person spoke of, with what they said."""
    said: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for word in words:
        said[word.post, word.text].append(word)
    return {post: some for post, some in said.items() if len(some) > 1}


def _people(
    all_words: Sequence[Word],
    kept: Sequence[Word],
    ledger: _Ledger,
    shared: Mapping[tuple[str, str], Sequence[Word]],
) -> list[Person]:
    posts = Counter(word.user_id for word in all_words)
    taken = Counter(word.user_id for word in kept)
    initials = {word.user_id: word.initials for word in all_words}
    both: Counter[int] = Counter()
    agreed: Counter[int] = Counter()
    for some in shared.values():
        for word in some:
            both[word.user_id] += 1
            agreed[word.user_id] += all(other.label == word.label for other in some)
    return [
        Person(
            initials=initials[user_id],
            posts=count,
            kept=taken[user_id],
            over_the_day=ledger.over_the_day[user_id],
            over_the_share=ledger.over_the_share[user_id],
            shared=both[user_id],
            agreed=agreed[user_id],
        )
        for user_id, count in posts.most_common()
    ]
