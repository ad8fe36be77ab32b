"""`python -m tanggap_twitter.simulator --port 9001`."""

from __future__ import annotations

from tanggap.sdk.simulator import main
from tanggap_twitter.simulator import DEFAULT_PORT, create

main(create, DEFAULT_PORT)
