"""The jobs: ids in, one use case, then the next step is enqueued."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from huey.api import Huey, TaskWrapper

from tanggap.inbox.accounts import plugin_states, profiling, tokens
from tanggap.inbox.arrival import mail_polling, polling, rechecking
from tanggap.inbox.arrival.receive import receive_pending
from tanggap.inbox.endpoints import endpoint_delivery
from tanggap.inbox.endpoints.endpoint_delivery import Courier
from tanggap.inbox.learning import similar
from tanggap.inbox.learning.shadow import Shadow
from tanggap.inbox.media import media_previews
from tanggap.inbox.operation import sweep
from tanggap.inbox.people import assigning
from tanggap.inbox.privacy import privacy_erase, retention, retention_rules
from tanggap.inbox.rulebook import action_runs, errand_runs
from tanggap.inbox.sending import moderation_work, outbox
from tanggap.inbox.services import Services
from tanggap.inbox.triage import rule_triggers
from tanggap.inbox.triage.triage import triage_pending
from tanggap.jobs.wake import HOPS, Coalescer, Gate, Relay, hand_over
from tanggap.store.sight import without_limits

CROWD: Final = 1.0
"""Seconds for which whoever receives stays at it after more waited than one could take."""

LOOK_AGAIN: Final = 0.05
"""Seconds between two looks meanwhile."""

COURIERS: Final = 2
"""Threads that bring messages to endpoints: a slow endpoint must not keep answers waiting."""

FETCHERS: Final = 2
"""Threads that fetch pictures of posts, for the same reason."""


class Tasks:
    """The jobs of one process, bound to its services and queue."""

    def __init__(self, services: Services, huey: Huey) -> None:
        self.services = services
        self.huey = huey
        self._receive_gate = Gate(self._receive_all, width=services.settings.triage_threads)
        self._triage_gate = Gate(self._triage_all, width=services.settings.triage_threads)
        register = partial(_register, huey)
        self._receive = register(name="receive")(self._receive_gate)
        self._help = register(name="help")(Relay(self._receive_gate, self._pass_on))
        self._triage = register(name="triage")(self._triage_gate)
        self._rules = register(name="rules")(Gate(self._run_rules))
        self._work_on_reply = register(name="work_on_reply")(self._run_reply)
        self._moderate = register(name="moderate")(self._run_moderation)
        self._purge_gate = Gate(self._run_purge)
        self._purge = register(name="purge")(self._purge_gate)
        self._erase = register(name="erase")(self._run_erasure)
        self._act = register(name="act")(self._run_action)
        self._poll = register(name="poll")(self._run_poll)
        self._refresh = register(name="refresh")(self._run_refresh)
        self._recheck = register(name="recheck")(self._run_recheck)
        self._look_up = register(name="look_up")(self._run_look_up)
        self._read_mail = register(name="read_mail")(self._run_read_mail)
        self._reassign_gate = Gate(self._run_reassign)
        self._reassign = register(name="reassign")(self._reassign_gate)
        self._courier = Courier(services)
        self._tell_gate = Gate(self._tell_endpoints, width=COURIERS)
        self._tell = register(name="tell")(self._tell_gate)
        self._preview_gate = Gate(self._run_previews, width=FETCHERS)
        self._preview = register(name="preview")(self._preview_gate)
        self._sweep = register(name="sweep")(self._run_sweep)
        self._index = register(name="index")(Gate(self._run_index))
        self._shadow = Shadow(services)
        self._shadow_gate = Gate(self._run_shadow)
        self._run_beside = register(name="shadow")(self._shadow_gate)
        self._crowd_until = 0.0
        self._wake_receive = Coalescer(self._receive)
        self._wake_triage = Coalescer(self._triage, delay=1)
        self._wake_rules = Coalescer(self._rules, delay=1)
        self._wake_reassign = Coalescer(self._reassign, delay=0.2)
        if not huey.immediate:
            services.calls.on_news = Coalescer(lambda: plugin_states.sync(services), delay=1)

    def wake_receive(self) -> None:
        """Have stored deliveries processed soon."""
        if self.huey.immediate:
            self._receive()
        else:
            self._wake_receive()

    def wake_reassign(self) -> None:
        """Have cases given out soon, because presence, load or shifts have changed."""
        if self.huey.immediate:
            self._reassign()
        else:
            self._wake_reassign()

    def work_on_reply(self, reply_id: int, after: datetime | None = None) -> None:
        """Have a reply sent, or its outcome found out, now or `after` a moment."""
        if after is None:
            hand_over(partial(self._work_on_reply, reply_id))
        else:
            hand_over(partial(self._work_on_reply.schedule, args=(reply_id,), eta=after))

    def moderate(self, moderation_id: int) -> None:
        """Have an action on a post carried out."""
        hand_over(partial(self._moderate, moderation_id))

    def erase(self, erasure_id: int) -> None:
        """Have a person erased who asked for it."""
        hand_over(partial(self._erase, erasure_id))

    def poll(self, account_id: int) -> None:
        """Have an account asked for new posts."""
        self._poll(account_id)

    def tell_endpoints(self) -> None:
        """Have messages brought to the endpoints that wait for them."""
        hand_over(self._tell)

    def fetch_previews(self) -> None:
        """Have the pictures fetched that posts show."""
        hand_over(self._preview)

    def sweep(self) -> None:
        """Have unfinished work found and enqueued."""
        hand_over(self._sweep)

    def _receive_all(self) -> None:
        """Receive what waits; in a crowd look again for a moment, for more will come."""
        call = None if self.huey.immediate else self._call_receivers
        while True:
            taken = receive_pending(self.services, call=call)
            crowd = time.monotonic() < self._crowd_until
            if taken and crowd:
                self._wake_triage()
            elif taken:
                self._triage()
            elif crowd:
                time.sleep(LOOK_AGAIN)
            else:
                return

    def _call_receivers(self) -> None:
        """Have others take what one of them leaves."""
        self._crowd_until = time.monotonic() + CROWD
        self._help(HOPS)

    def _pass_on(self, hops: int) -> None:
        self._help(hops)

    def _triage_all(self) -> None:
        while triage_pending(self.services, call=self._call_help):
            pass
        self._rules()
        self._preview_if_due()
        if self._shadow.wanted():
            self._run_beside()

    def _preview_if_due(self) -> None:
        with self.services.database.read() as session:
            due = media_previews.is_due(session)
        if due:
            self._preview()

    def _run_previews(self) -> None:
        media_previews.fetch_due(self.services)

    def _call_help(self) -> None:
        """Have others label what one of them leaves, and the rules not wait for the last post."""
        if self.huey.immediate:
            return
        self._wake_rules()
        if self._triage_gate.has_room:
            self._triage()

    def _run_reassign(self) -> None:
        assigning.reassign(self.services)

    def _run_rules(self) -> None:
        while rule_triggers.run_due(self.services):
            pass
        self._reassign()
        while errand_runs.work_together(self.services):
            pass
        for run_id in action_runs.due_runs(self.services):
            self._act(run_id)
        self._tell_if_due()

    def _run_index(self) -> None:
        while similar.index_resolved(self.services):
            pass

    def _run_shadow(self) -> None:
        self._shadow.run()

    def _run_reply(self, reply_id: int) -> None:
        outbox.work_on(self.services, reply_id)
        self._tell_if_due()

    def _tell_if_due(self) -> None:
        with self.services.database.read() as session:
            due = endpoint_delivery.is_due(session)
        if due:
            self._tell()

    def _tell_endpoints(self) -> None:
        self._courier.deliver_due()

    def _run_moderation(self, moderation_id: int) -> None:
        moderation_work.work_on(self.services, moderation_id)

    def _run_purge(self) -> None:
        retention.purge_due(self.services)
        retention_rules.purge_due(self.services)

    def _run_erasure(self, erasure_id: int) -> None:
        privacy_erase.work_on(self.services, erasure_id)

    def _run_action(self, run_id: int) -> None:
        action_runs.work_on(self.services, run_id)

    def _run_poll(self, account_id: int) -> None:
        if polling.poll_account(self.services, account_id):
            self._triage()

    def _run_refresh(self, account_id: int) -> None:
        tokens.refresh(self.services, account_id)

    def _run_recheck(self, account_id: int) -> None:
        rechecking.recheck_account(self.services, account_id)

    def _run_read_mail(self, mailbox_id: int) -> None:
        if mail_polling.poll_mailbox(self.services, mailbox_id):
            self._triage()

    def _run_look_up(self, account_id: int) -> None:
        profiling.look_up(self.services, account_id)

    def _run_sweep(self) -> None:
        unfinished = sweep.find_unfinished(self.services)
        self._reassign()
        for wanted, work in (
            (unfinished.deliveries, self._receive),
            (unfinished.posts, self._triage),
            (unfinished.events, self._rules),
            (unfinished.similar, self._index),
            (unfinished.retention, self._purge),
            (unfinished.messages, self._tell),
            (unfinished.previews, self._preview),
        ):
            if wanted:
                work()
        for ids, enqueue in (
            (unfinished.reply_ids, self._work_on_reply),
            (privacy_erase.due(self.services), self._erase),
            (unfinished.moderation_ids, self._moderate),
            (unfinished.action_ids, self._act),
            (unfinished.poll_ids, self._poll),
            (unfinished.refresh_ids, self._refresh),
            (unfinished.recheck_ids, self._recheck),
            (unfinished.profile_ids, self._look_up),
            (unfinished.mailbox_ids, self._read_mail),
        ):
            for id_ in ids:
                enqueue(id_)
        with self.services.database.write() as session:
            sweep.tidy(session)


def _register(huey: Huey, name: str) -> Callable[[Callable[..., None]], TaskWrapper]:
    """Make a job of a function; in line it would see no more than who set it going."""
    return lambda work: huey.task(name=name)(without_limits(work))
