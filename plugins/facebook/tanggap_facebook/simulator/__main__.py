"""`python -m tanggap_facebook.simulator --port 9002`."""

from __future__ import annotations

from tanggap.sdk.simulator import main
from tanggap_facebook.simulator import DEFAULT_PORT, create

main(create, DEFAULT_PORT)
