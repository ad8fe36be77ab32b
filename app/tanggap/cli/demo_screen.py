"""What the demo shows while the day goes by."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from tanggap.cli.common import console, say
from tanggap.inbox.arrival.demo import Progress, Tally, tally
from tanggap.inbox.services import Services


class Screen:
    """A table that follows the day; on something that is no terminal only the summary."""

    def __init__(self, services: Services, written: Counter[str]) -> None:
        self._services = services
        self._written = written
        self._progress = Progress(total=1)
        self._finished = False
        self._lock = Lock()
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Screen:
        if console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def note(self, progress: Progress) -> None:
        """Take over how far the day is; called by the thread that plays it."""
        with self._lock:
            self._progress = progress

    def finish(self, progress: Progress) -> None:
        """Take over how it ended."""
        self.note(progress)
        self._finished = True

    def settled(self) -> bool:
        """Tell whether the day is over and everything that came in is labelled."""
        return self._finished and self._tally().waiting == 0

    def refresh(self) -> None:
        """Show the present state."""
        if self._live.is_started:
            self._live.update(self._render(), refresh=True)

    def summarise(self) -> None:
        """Print what is left to know when the day is over."""
        now = self._tally()
        labels = ", ".join(f"{label} {count}" for label, count in now.labels.most_common())
        say(f"{self._progress.posts} posts written, {now.posts.total()} of customers in the inbox.")
        say(f"Labels: {labels or 'none yet'}.")
        for key, reason in self._progress.failed.items():
            say(f"{key} could not be played: {reason}")

    def _tally(self) -> Tally:
        with self._services.database.read() as session:
            return tally(session)

    def _render(self) -> RenderableType:
        now, progress = self._tally(), self._progress
        clock = str(progress.at).zfill(8)[:5]
        table = Table("Platform", "Posts of the day", "Of customers, in the inbox", box=None)
        for channel in sorted(self._written):
            table.add_row(channel, str(self._written[channel]), str(now.posts[channel]))
        said = "The day is over; go on by hand." if self._finished else f"It is {clock}."
        return Group(
            ProgressBar(total=progress.total, completed=progress.done, width=60),
            f"{said} {progress.done} of {progress.total} things happened, "
            f"{now.waiting} posts wait for a label, {now.sent} replies were sent.",
            table,
            "Labels: " + ", ".join(f"{name} {count}" for name, count in now.labels.most_common()),
            "Ctrl-C ends the demo.",
        )
