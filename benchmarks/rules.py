"""Rules and the tone linter on one core, each beside a bare Python loop that does the same bare.

Prints posts per second for 200 rules over 10,000 posts and for the default set, and what a draft
costs the linter: the typical one and the 95th of a hundred. Ends with an error when a floor of
`FLOORS` is missed.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from tanggap.rules import (
    AddTags,
    AssignTeam,
    AuthorFacts,
    EngagementFacts,
    Facts,
    Name,
    Rule,
    RuleSet,
    SetPriority,
    evaluate_many,
    load_default_rules,
)
from tanggap.rules.answers import default_templates, render
from tanggap.rules.tone import Draft, Finding, Profile, default_profile, lint, with_formality
from tanggap.sdk.types import Formality

FLOORS: Final = {"posts/s": 2_000.0, "linter p95 ms": 10.0}
BATCH = 64
LABELS = ("complaint", "question", "feedback", "praise", "none")
CHANNELS = ("burung", "buku", "kantor")
VOCABULARY = """
min kok saldo saya hilang dari kemarin padahal sudah transfer tolong dicek ya kak makasih paket
belum sampai kurir aplikasi error login refund promo jaringan lemot bagus banget please help my
order is late and nobody answers thanks great service
"""
WORDS = VOCABULARY.split()

Test = Callable[[Facts], bool]


def make_posts(count: int, seed: int) -> list[Facts]:
    dice = random.Random(seed)
    return [
        Facts(
            label=dice.choice(LABELS),
            confidence=dice.random(),
            certain=dice.random() < 0.8,
            language=dice.choice(("id", "id", "en", "mixed")),
            channel=dice.choice(CHANNELS),
            text=" ".join(dice.choices(WORDS, k=dice.randint(5, 40))) + " @tanggap",
            author=AuthorFacts(followers=int(dice.paretovariate(0.7) * 30)),
            engagement=EngagementFacts(likes=dice.randint(0, 50)),
        )
        for _ in range(count)
    ]


def make_rule(number: int, dice: random.Random) -> tuple[Rule, Test]:
    """Make a rule, and its condition again as a Python function."""
    label, channel = dice.choice(LABELS), dice.choice(CHANNELS)
    followers, word = dice.randint(10, 5_000), dice.choice(WORDS)
    shapes: tuple[tuple[str, Test], ...] = (
        (
            f'certain && label == "{label}" && channel == "{channel}"',
            lambda post: post.certain and post.label == label and post.channel == channel,
        ),
        (
            f'label == "{label}" && author.followers > {followers}',
            lambda post: post.label == label and post.author.followers > followers,
        ),
        (
            f'language == "en" && text.contains("{word}")',
            lambda post: post.language == "en" and word in post.text,
        ),
        (
            f'words_any(["{word}", "tidak ada"])',
            lambda post: word in post.text.lower().split() or "tidak ada" in post.text.lower(),
        ),
        (
            f'confidence < 0.5 || engagement.likes > {followers % 50} && label != "{label}"',
            lambda post: (
                post.confidence < 0.5
                or (post.engagement.likes > followers % 50 and post.label != label)
            ),
        ),
    )
    condition, test = shapes[number % len(shapes)]
    actions = (
        AssignTeam(f"team-{number % 7}"),
        SetPriority("high"),
        AddTags((f"l{number % 9}",)),
    )
    key = f"rule-{number}"
    rule = Rule(
        key=key,
        name=Name(key, key),
        condition=condition,
        actions=actions[: 1 + number % 3],
        position=number,
    )
    return rule, test


def bare_loop(rules: Sequence[tuple[Rule, Test]], posts: Sequence[Facts]) -> int:
    """Do in plain Python what the rules say, without checks, log or errors."""
    matches = 0
    for post in posts:
        routing: dict[str, object] = {"tags": []}
        for rule, test in rules:
            if not test(post):
                continue
            matches += 1
            for action in rule.actions:
                routing[action.name] = action.argument()
    return matches


def engine(ruleset: RuleSet, posts: Sequence[Facts]) -> int:
    """Route the posts in batches, as triage does."""
    return sum(
        run.matched
        for start in range(0, len(posts), BATCH)
        for outcome in evaluate_many(ruleset, posts[start : start + BATCH])
        for run in outcome.runs
    )


def make_drafts(count: int, seed: int) -> list[tuple[Draft, Profile]]:
    """Make drafts as agents type them: templates filled in, at times with what must not go out."""
    dice = random.Random(seed)
    templates = default_templates()
    values = {"name": "Kak Budi", "deadline": "besok pukul 15.00", "team": "Layanan"}
    slips = ("", "", "", " Hubungi 0812-3456-7890 ya kak!!!", " NIK 3171012503900001, bit.ly/x")
    drafts: list[tuple[Draft, Profile]] = []
    for _ in range(count):
        template = dice.choice(templates)
        text = " ".join(render(one, values) for one in template.texts) + dice.choice(slips)
        draft = Draft(
            text=text,
            language=template.language,
            label=template.labels[0] if template.labels else "",
            first_answer=True,
            initials="AY",
            length=len(text),
            limit=280,
            forbidden=("pasti bisa", "garansi"),
        )
        profile = with_formality(default_profile(template.language), dice.choice(tuple(Formality)))
        drafts.append((draft, profile))
    return drafts


_PHONE: Final = re.compile(r"\b(?:\+62|0)8[\d -]{8,13}\b")
_NUMBER: Final = re.compile(r"\b\d{16}\b")
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff]")


def bare_lint(draft: Draft, profile: Profile) -> list[str]:
    """Look for the same kinds of faults in plain Python, without places, reasons or fixes."""
    words = set(re.findall(r"[\w/]+", draft.text.lower()))
    found = [word for word in profile.wrong_address if word in words]
    found += [word for word in (*profile.avoid, *draft.forbidden) if word in draft.text.lower()]
    found += _PHONE.findall(draft.text) + _NUMBER.findall(draft.text)
    found += ["emoji"] * (len(_EMOJI.findall(draft.text)) > profile.emoji)
    found += ["!"] * (draft.text.count("!") > profile.exclamations)
    found += ["long"] * (draft.length > draft.limit)
    return found


def timed(
    drafts: Sequence[tuple[Draft, Profile]],
    check: Callable[[Draft, Profile], Sequence[Finding] | Sequence[str]],
) -> tuple[list[float], int]:
    """Give the milliseconds that each draft took, in order, and how much was found."""
    took: list[float] = []
    found = 0
    for draft, profile in drafts:
        start = time.thread_time_ns()
        found += len(check(draft, profile))
        took.append((time.thread_time_ns() - start) / 1e6)
    return sorted(took), found


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    """Measure processor time, so that other work on the machine does not count."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measure_rules(count: int, rules_count: int, seed: int) -> tuple[Table, float]:
    """Time the engine and the bare loop; gives the table and the engine's posts per second."""
    dice = random.Random(seed)
    posts = make_posts(count, seed)
    rules = [make_rule(number, dice) for number in range(rules_count)]
    ruleset = RuleSet(rule for rule, _ in rules)
    defaults = load_default_rules()
    engine(ruleset, posts[:BATCH])
    engine(defaults, posts[:BATCH])
    table = Table(title=f"{count:,} posts on one core")
    for column in ("", "rules", "posts/s", "µs a post", "matches"):
        table.add_column(column, justify="left" if not column else "right")
    rates: dict[str, float] = {}
    for name, number, work in (
        ("bare Python loop", rules_count, lambda: bare_loop(rules, posts)),
        ("rules engine", rules_count, lambda: engine(ruleset, posts)),
        ("rules engine, default set", len(defaults.rules), lambda: engine(defaults, posts)),
    ):
        took, matches = seconds(work)
        rates[name] = count / took
        each = took / count * 1e6
        table.add_row(name, str(number), f"{count / took:,.0f}", f"{each:,.0f}", f"{matches:,}")
    return table, rates["rules engine"]


def measure_linter(count: int, seed: int) -> tuple[Table, float]:
    """Time the linter and the bare loop; gives the table and the linter's 95th percentile."""
    drafts = make_drafts(count, seed)
    timed(drafts[:BATCH], lint)
    table = Table(title=f"{count:,} drafts on one core")
    for column in ("", "typical ms", "p95 ms", "most ms", "findings"):
        table.add_column(column, justify="left" if not column else "right")
    worst = 0.0
    for name, check in (("bare Python loop", bare_lint), ("tone linter", lint)):
        took, found = timed(drafts, check)
        worst = took[int(len(took) * 0.95)]
        typical = statistics.median(took)
        table.add_row(name, f"{typical:.3f}", f"{worst:.3f}", f"{took[-1]:.3f}", f"{found:,}")
    return table, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--drafts", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rules, rate = measure_rules(given.posts, given.rules, given.seed)
    linter, p95 = measure_linter(given.drafts, given.seed)
    Console().print(rules, linter)
    if rate < FLOORS["posts/s"]:
        sys.exit(f"{rate:,.0f} posts/s are fewer than {FLOORS['posts/s']:,.0f}")
    if p95 > FLOORS["linter p95 ms"]:
        sys.exit(f"the linter's p95 of {p95:.2f} ms is over {FLOORS['linter p95 ms']:.0f} ms")


if __name__ == "__main__":
    main()
