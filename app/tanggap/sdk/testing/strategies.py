"""Hypothesis strategies for plugins' own property tests; needs Hypothesis, as nothing else does."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tanggap.sdk.testing.mutations import HOSTILE_TEXTS, HOSTILE_VALUES, places, replaced


def hostile_text(max_size: int = 200) -> st.SearchStrategy[str]:
    """Any text, lone surrogates and control characters included, often a nasty one."""
    return st.text(alphabet=st.characters(), max_size=max_size) | st.sampled_from(
        [text for text in HOSTILE_TEXTS if len(text) <= max_size]
    )


def words(min_size: int = 0, max_size: int = 200) -> st.SearchStrategy[str]:
    """Text of words, links, emoji and line breaks, as agents write it."""
    word = st.text(
        alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=30
    )
    link = st.sampled_from(["https://example.com/a?b=c", "example.co.id", "@nusakirim", "#promo"])
    gap = st.sampled_from([" ", " ", " ", "\n", "\n\n", ". "])
    pair = st.tuples(word | link, gap).map("".join)
    return st.lists(pair, min_size=min_size, max_size=max_size).map("".join)


def json_values(max_leaves: int = 12) -> st.SearchStrategy[Any]:
    """Any JSON value, ids beyond 2^53 and odd numbers included."""
    leaves = (
        st.sampled_from([value for value in HOSTILE_VALUES if not isinstance(value, list | dict)])
        | st.integers()
        | st.floats()
        | st.text(alphabet=st.characters(), max_size=20)
    )
    return st.recursive(
        leaves.map(copy.copy),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=max_leaves,
    )


def mutations_of(value: Any) -> st.SearchStrategy[Any]:
    """`value` with any JSON value in any one place."""
    where = st.sampled_from(list(places(value)))
    return st.builds(lambda path, new: replaced(value, path, new), where, json_values())
