"""Carry out what rules do beside the routing: planned with it, done after it, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tanggap.classifier import Verdict
from tanggap.inbox.accounts.channel_apps import check_values
from tanggap.inbox.cases.views import post_view
from tanggap.inbox.rulebook.errand_runs import errand_of, is_for_many
from tanggap.inbox.rulebook.errands import OWN_ACTIONS, Errand, do_errand, fields_of
from tanggap.inbox.services import Services
from tanggap.plugins.breaker import Line
from tanggap.plugins.calls import PluginFaultError
from tanggap.plugins.hosts import allowed_hosts
from tanggap.plugins.registry import LoadedAction, Registry
from tanggap.rules import Call, Outcome, Rule
from tanggap.rules.problems import InvalidRuleError, closest
from tanggap.sdk.errors import ChannelError, InvalidConfig, RateLimited, Rejected
from tanggap.sdk.views import PostView
from tanggap.store.action_runs import DONE, FAILED, QUEUED, RUNNING, ActionRun
from tanggap.store.base import utcnow
from tanggap.store.posts import Post, VerdictRow
from tanggap.store.sql import insert_rows

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=6)
LONGEST_WAIT = timedelta(minutes=10)
_ONCE = ("post_id", "rule_key", "rule_version", "occasion", "number")
_DIED = "the worker died while it ran; it may have been done, so it is not done again"


@dataclass(frozen=True, slots=True)
class _PluginErrand:
    loaded: LoadedAction
    values: Mapping[str, str]
    post: PostView
    verdict: Verdict


def check_rule(registry: Registry, rule: Rule, private_hosts: Sequence[str] = ()) -> None:
    """Check a rule's plugin actions before it is saved; raises `InvalidRuleError`."""
    for number, call in enumerate(rule.actions, start=1):
        if not isinstance(call, Call):
            continue
        field = f"action {number} (call)"
        loaded = registry.rule_actions.get(call.action)
        if loaded is None:
            fix = closest(call.action, list(registry.rule_actions))
            raise InvalidRuleError(
                f"no plugin offers {call.action!r}", fix, rule=rule.key, field=field
            )
        known = {one.name for one in loaded.action.fields}
        unknown = [name for name, _ in call.values if name not in known]
        if unknown:
            raise InvalidRuleError(
                f"{call.action} has no field {unknown[0]!r}",
                closest(unknown[0], sorted(known)),
                rule=rule.key,
                field=field,
            )
        try:
            check_values(loaded.action.fields, _filled(loaded, call.values), {}, private_hosts)
        except InvalidConfig as error:
            raise InvalidRuleError(
                str(error), f"See the field {error.field}.", rule=rule.key, field=field
            ) from error


def plan(session: Session, outcomes: Iterable[tuple[int, Outcome]], *, occasion: str = "") -> None:
    """Store what posts' matched rules do beside the routing, in the transaction of that.

    A rule's version does each of its actions once for a post and an occasion.
    """
    rows = [
        {
            "post_id": post_id,
            "rule_key": run.rule_key,
            "rule_version": run.version,
            "occasion": occasion,
            "number": number,
            "action": action.action if isinstance(action, Call) else action.name,
            "values": dict(action.values) if isinstance(action, Call) else fields_of(action),
            "state": QUEUED,
            "attempts": 0,
            "next_try_at": utcnow(),
            "error": "",
            "created_at": utcnow(),
        }
        for post_id, outcome in outcomes
        for run in outcome.runs
        if run.matched
        for number, action in enumerate(run.actions, start=1)
        if isinstance(action, Call) or action.name in OWN_ACTIONS
    ]
    insert_rows(session, ActionRun, rows, key=_ONCE)


def due_runs(services: Services) -> list[int]:
    """List the actions to carry out now, each by itself, after giving up those whose worker died.

    Those that need the database alone are not among them: `errand_runs` does many of them at once.
    """
    now = utcnow()
    with services.database.read() as session:
        due = session.execute(
            select(ActionRun.id, ActionRun.state)
            .where(ActionRun.state.in_((QUEUED, RUNNING)), ActionRun.next_try_at <= now)
            .where((ActionRun.state == RUNNING) | ~is_for_many())
            .order_by(ActionRun.next_try_at)
        ).all()
    lost = [row.id for row in due if row.state == RUNNING]
    if lost:
        with services.database.write() as session:
            session.execute(
                update(ActionRun)
                .where(ActionRun.id.in_(lost), ActionRun.state == RUNNING)
                .where(ActionRun.next_try_at <= now)
                .values(state=FAILED, error=_DIED, done_at=now)
            )
    return [row.id for row in due if row.state == QUEUED]


def work_on(services: Services, run_id: int) -> None:
    """Carry out one action."""
    errand = _claim(services, run_id)
    if errand is None:
        return
    try:
        if isinstance(errand, Errand):
            do_errand(services, errand)
        else:
            _run_plugin(services, errand)
    except RateLimited as error:
        _later(services, run_id, error.retry_after, str(error))
    except Rejected as error:
        _close(services, run_id, FAILED, str(error))
    except PluginFaultError as error:
        # It may have acted before it failed.
        _close(services, run_id, FAILED, str(error))
    except ChannelError as error:
        _later(services, run_id, None, str(error))
    else:
        _close(services, run_id, DONE, "")


def _run_plugin(services: Services, errand: _PluginErrand) -> None:
    action = errand.loaded.action
    hosts = allowed_hosts((), action.fields, errand.values)
    http = services.calls.bound(errand.loaded.plugin, hosts)
    line = Line(errand.loaded.plugin, "rule_action.run")
    services.calls.run(line, action.run, errand.values, errand.post, errand.verdict, http)


def runs_of(
    session: Session, post_ids: Sequence[int]
) -> dict[tuple[int, str, int], list[ActionRun]]:
    """Map posts, rules and versions to what plugins did for them."""
    found: dict[tuple[int, str, int], list[ActionRun]] = {}
    query = select(ActionRun).where(ActionRun.post_id.in_(post_ids)).order_by(ActionRun.id)
    for run in session.scalars(query):
        found.setdefault((run.post_id, run.rule_key, run.rule_version), []).append(run)
    return found


def _filled(loaded: LoadedAction, values: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Complete typed values by the fields' defaults."""
    defaults = {field.name: field.default for field in loaded.action.fields}
    return {**defaults, **dict(values)}


def _claim(services: Services, run_id: int) -> Errand | _PluginErrand | None:
    now = utcnow()
    with services.database.write() as session:
        taken = session.execute(
            update(ActionRun)
            .where(ActionRun.id == run_id, ActionRun.state == QUEUED, ActionRun.next_try_at <= now)
            .values(state=RUNNING, next_try_at=now + LEASE, attempts=ActionRun.attempts + 1)
            .returning(ActionRun.id)
        ).first()
        if taken is None:
            return None
        row = session.get_one(ActionRun, run_id)
        if row.action in OWN_ACTIONS:
            return errand_of(row, session.get_one(Post, row.post_id).conversation_id)
        loaded = services.registry.rule_actions.get(row.action)
        if loaded is None:
            row.state, row.error = FAILED, f"no installed plugin offers {row.action}"
            return None
        post = session.get_one(Post, row.post_id)
        base = services.settings.public_url.rstrip("/")
        view = replace(post_view(session, post), case_url=f"{base}/inbox/{post.conversation_id}")
        return _PluginErrand(
            loaded, _filled(loaded, row.values.items()), view, _verdict(session, post)
        )


def _verdict(session: Session, post: Post) -> Verdict:
    row = session.scalars(
        select(VerdictRow)
        .where(VerdictRow.post_id == post.id)
        .order_by(VerdictRow.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return Verdict("none", 0.0, {}, "other", "")
    return Verdict(row.label, row.confidence, row.probabilities, row.language, row.model_version)


def _later(services: Services, run_id: int, wait: timedelta | None, reason: str) -> None:
    now = utcnow()
    with services.database.write() as session:
        row = session.get_one(ActionRun, run_id, with_for_update=True)
        if now - row.created_at > GIVE_UP_AFTER:
            row.state, row.error, row.done_at = FAILED, reason, now
            return
        growing = min(timedelta(seconds=2 ** min(row.attempts, 10)), LONGEST_WAIT)
        row.state, row.error = QUEUED, reason
        row.next_try_at = now + (growing if wait is None else wait)


def _close(services: Services, run_id: int, state: str, error: str) -> None:
    with services.database.write() as session:
        row = session.get_one(ActionRun, run_id, with_for_update=True)
        row.state, row.error, row.done_at = state, error, utcnow()
        if error:
            log.warning("rule action failed", action=row.action, post=row.post_id, reason=error)
