"""The worker process: consumes the queue and sweeps at intervals."""

from __future__ import annotations

import gc
import sys
from threading import Event, Thread

import structlog

from tanggap.inbox.services import Services, open_services
from tanggap.jobs.parent import END_WITH_PARENT, end_with_parent
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.rules.clocks.holidays import PUBLIC, official
from tanggap.settings import Settings, read_settings
from tanggap.store.base import utcnow
from tanggap.web.logs import configure_logging

log = structlog.get_logger(__name__)

# A batch that has been labelled in part must have the interpreter back soon to go on: a thread that
# records posts would keep it for 5 ms, a fifth of what the model takes until it asks again.
_SWITCH_SECONDS = 0.001

# Rows of a batch are objects that live until it is written; looking through them every 700 new ones
# took 1 % of the worker's time.
_GARBAGE = 20_000

# A SQLite queue is polled; this is the longest a job waits there, in seconds.
_POLL_DELAY = 0.1


def run(settings: Settings, services: Services | None = None) -> None:
    """Work until the process is told to stop; `services` replace the ones of the settings."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    services = services or open_services(settings)
    huey = open_queue(settings, services.keys)
    tasks = Tasks(services, huey)
    _warm(services)
    stop = Event()
    sweeper = Thread(target=_sweep_forever, args=(tasks, stop, settings.sweep_seconds), daemon=True)
    sweeper.start()
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it for garbage takes 100 ms each time
    gc.set_threshold(_GARBAGE)
    log.info("worker ready", threads=settings.job_workers)
    try:
        huey.create_consumer(
            # Posts are labelled as they arrive and by triage; both must leave room for the replies.
            workers=settings.job_workers + 2 * settings.triage_threads,
            worker_type="thread",
            periodic=False,
            initial_delay=_POLL_DELAY,
            max_delay=_POLL_DELAY,
            backoff=1.0,
            # Answers leave the house as soon as they cannot be called off any more.
            scheduler_interval=1,
        ).run()
    finally:
        stop.set()
        services.close()


def _warm(services: Services) -> None:
    """Load the model and the holidays before a post needs them, while no transaction waits."""
    official(utcnow().year, PUBLIC)
    try:
        services.classifier.classify(["halo"])
    except Exception:
        log.exception("the classifier cannot be loaded; posts wait until it can")


def _sweep_forever(tasks: Tasks, stop: Event, seconds: int) -> None:
    while True:
        try:
            tasks.sweep()
        except Exception:
            log.exception("sweep failed")
        if stop.wait(max(seconds, 1)):
            return


def main() -> None:
    """Work with the settings of the environment; `python -m tanggap.worker`."""
    settings = read_settings()
    configure_logging(settings)
    if END_WITH_PARENT in sys.argv:
        end_with_parent()
    run(settings)


if __name__ == "__main__":
    main()
