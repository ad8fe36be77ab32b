"""What a channel's local platform is built on: state, control routes, webhooks, faults, a server.

Not imported by `tanggap.sdk`: it needs Werkzeug, which a plugin asks for in its extra
`simulator`. A platform subclasses `SimulatedPlatform`, gives its protocol routes and webhook
bodies, and is offered as an entry point in the group `tanggap.simulators`.
"""

from __future__ import annotations

from tanggap.sdk.simulator.consent import approve, consent_page, redirect_back
from tanggap.sdk.simulator.courier import Answer, Courier
from tanggap.sdk.simulator.engine import WebhookCall, utc_now
from tanggap.sdk.simulator.faults import FAULT_KINDS, FAULT_TARGETS, FaultQueue
from tanggap.sdk.simulator.platform import SimulatedPlatform
from tanggap.sdk.simulator.routing import Route, json_response
from tanggap.sdk.simulator.server import main, running, serve
from tanggap.sdk.simulator.tokens import Grant, TokenStore, pkce_matches
from tanggap.sdk.simulator.world import Change, Draft, Person, SimulatedMedia, SimulatedPost, World

__all__ = [
    "FAULT_KINDS",
    "FAULT_TARGETS",
    "Answer",
    "Change",
    "Courier",
    "Draft",
    "FaultQueue",
    "Grant",
    "Person",
    "Route",
    "SimulatedMedia",
    "SimulatedPlatform",
    "SimulatedPost",
    "TokenStore",
    "WebhookCall",
    "World",
    "approve",
    "consent_page",
    "json_response",
    "main",
    "pkce_matches",
    "redirect_back",
    "running",
    "serve",
    "utc_now",
]
