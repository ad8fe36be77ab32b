"""A condition's rows as fields of a form, named by their place: `c.0.1` is in the group `c.0`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, Protocol

from tanggap.rules.builder import MAX_LEVELS, MAX_ROWS, Group, Row, Subject
from tanggap.store.storable import storable

ROOT: Final = "c"
JOINS: Final = ("all", "any", "none", "not_all")
"""How the parts of a group go together, as people choose it."""

_LONGEST: Final = 2_000
Part = Row | Group


class Form(Protocol):
    """What a browser sent."""

    def get(self, name: str, default: str) -> str:
        """Give the first value of a field."""
        ...

    def getlist(self, name: str) -> Sequence[str]:
        """Give all values of a field."""
        ...

    def __contains__(self, name: object) -> bool: ...


def join_of(group: Group) -> str:
    """Name how the parts of a group go together."""
    if group.negated:
        return "none" if group.join == "any" else "not_all"
    return group.join


def as_group(join: str, parts: Sequence[Part]) -> Group:
    """Make a group from how its parts go together."""
    kind: Literal["all", "any"] = "any" if join in ("any", "none") else "all"
    return Group(kind, tuple(parts), negated=join in ("none", "not_all"))


def read_group(form: Form, subjects: Mapping[str, Subject], path: str = ROOT) -> Group:
    """Read a group and what is in it; what does not fit its subject is mended."""
    parts: list[Part] = []
    deeper = path.count(".") + 1 < MAX_LEVELS
    for number in range(MAX_ROWS):
        place = f"{path}.{number}"
        if f"{place}.join" in form and deeper:
            parts.append(read_group(form, subjects, place))
        elif f"{place}.is" in form:
            parts.append(_row(form, subjects, place))
        else:
            break
    return as_group(form.get(f"{path}.join", "all"), parts)


def _row(form: Form, subjects: Mapping[str, Subject], path: str) -> Row:
    name = form.get(f"{path}.is", "")[:100]
    operator = form.get(f"{path}.op", "")
    subject = subjects.get(name)
    if subject is None:
        return Row(name, operator[:40])
    if operator not in subject.operators:
        operator = next(iter(subject.operators))
    takes = subject.operators[operator]
    ticked = [storable(value, _LONGEST) for value in form.getlist(f"{path}.v")]
    if takes == "nothing":
        return Row(name, operator)
    if takes == "number":
        return Row(name, operator, tuple(value.strip().replace(",", ".") for value in ticked[:1]))
    if takes == "many" and not subject.values:
        lines = storable(form.get(f"{path}.lines", ""), 8_000).splitlines()
        ticked = [line.strip() for line in (*lines, *ticked)]
    kept = tuple(dict.fromkeys(value for value in ticked if value))
    return Row(name, operator, kept if takes == "many" else kept[:1])


def new_row(subjects: Mapping[str, Subject]) -> Row:
    """Make the row that a person begins with."""
    subject = next(iter(subjects.values()))
    return Row(subject.name, next(iter(subject.operators)))


def changed(group: Group, path: str, act: Literal["add", "drop"], part: Part | None) -> Group:
    """Add a part to the group at a path, or drop the part there."""
    numbers = [int(number) for number in path.split(".")[1:] if number.isdigit()]
    return _changed(group, numbers, act, part)


def _changed(group: Group, numbers: Sequence[int], act: str, part: Part | None) -> Group:
    parts = list(group.parts)
    if act == "add" and not numbers:
        return replace(group, parts=(*parts, part)) if part is not None else group
    if not numbers or numbers[0] >= len(parts):
        return group
    here = parts[numbers[0]]
    if len(numbers) == 1 and act == "drop":
        del parts[numbers[0]]
    elif isinstance(here, Group):
        parts[numbers[0]] = _changed(here, numbers[1:], act, part)
    return replace(group, parts=tuple(parts))


def placed_rows(group: Group, path: str = ROOT) -> dict[str, Row]:
    """Map the places of rows to them."""
    found: dict[str, Row] = {}
    for number, part in enumerate(group.parts):
        place = f"{path}.{number}"
        found.update(placed_rows(part, place) if isinstance(part, Group) else {place: part})
    return found
