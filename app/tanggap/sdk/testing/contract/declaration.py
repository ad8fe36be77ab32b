"""What the declaration itself must hold, without calling anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import get_args
from urllib.parse import urlsplit

from tanggap.sdk.channel import SDK_VERSION
from tanggap.sdk.testing.contract.base import ContractBase, needs
from tanggap.sdk.testing.quality import LANGUAGES, fields_of, languages_missing, problems
from tanggap.sdk.testing.values import make_account, make_app
from tanggap.sdk.types import ConfigField, Text, Visibility

HEAVY = (
    "flask", "sqlalchemy", "alembic", "huey", "onnxruntime", "tokenizers", "numpy", "httpx",
    "werkzeug", "requests", "jinja2", "torch", "transformers", "pytest", "hypothesis",
)  # fmt: skip
MAX_IMPORT_SECONDS = 1.0
_HOST = re.compile(r"(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+")
_CLOCK = "before = time.process_time()\nimport {package}\nprint(time.process_time() - before)\n"


class DeclarationContract(ContractBase):
    """Tests of what every channel declares."""

    def test_key_name_and_version_are_usable(self) -> None:
        channel = self.channel
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", channel.key), (
            f"key {channel.key!r} must be lower-case letters, digits, - and _"
        )
        assert channel.name.strip() == channel.name != "", "name is what people read"
        assert channel.sdk_version == SDK_VERSION, (
            f"sdk_version is {channel.sdk_version}, and this core has {SDK_VERSION}: follow what "
            f"the SDK's policy says has changed, then write sdk_version={SDK_VERSION}"
        )

    def test_channel_can_be_connected_and_brings_posts(self) -> None:
        channel = self.channel
        assert channel.oauth or channel.connecting, "give oauth= or connecting="
        assert not (channel.oauth and channel.connecting), "give oauth= or connecting=, not both"
        assert channel.webhook or channel.polling, "give webhook=, polling= or both"
        if channel.webhook and channel.webhook.unsubscribe:
            assert channel.webhook.subscribe, "unsubscribe= needs subscribe="

    def test_import_is_light_and_fast(self) -> None:
        loads = f"print(*({{m.partition('.')[0] for m in sys.modules}} & set({HEAVY!r})))"
        code = f"import sys, time, tanggap.sdk\n{_CLOCK.format(package=self.package())}{loads}"
        ran = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert ran.returncode == 0, ran.stderr
        seconds, loaded = ran.stdout.splitlines()
        assert loaded == "", (
            f"importing {self.package()} loads {loaded}: import it where it is used"
        )
        assert float(seconds) < MAX_IMPORT_SECONDS, (
            f"importing {self.package()} takes {seconds} s of processor time: work at first use"
        )

    def test_fields_are_complete(self) -> None:
        names = [field.name for field in fields_of(self.channel)]
        assert len(names) == len(set(names)), f"field names must differ: {names}"
        for field in fields_of(self.channel):
            self._check_field(field)

    def test_settings_of_accounts_are_plain_and_optional(self) -> None:
        for field in self.channel.account_fields:
            assert field.kind in ("text", "choice", "bool"), f"field {field.name}: {field.kind}"
            assert not field.required, f"field {field.name}: accounts are connected without it"

    def test_texts_for_people_are_in_both_languages(self) -> None:
        texts: list[Text] = [
            text
            for field in fields_of(self.channel)
            for text in (field.label, field.help, *(label for _, label in field.choices))
        ]
        for text in texts:
            if not isinstance(text, str):
                assert not languages_missing(text), f"{text!r} needs {' and '.join(LANGUAGES)}"

    def test_secrets_are_not_in_repr(self) -> None:
        app = make_app(self.channel)
        account = make_account(self.channel, app=app)
        shown = repr(app) + repr(account) + str(account)
        for name, secret in self.secrets_of(app, account).items():
            assert secret not in shown, f"{name} shows in repr"

    def test_hosts_are_names(self) -> None:
        urls = [field for field in fields_of(self.channel) if field.kind == "url"]
        assert self.channel.hosts or urls, "declare hosts=, the names your client calls"
        for host in self.channel.hosts:
            assert _HOST.fullmatch(host), f"{host!r} must be a host such as api.example.com"

    @needs("tone")
    def test_tone_is_there_for_both_languages(self) -> None:
        tone = self.channel.tone or {}
        for language in LANGUAGES:
            assert language in tone, f"tone= lacks {language!r}"
            signed = set(tone[language].sign_off)
            assert signed in (set(), set(LANGUAGES)), f"the sign-off of {language!r} is in {signed}"

    @needs("retention")
    def test_retention_is_sane(self) -> None:
        retention = self.channel.retention
        assert retention
        spans = (retention.posts, retention.authors, retention.deleted)
        for span in spans:
            assert span is None or timedelta(hours=1) <= span <= timedelta(days=3650), (
                f"{span} is no time that a platform asks for"
            )
        assert any(spans), "bound something, or leave retention= out"
        assert urlsplit(retention.source).scheme == "https", "source= is the rule's address"

    @needs("responsiveness")
    def test_badge_can_be_won(self) -> None:
        reward = self.channel.responsiveness
        assert reward
        assert 0 < reward.share <= 1, f"share= is a part of all, not {reward.share}"
        assert timedelta() < reward.within < reward.window, "within= is a part of window="
        assert set(reward.to) <= set(get_args(Visibility)), reward.to
        assert reward.to, "to= says which first messages count"

    @needs("polling")
    def test_polling_interval_is_sane(self) -> None:
        polling = self.channel.polling
        assert polling
        assert timedelta(seconds=10) <= polling.every <= timedelta(days=1), polling.every
        for kind, price in polling.read_prices_usd.items():
            assert kind, "a price needs the kind of what is read"
            assert price > 0, f"{kind}: a price of {price}"

    @needs("webhook")
    def test_webhook_events_are_declared(self) -> None:
        webhook = self.channel.webhook
        assert webhook
        assert webhook.events, "declare events=, the names of what your parsers know"
        assert all(webhook.events), "an event needs a name"
        assert all(name == name.lower() for name in webhook.keeps), "keeps= is in lower case"

    @needs("quality")
    def test_quality_file_lists_every_rule_truly(self) -> None:
        assert self.project
        assert (self.project / "quality.toml").exists(), f"write {self.project.name}/quality.toml"
        found = list(problems(self.channel, self.project))
        assert found == [], "quality.toml:\n" + "\n".join(found)

    def _check_field(self, field: ConfigField) -> None:
        name = field.name
        assert name.isidentifier(), f"field {name!r} needs a name like client_id"
        assert field.label, f"field {name} needs a label"
        assert bool(field.choices) == (field.kind == "choice"), f"field {name}: choices= and kind="
        assert field.kind != "secret" or not field.default, f"field {name}: a secret has no default"
        assert field.kind != "bool" or not field.required, f"field {name}: a bool is not required"
        if field.kind == "choice" and field.default:
            assert field.default in dict(field.choices), f"field {name}: its default is no choice"
        if field.kind == "url" and field.default:
            assert urlsplit(field.default).scheme == "https", f"field {name}: default needs https"
