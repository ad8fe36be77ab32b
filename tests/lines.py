"""Lines that are slow or fail between a browser and the desk."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, Route

WAIT_SECONDS = 20


class Line:
    """What goes over a line is held back, or fails, until the line is mended.

    Of what is `taken`, the answer alone is held back.
    """

    def __init__(
        self, page: Page, address: str, status: int | None = None, *, taken: bool = False
    ) -> None:
        self.held: list[Route] = []
        self.status, self.taken = status, taken
        self._page, self._mended = page, False
        page.route(re.compile(address), self.take)

    def take(self, route: Route) -> None:
        if self._mended:
            route.continue_()
        elif self.status is None:
            if self.taken:
                route.fetch()
            self.held.append(route)
        else:
            route.fulfill(status=self.status, body="broken")

    def wait(self) -> None:
        """Wait until something is held back."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.held:
            assert time.monotonic() < deadline
            self._page.wait_for_timeout(20)

    def mend_next(self) -> None:
        """Let through what comes from now on."""
        self._mended = True

    def mend(self) -> None:
        self._mended = True
        for route in self.held:
            route.continue_()
