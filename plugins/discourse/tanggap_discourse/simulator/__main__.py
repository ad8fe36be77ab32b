"""`python -m tanggap_discourse.simulator --port 9004`."""

from __future__ import annotations

from tanggap.sdk.simulator import main
from tanggap_discourse.simulator import DEFAULT_PORT, create

main(create, DEFAULT_PORT)
