"""`python -m tanggap_echo.simulator --port 9010`."""

from __future__ import annotations

from tanggap.sdk.simulator import main

from tanggap_echo.simulator import DEFAULT_PORT, create

main(create, DEFAULT_PORT)
