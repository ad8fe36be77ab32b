"""Hypothesis strategies for rules, posts and routings."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from tanggap.rules import (
    Action,
    AddTags,
    AssignByLoad,
    AssignPerson,
    AssignTeam,
    AuthorFacts,
    ConversationFacts,
    EngagementFacts,
    Facts,
    Hide,
    MarkNotOurs,
    Name,
    Notify,
    Pick,
    Priority,
    RaiseAlert,
    RemoveTags,
    RequestHuman,
    RequireApproval,
    Routing,
    Rule,
    RuleSet,
    SetPriority,
    SetToneProfile,
    Stop,
    SuggestTemplate,
    Team,
    Trigger,
)
from tanggap.rules.lists import NamedList
from tanggap.rules.vocabulary import LABELS, LANGUAGES, STATES

TEAMS = ("care", "compliance", "sales")

priorities = st.sampled_from(get_args(Priority))
tags = st.text(
    st.characters(categories=("L", "N", "P", "S"), codec="utf-8"), min_size=1, max_size=12
)
tag_lists = st.lists(tags, min_size=1, max_size=3, unique=True).map(tuple)
picks = st.builds(Pick, skills=st.just(()) | tag_lists, sticky=st.booleans())
emails = st.sampled_from(("ayu@contoh.example", "budi@contoh.example"))
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
actions: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from(TEAMS).map(AssignTeam),
    emails.map(AssignPerson),
    picks.map(AssignByLoad),
    st.builds(SetPriority, priorities),
    tag_lists.map(AddTags),
    tag_lists.map(RemoveTags),
    st.sampled_from(("formal", "neutral", "casual")).map(SetToneProfile),
    st.just(SuggestTemplate("ack-outage")),
    st.builds(Notify, team=st.sampled_from(TEAMS), text=st.just("") | texts, email=st.booleans()),
    st.builds(Notify, person=emails, text=texts),
    st.just(Notify(assignee=True)),
    st.builds(RaiseAlert, text=texts, level=st.sampled_from(("notice", "warning", "incident"))),
    st.sampled_from((MarkNotOurs(), RequestHuman(), RequireApproval(), Hide())),
)
conditions = st.sampled_from(
    (
        "true",
        "certain",
        'label == "complaint"',
        'language == "en"\n  && author.followers > 100 // many',
        'words_any(["refund", "saldo"])',
        "engagement.likes / engagement.replies > 1",
        "confidence > 0.5",
        'text.contains("\x85\u2028 \t")\n\n  // 😡: "no"\n',
    )
)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
routings = st.builds(
    Routing,
    team=st.none() | st.sampled_from(TEAMS),
    assignee=st.none(),
    priority=priorities,
    tags=st.lists(tags, max_size=2, unique=True).map(tuple),
    needs_human=st.booleans(),
)
facts = st.builds(
    Facts,
    label=st.sampled_from(LABELS),
    confidence=st.floats(0, 1),
    certain=st.booleans(),
    language=st.sampled_from(LANGUAGES),
    channel=st.sampled_from(("burung", "buku", "kantor")),
    text=st.text(max_size=60) | st.just("saldo saya hilang, refund please"),
    author=st.builds(AuthorFacts, followers=st.integers(0, 10**6), verified=st.booleans()),
    engagement=st.builds(EngagementFacts, likes=st.integers(0, 9), replies=st.integers(0, 9)),
    conversation=st.builds(
        ConversationFacts, state=st.sampled_from(STATES), reopened=st.booleans()
    ),
)


triggers = st.just((Trigger.POST_TRIAGED, "")) | st.sampled_from(
    (
        (Trigger.POST_EDITED, ""),
        (Trigger.CASE_REOPENED, ""),
        (Trigger.NO_ANSWER, "60 minutes"),
        (Trigger.SCHEDULE, "every monday, friday at 08:30 Asia/Makassar"),
    )
)


plain = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(
    lambda text: text.isprintable() and text == text.strip() and text != "@"
)
named_lists = st.builds(
    NamedList,
    key=st.sampled_from(("vip", "regulators")),
    name_id=plain,
    name_en=plain,
    entries=st.lists(plain | plain.map("@{}".format), max_size=4, unique=True).map(tuple),
)


@st.composite
def rules(draw: st.DrawFn, key: str) -> Rule:
    """Draw a rule with a given key."""
    steps = draw(st.lists(actions, min_size=1, max_size=3))
    trigger, timing = draw(triggers)
    return Rule(
        key=key,
        name=Name(draw(names), draw(names)),
        condition=draw(conditions),
        actions=(*steps, Stop()) if draw(st.booleans()) else tuple(steps),
        trigger=trigger,
        timing=timing,
        at_most=draw(st.sampled_from(("", "20 per hour", "1 per day"))),
        position=draw(st.integers(0, 60)),
        version=draw(st.integers(1, 5)),
        enabled=draw(st.booleans()),
    )


@st.composite
def rulesets(draw: st.DrawFn) -> RuleSet:
    """Draw up to six rules, with or without a list of the teams they name."""
    count = draw(st.integers(0, 6))
    teams = [Team(team, Name(draw(names), draw(names))) for team in TEAMS]
    return RuleSet(
        [draw(rules(f"rule-{number}")) for number in range(count)],
        teams if draw(st.booleans()) else (),
        draw(st.lists(named_lists, max_size=2, unique_by=lambda one: one.key)),
    )
