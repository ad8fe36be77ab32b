"""Rules: which team gets a post and how urgent it is; pure, without store, web or clock."""

from __future__ import annotations

from tanggap.rules.actions import (
    Action,
    AddTags,
    AssignByLoad,
    AssignPerson,
    AssignTeam,
    Call,
    Hide,
    MarkNotOurs,
    Notify,
    RaiseAlert,
    RemoveTags,
    RequestHuman,
    RequireApproval,
    SetPriority,
    SetToneProfile,
    Stop,
    SuggestTemplate,
    actions_from_data,
    actions_to_data,
)
from tanggap.rules.conditions import compile_condition
from tanggap.rules.defaults import load_default_rules
from tanggap.rules.engine import Start, evaluate, evaluate_many, reads_of
from tanggap.rules.facts import AuthorFacts, ConversationFacts, EngagementFacts, Facts
from tanggap.rules.model import Name, Outcome, Rule, RuleRun, RuleSet, Team, Trigger
from tanggap.rules.problems import InvalidRuleError
from tanggap.rules.routing import Pick, Priority, Routing
from tanggap.rules.signature import with_initials
from tanggap.rules.yaml_io import dump_rule, dump_rules, load_rule, load_rules

__all__ = [
    "Action",
    "AddTags",
    "AssignByLoad",
    "AssignPerson",
    "AssignTeam",
    "AuthorFacts",
    "Call",
    "ConversationFacts",
    "EngagementFacts",
    "Facts",
    "Hide",
    "InvalidRuleError",
    "MarkNotOurs",
    "Name",
    "Notify",
    "Outcome",
    "Pick",
    "Priority",
    "RaiseAlert",
    "RemoveTags",
    "RequestHuman",
    "RequireApproval",
    "Routing",
    "Rule",
    "RuleRun",
    "RuleSet",
    "SetPriority",
    "SetToneProfile",
    "Start",
    "Stop",
    "SuggestTemplate",
    "Team",
    "Trigger",
    "actions_from_data",
    "actions_to_data",
    "compile_condition",
    "dump_rule",
    "dump_rules",
    "evaluate",
    "evaluate_many",
    "load_default_rules",
    "load_rule",
    "load_rules",
    "reads_of",
    "with_initials",
]
