"""Rules a second on one core: the engine beside a bare Python loop over the same conditions.

Prints posts per second for 200 rules over 10,000 posts, and for the default set.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence

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


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    """Measure processor time, so that other work on the machine does not count."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    posts = make_posts(given.posts, given.seed)
    rules = [make_rule(number, dice) for number in range(given.rules)]
    ruleset = RuleSet(rule for rule, _ in rules)
    defaults = load_default_rules()
    engine(ruleset, posts[:BATCH])
    engine(defaults, posts[:BATCH])

    table = Table(title=f"{given.posts:,} posts on one core")
    for column in ("", "rules", "posts/s", "µs a post", "matches"):
        table.add_column(column, justify="left" if not column else "right")
    for name, count, work in (
        ("bare Python loop", given.rules, lambda: bare_loop(rules, posts)),
        ("rules engine", given.rules, lambda: engine(ruleset, posts)),
        ("rules engine, default set", len(defaults.rules), lambda: engine(defaults, posts)),
    ):
        took, matches = seconds(work)
        rate, each = given.posts / took, took / given.posts * 1e6
        table.add_row(name, str(count), f"{rate:,.0f}", f"{each:,.0f}", f"{matches:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
