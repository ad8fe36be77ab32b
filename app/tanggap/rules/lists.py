"""Named lists of handles and names that conditions use and people edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tanggap.rules.facts import AuthorFacts
from tanggap.rules.problems import InvalidRuleError, closest

MAX_ENTRIES: Final = 2_000
MAX_ENTRY: Final = 100


@dataclass(frozen=True, slots=True)
class NamedList:
    """Handles, which begin with @, and names: `list("key")` in conditions."""

    key: str
    name_id: str
    name_en: str
    entries: tuple[str, ...] = ()


def read_entries(value: object) -> tuple[str, ...]:
    """Read the entries of a list; raises `InvalidRuleError`. What stands twice stays once."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ENTRIES:
        raise InvalidRuleError(
            f"expected a list of at most {MAX_ENTRIES} entries", "Write for example [OJK]."
        )
    for entry in value:
        if not isinstance(entry, str) or not _is_entry(entry):
            raise InvalidRuleError(
                f"{entry!r} cannot be an entry",
                f"Use 1 to {MAX_ENTRY} printable characters without spaces around; put quotes "
                "around handles and numbers.",
            )
    return tuple(dict.fromkeys(value))


def _is_entry(entry: str) -> bool:
    plain = entry.strip() == entry and entry.isprintable() and 0 < len(entry) <= MAX_ENTRY
    return plain and len(entry) > entry.startswith("@")


class Lists:
    """Lists by their key; made once for a set of rules."""

    def __init__(self, lists: Iterable[NamedList] = ()) -> None:
        self._entries: dict[str, list[str]] = {}
        self._handles: dict[str, list[str]] = {}
        self._names: dict[str, list[str]] = {}
        self._handle_sets: dict[str, frozenset[str]] = {}
        self._name_sets: dict[str, frozenset[str]] = {}
        for one in lists:
            handles = [entry[1:] for entry in one.entries if entry.startswith("@")]
            names = [entry for entry in one.entries if not entry.startswith("@")]
            self._entries[one.key] = list(one.entries)
            self._handles[one.key], self._names[one.key] = handles, names
            self._handle_sets[one.key] = frozenset(handle.casefold() for handle in handles)
            self._name_sets[one.key] = frozenset(name.casefold() for name in names)

    def entries(self, key: str) -> list[str]:
        """Give all entries of a list; raises `InvalidRuleError` where there is none."""
        return self._of(self._entries, key)

    def handles(self, key: str) -> list[str]:
        """Give the handles of a list, without the @."""
        return self._of(self._handles, key)

    def names(self, key: str) -> list[str]:
        """Give the words and phrases of a list."""
        return self._of(self._names, key)

    def holding(self, author: AuthorFacts) -> list[str]:
        """List the keys of the lists on which an author stands."""
        handle, name = author.handle.lstrip("@").casefold(), author.name.casefold()
        return [
            key
            for key in self._entries
            if handle in self._handle_sets[key] or name in self._name_sets[key]
        ]

    @staticmethod
    def _of(found: dict[str, list[str]], key: str) -> list[str]:
        if key not in found:
            raise InvalidRuleError(f"no list {key!r}", closest(key, found))
        return found[key]


NO_LISTS: Final = Lists()
