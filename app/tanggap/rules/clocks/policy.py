"""Which targets a case has: every policy that fits has a say, the most specific one first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tanggap.rules.clocks.clock import BY_POLICY, Target, Warns

FIELDS: Final = ("priority", "account", "label", "team", "visibility", "channel")
"""What a policy may name. Of two that name equally much, the one with the earlier field wins."""


WARNS: Final = Warns()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What policies ask of a case; `account` and `team` are ids."""

    channel: str = ""
    account: int | None = None
    team: int | None = None
    label: str | None = None
    priority: str = "normal"
    visibility: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Targets for the cases whose facts are as `where` says; an empty one fits every case.

    `ref` is how the policy is found again: a stored one's id, or the name of a channel's own.
    """

    ref: str
    name: str = ""
    where: Mapping[str, str | int] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    warns: Warns | None = None

    def fits(self, facts: CaseFacts) -> bool:
        """Tell whether the policy has a say in a case."""
        return all(getattr(facts, name) == wanted for name, wanted in self.where.items())

    @property
    def weight(self) -> tuple[int, ...]:
        """Compare policies: first how much they name, then what."""
        return (len(self.where), *(name in self.where for name in FIELDS))


@dataclass(frozen=True, slots=True)
class Targets:
    """What one case's clocks are held to, and which policy said so."""

    by_kind: Mapping[str, tuple[Target, Policy]] = field(default_factory=dict)
    warns: Warns = WARNS

    def of(self, kind: str) -> Target | None:
        """Give the target of a clock; None where no policy has one."""
        found = self.by_kind.get(kind)
        return found[0] if found else None


def choose_targets(policies: Iterable[Policy], facts: CaseFacts) -> Targets:
    """Let each clock's target come from the most specific policy that has one.

    Of two that weigh the same, the later one wins.
    """
    fitting = [policy for policy in policies if policy.fits(facts)]
    ranked = sorted(fitting, key=lambda policy: policy.weight)
    by_kind: dict[str, tuple[Target, Policy]] = {}
    warns = WARNS
    for policy in ranked:
        by_kind |= {
            kind: (target, policy) for kind, target in policy.targets.items() if kind in BY_POLICY
        }
        warns = policy.warns or warns
    return Targets(by_kind, warns)
