"""The target editor's form: a policy as typed fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tanggap.rules.clocks import BY_POLICY, FIELDS, Policy, Target, Warns

UNITS: Final = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
LONGEST: Final = timedelta(days=90)
_NAME_LONGEST: Final = 80
_NUMBERS: Final = ("account", "team")
_DIGITS_MOST: Final = 6


@dataclass(slots=True)
class TypedPolicy:
    """What stands in the form, and the policy that it means when there are no problems.

    `problems` maps a field to what is wrong with it: "name", "where", "target", "targets",
    "share" or "left".
    """

    fields: Mapping[str, str]
    policy: Policy
    problems: dict[str, str] = field(default_factory=dict)


def write_policy(policy: Policy) -> TypedPolicy:
    """Show a policy as the fields of its form."""
    fields = {"name": policy.name} | {name: str(policy.where.get(name, "")) for name in FIELDS}
    for kind, target in policy.targets.items():
        fields |= _write_target(kind, target)
    if policy.warns is not None:
        fields["share"] = str(round(policy.warns.share * 100))
        fields["left"] = str(policy.warns.left // timedelta(minutes=1))
    return TypedPolicy(fields, policy)


def read_policy(
    form: Mapping[str, str], choices: Mapping[str, frozenset[str]], *, for_all: bool
) -> TypedPolicy:
    """Read the fields; what a policy is for must be among the choices."""
    problems: dict[str, str] = {}
    where: dict[str, str | int] = {}
    for name in FIELDS if not for_all else ():
        written = form.get(name, "")
        if not written:
            continue
        if written not in choices[name]:
            problems[name] = "where"
        else:
            where[name] = int(written) if name in _NUMBERS else written
    if not where and not for_all:
        problems.setdefault("where", "where")
    targets = {
        kind: target
        for kind in BY_POLICY
        if (target := _read_target(form, kind, problems)) is not None
    }
    if not targets:
        problems.setdefault("targets", "targets")
    if for_all and "first_answer" not in targets:
        problems["first_answer"] = "target"
    name = " ".join(form.get("name", "").split())
    if not 0 < len(name) <= _NAME_LONGEST:
        problems["name"] = "name"
    policy = Policy(
        ref="", name=name, where=where, targets=targets, warns=_read_warns(form, problems)
    )
    return TypedPolicy(form, policy, problems)


def _write_target(kind: str, target: Target) -> dict[str, str]:
    whole_hours = target.within % UNITS["hours"] == timedelta()
    unit = "hours" if whole_hours else "minutes"
    return {
        kind: str(target.within // UNITS[unit]),
        f"{kind}-unit": unit,
        f"{kind}-always": "1" if target.around_the_clock else "",
    }


def _read_target(form: Mapping[str, str], kind: str, problems: dict[str, str]) -> Target | None:
    written = form.get(kind, "").strip()
    if not written:
        return None
    number = _read_number(written)
    unit = UNITS.get(form.get(f"{kind}-unit", "minutes"))
    if not number or unit is None or number * unit > LONGEST:
        problems[kind] = "target"
        return None
    return Target(number * unit, around_the_clock=bool(form.get(f"{kind}-always")))


def _read_warns(form: Mapping[str, str], problems: dict[str, str]) -> Warns | None:
    """Read when clocks warn; both fields empty leave it to more general policies."""
    share, left = form.get("share", "").strip(), form.get("left", "").strip()
    if not share and not left:
        return None
    percent, minutes = _read_number(share or "100"), _read_number(left or "0")
    if percent is None or not 1 <= percent <= 100:
        problems["share"] = "share"
    if minutes is None or minutes > LONGEST // UNITS["minutes"]:
        problems["left"] = "left"
    return Warns((percent or 0) / 100, timedelta(minutes=minutes or 0))


def _read_number(written: str) -> int | None:
    fits = written.isascii() and written.isdigit() and len(written) <= _DIGITS_MOST
    return int(written) if fits else None
