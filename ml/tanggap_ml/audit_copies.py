"""Find copies among posts: within a split they weigh double, between splits they leak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypedDict

from tanggap_ml.audit_posts import AuditedPost
from tanggap_ml.duplicates import near_duplicate_groups, text_key

_SHORT = 20  # letters and digits


class Copies(TypedDict):
    """Copies within splits; `contradicting` are groups of copies with more than one label."""

    exact: int
    near: int
    by_split: dict[str, int]
    contradicting: list[list[str]]
    groups: list[list[str]]


class Leak(TypedDict):
    """Posts of `split` that also stand in `also_in`: `pairs` of places, exact copies first.

    `short` of them are so short that many people write them ("makasih min").
    """

    split: str
    also_in: str
    of: int
    exact: int
    near: int
    short: int
    pairs: list[tuple[str, str]]


def groups_of(posts: Sequence[AuditedPost]) -> list[int]:
    """Return a group number for each post, equal for copies."""
    return near_duplicate_groups([post.example.text for post in posts])


def find_copies(posts: Sequence[AuditedPost], groups: Sequence[int]) -> Copies:
    """Count the posts that repeat an earlier one of their split; list groups, largest first.

    Exact copies agree in all letters and digits; near ones in most runs of five.
    """
    members: dict[tuple[str, int], list[AuditedPost]] = defaultdict(list)
    for post, group in zip(posts, groups, strict=True):
        members[post.split, group].append(post)
    several = {key: group for key, group in members.items() if len(group) > 1}
    repeats = sum(len(group) - 1 for group in several.values())
    near = sum(len({text_key(p.example.text) for p in g}) - 1 for g in several.values())
    by_split = dict.fromkeys(dict.fromkeys(post.split for post in posts), 0)
    for (split, _), found in several.items():
        by_split[split] += len(found) - 1
    return Copies(
        exact=repeats - near,
        near=near,
        by_split=by_split,
        contradicting=_places(g for g in several.values() if len({p.example.label for p in g}) > 1),
        groups=_places(several.values()),
    )


def find_leaks(posts: Sequence[AuditedPost], groups: Sequence[int]) -> list[Leak]:
    """Find for each two splits the posts of the one that have a copy in the other."""
    by_split: dict[str, _Split] = defaultdict(dict)
    for post, group in zip(posts, groups, strict=True):
        by_split[post.split].setdefault(group, []).append(post)
    leaks = [
        _leak(name, other, by_split[name], by_split[other])
        for name in by_split
        for other in by_split
        if name != other
    ]
    found = (leak for leak in leaks if leak["pairs"])
    return sorted(found, key=lambda leak: -len(leak["pairs"]) / leak["of"])


_Split = dict[int, list[AuditedPost]]


def _leak(name: str, other: str, ours: _Split, theirs: _Split) -> Leak:
    exact: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    short = 0
    for group in (group for group in ours if group in theirs):
        places = {text_key(post.example.text): post.place for post in theirs[group]}
        for post in ours[group]:
            key = text_key(post.example.text)
            short += len(key) < _SHORT
            same = places.get(key)
            (exact if same else near).append((post.place, same or theirs[group][0].place))
    return Leak(
        split=name,
        also_in=other,
        of=sum(map(len, ours.values())),
        exact=len(exact),
        near=len(near),
        short=short,
        pairs=[*exact, *near],
    )


def _places(groups: Iterable[list[AuditedPost]]) -> list[list[str]]:
    return sorted(([post.place for post in group] for group in groups), key=lambda g: -len(g))
