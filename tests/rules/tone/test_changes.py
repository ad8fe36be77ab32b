"""Changes of a profile: kept apart, put back exactly, and never able to break it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from tanggap.rules.tone import Profile, changed, changes_between, default_profile
from tanggap.rules.tone.profile import Part
from tanggap.sdk.types import Formality

PARTS = get_args(Part)
words = st.lists(st.text(max_size=8), max_size=3).map(tuple)
parts = st.dictionaries(
    st.sampled_from(["complaint", "praise", "order"]),
    st.sets(st.sampled_from(PARTS)).map(lambda some: tuple(p for p in PARTS if p in some)),
)
profiles = st.builds(
    Profile,
    language=st.just("id"),
    formality=st.sampled_from(list(Formality)),
    address=words,
    wrong_address=words,
    greeting=st.text(max_size=5),
    closing=st.text(max_size=5),
    emoji=st.integers(0, 5),
    target=st.integers(0, 500),
    initials=st.booleans(),
    use=words,
    avoid=words,
    promises=words,
    parts=parts.map(lambda some: tuple(some.items())),
)


def same(one: Profile, other: Profile) -> bool:
    labels = {*dict(one.parts), *dict(other.parts)}
    return replace(one, parts=()) == replace(other, parts=()) and all(
        one.parts_for(label) == other.parts_for(label) for label in labels
    )


@given(profiles, profiles)
def test_changes_lead_from_one_profile_to_the_other(before: Profile, after: Profile) -> None:
    assert same(changed(before, changes_between(before, after)), after)


@given(profiles)
def test_a_profile_does_not_differ_from_itself(profile: Profile) -> None:
    assert changes_between(profile, profile) == {}


@given(st.dictionaries(st.sampled_from([*Profile.__slots__, "unknown"]), st.none() | words))
def test_what_cannot_be_used_leaves_a_profile_whole(stored: dict[str, Any]) -> None:
    profile = changed(default_profile("id"), stored)
    assert profile.language == "id"
    assert profile.formality is Formality.NEUTRAL
    assert isinstance(profile.emoji, int)


def test_only_the_labels_that_differ_are_kept() -> None:
    profile = default_profile("id")
    fewer = changed(profile, {"parts": {"praise": [], "complaint": ["when", "bogus"]}})
    assert fewer.parts_for("praise") == ()
    assert fewer.parts_for("complaint") == ("when",)
    assert changes_between(profile, fewer) == {"parts": {"praise": [], "complaint": ["when"]}}
