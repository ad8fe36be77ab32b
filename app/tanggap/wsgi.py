"""The target for gunicorn: `tanggap.wsgi:app`."""

from __future__ import annotations

import gc

from tanggap.app import create_app
from tanggap.rules.clocks.holidays import PUBLIC, official
from tanggap.settings import read_settings
from tanggap.store.base import utcnow
from tanggap.web.logs import configure_logging

_settings = read_settings()
configure_logging(_settings)
app = create_app(_settings)
official(utcnow().year, PUBLIC)  # takes a while to load, and no transaction should wait for it
gc.collect()
gc.freeze()  # what was loaded stays: looking through it for garbage would hold every request up
