"""`python -m tanggap_linkedin.simulator --port 9003`."""

from __future__ import annotations

from tanggap.sdk.simulator import main
from tanggap_linkedin.simulator import DEFAULT_PORT, create

main(create, DEFAULT_PORT)
