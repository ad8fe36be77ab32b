"""The contract kit finds what is wrong with a channel: each test here breaks the example."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tanggap_echo import tanggap_channels
from tanggap_echo.simulator import create

from tanggap.sdk import (
    Account,
    AppCredentials,
    Channel,
    ConfigField,
    Event,
    Health,
    Http,
    InvalidSignature,
    Page,
    Rechecking,
    Rejected,
    Reply,
    Retention,
    SentReply,
    Unavailable,
    WebhookRequest,
)
from tanggap.sdk.signing import hmac_sha256
from tanggap.sdk.simulator import running
from tanggap.sdk.testing import ChannelContract, FakeHttp, app_of
from tanggap.sdk.testing.contract.base import needs

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "tanggap_echo"
(ECHO,) = tanggap_channels()
assert ECHO.webhook
assert ECHO.polling
assert ECHO.replying
WEBHOOK, POLLING, REPLYING = ECHO.webhook, ECHO.polling, ECHO.replying


def contract(channel: Channel, **values: Any) -> Any:
    """Give the contract of a channel, as a plugin's test file would have it."""
    members = {
        "channel": channel,
        "fixtures": EXAMPLE / "tests" / "fixtures",
        "simulator": create,
        "project": EXAMPLE,
        **values,
    }
    return type("Contract", (ChannelContract,), members)()


def with_fields(*fields: ConfigField) -> Channel:
    return replace(ECHO, app_fields=fields)


def with_webhook(**values: Any) -> Channel:
    return replace(ECHO, webhook=replace(WEBHOOK, **values))


def with_polling(fetch: Callable[[Account, str | None, Http], Page]) -> Channel:
    return replace(ECHO, polling=replace(POLLING, fetch=fetch))


def with_replying(**values: Any) -> Channel:
    return replace(ECHO, replying=replace(REPLYING, **values))


def test_example_has_the_tests_of_its_parts_and_no_others() -> None:
    example = contract(ECHO)
    assert callable(example.test_answer_stands_below_the_post)
    assert example.test_hidden_post_is_hidden_and_shown_again is None
    assert example.test_parts_fit_and_keep_every_word is None
    bare = contract(replace(ECHO, webhook=None, replying=None), simulator=None)
    assert bare.test_signed_delivery_is_accepted is None
    assert bare.test_lengths_are_sane is None
    assert bare.test_cursor_moves_on_and_loses_nothing is None
    assert callable(bare.test_key_name_and_version_are_usable)


def test_needs_can_mark_tests_of_a_plugin_s_own() -> None:
    class Own(ChannelContract):
        channel = replace(ECHO, polling=None)

        @needs("polling")
        def test_of_polling(self) -> None: ...

    assert Own().test_of_polling is None


@pytest.mark.parametrize(
    ("test", "channel"),
    [
        ("test_key_name_and_version_are_usable", replace(ECHO, key="Echo!")),
        ("test_key_name_and_version_are_usable", replace(ECHO, name="")),
        ("test_key_name_and_version_are_usable", replace(ECHO, sdk_version=99)),
        ("test_channel_can_be_connected_and_brings_posts", replace(ECHO, connecting=None)),
        (
            "test_channel_can_be_connected_and_brings_posts",
            replace(ECHO, webhook=None, polling=None),
        ),
        (
            "test_channel_can_be_connected_and_brings_posts",
            with_webhook(subscribe=None),
        ),
        ("test_fields_are_complete", with_fields(ConfigField("client id", "Client ID"))),
        ("test_fields_are_complete", with_fields(ConfigField("a", ""))),
        ("test_fields_are_complete", with_fields(ConfigField("a", "A"), ConfigField("a", "B"))),
        (
            "test_fields_are_complete",
            with_fields(ConfigField("a", "A", "secret", default="hunter2")),
        ),
        (
            "test_fields_are_complete",
            with_fields(ConfigField("a", "A", "url", default="http://a.example")),
        ),
        ("test_fields_are_complete", with_fields(ConfigField("a", "A", "choice"))),
        (
            "test_texts_for_people_are_in_both_languages",
            with_fields(ConfigField("a", {"en": "A"}, help={"en": "A", "id": ""})),
        ),
        ("test_hosts_are_names", replace(ECHO, hosts=("https://api.echo.example/",))),
        ("test_hosts_are_names", replace(ECHO, hosts=(), app_fields=())),
        ("test_tone_is_there_for_both_languages", replace(ECHO, tone={"id": ECHO.tone["id"]})),  # type: ignore[index]
        ("test_retention_is_sane", replace(ECHO, retention=Retention(source="https://a.example"))),
        ("test_webhook_events_are_declared", with_webhook(events=frozenset())),
        ("test_webhook_events_are_declared", with_webhook(keeps=("X-Event",))),
        ("test_lengths_are_sane", with_replying(max_length=0)),
        ("test_lengths_are_sane", with_replying(measure=lambda text: -len(text))),
        ("test_anything_else_is_read_or_refused", with_webhook(parse=lambda _request: 1 / 0)),
    ],
)
def test_declaration_that_lacks_something_is_found(test: str, channel: Channel) -> None:
    with pytest.raises((AssertionError, ZeroDivisionError)):
        getattr(contract(channel), test)()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return tmp_path / "p"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('typed = "done"', "", "typed: not listed"),
        ('typed = "done"', 'typed = "yes"', "typed: write"),
        ('typed = "done"', 'typed = { exempt = "no" }', "typed: write"),
        ('typed = "done"', 'typed = "done"\nsinging = "done"', "singing: there is no such rule"),
        ('tier = "gold"', 'tier = "silver"', "tier: it says silver"),
        ('moderation = { exempt = "', 'moderation = { todo = "soon, ', "reach silver"),
        ('moderation = { exempt = "Echo\'s API cannot hide or delete" }', 'moderation = "done"',
         "moderation: it says done"),
        ('tone = "done"', 'tone = { exempt = "we have no tone" }', "the plugin does it"),
    ],
)  # fmt: skip
def test_quality_file_that_is_not_true_is_found(
    project: Path, old: str, new: str, said: str
) -> None:
    file = project / "quality.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(AssertionError, match=said):
        contract(ECHO, project=project).test_quality_file_lists_every_rule_truly()


def fixture_of(name: str) -> Any:
    (found,) = [one for one in contract(ECHO).recorded() if one.name == name]
    return found


def careless(request: WebhookRequest) -> list[Event]:
    import json

    entry = json.loads(request.body)["entry"]
    return list(WEBHOOK.parse(request)) if entry["author"]["name"] else []


def test_parser_that_takes_fields_for_granted_is_found() -> None:
    broken = contract(with_webhook(parse=careless))
    with pytest.raises(AssertionError, match="instead of InvalidPayload"):
        broken.test_damaged_fixture_is_read_or_refused_with_the_field(fixture_of("entry_created"))


def test_parser_that_gives_naive_times_is_found() -> None:
    def naive(request: WebhookRequest) -> list[Event]:
        return [
            replace(event, posted_at=event.posted_at.replace(tzinfo=None))  # type: ignore[type-var,union-attr]
            for event in WEBHOOK.parse(request)
        ]

    broken = contract(with_webhook(parse=naive))
    with pytest.raises(AssertionError, match="posted_at"):
        broken.test_fixture_gives_sound_events(fixture_of("entry_created"))


def test_reading_that_changed_is_told_with_the_command() -> None:
    broken = contract(with_webhook(parse=lambda _request: []))
    with pytest.raises(AssertionError, match=r"python -m tanggap\.sdk\.testing\.golden"):
        broken.test_fixture_is_read_as_declared(fixture_of("entry_created"))


def test_event_that_is_known_and_not_declared_is_found() -> None:
    broken = contract(with_webhook(events=frozenset({"entry.created"})))
    with pytest.raises(AssertionError, match=r"entry\.read"):
        broken.test_events_that_are_known_are_declared(fixture_of("entry_read"))


@pytest.fixture
def platform() -> Iterator[Any]:
    with running(create) as found:
        yield found


def by_equality(request: WebhookRequest, app: AppCredentials) -> None:
    wanted = "sha256=" + hmac_sha256(app.secrets["signing_secret"], request.body)
    if request.headers.get("x-echo-signature") != wanted:
        raise InvalidSignature("no")


def trusting(request: WebhookRequest, _app: AppCredentials) -> None:
    if not request.headers.get("x-echo-signature"):
        raise InvalidSignature("no")


def careless_of_secret(request: WebhookRequest, app: AppCredentials) -> None:
    secret = app.secrets.get("signing_secret") or "simulated-echo-secret"
    wanted = "sha256=" + hmac.new(secret.encode(), request.body, "sha256").hexdigest()
    given = request.headers.get("x-echo-signature", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise InvalidSignature("no")


@pytest.mark.parametrize(
    ("verify", "test"),
    [
        (by_equality, "test_signature_is_compared_in_constant_time"),
        (trusting, "test_wrong_signature_is_refused"),
        (trusting, "test_any_change_of_the_body_breaks_the_signature"),
        (careless_of_secret, "test_nothing_is_accepted_without_the_right_secret"),
    ],
)
def test_verification_that_lets_strangers_in_is_found(
    platform: Any, verify: Callable[..., None], test: str
) -> None:
    app = app_of(platform)
    getattr(contract(ECHO), test)(platform, app)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(contract(with_webhook(verify=verify)), test)(platform, app)


def gives_up(account: Account, reply: Reply, http: Http) -> SentReply:
    answer = http.request("POST", "https://api.echo.example/entries", json={"text": reply.text})
    if answer.status_code != 200:
        raise Rejected(f"refused with {account.token.access_token}")
    return SentReply("1")


def elsewhere(account: Account, reply: Reply, http: Http) -> SentReply:
    http.request("POST", "https://tracker.example/", json={"text": reply.text})
    return REPLYING.send(account, reply, http)


def hides_network_faults(account: Account, reply: Reply, http: Http) -> SentReply:
    try:
        return REPLYING.send(account, reply, http)
    except Unavailable as error:
        raise Unavailable("no luck") from error


@pytest.mark.parametrize(
    ("send", "test"),
    [
        (gives_up, "test_broken_platform_is_unavailable"),
        (gives_up, "test_refused_token_is_an_expired_connection"),
        (gives_up, "test_throttle_is_rate_limited_with_a_pause"),
        (elsewhere, "test_only_declared_hosts_are_called"),
        (hides_network_faults, "test_network_fault_passes_as_it_is"),
    ],
)
def test_sending_that_misleads_the_core_is_found(send: Callable[..., SentReply], test: str) -> None:
    example, broken = contract(ECHO), contract(with_replying(send=send))
    getattr(example, test)(example.plain_account())
    with pytest.raises(AssertionError):
        getattr(broken, test)(broken.plain_account())


def test_secret_in_an_error_is_found(caplog: pytest.LogCaptureFixture) -> None:
    broken = contract(with_replying(send=gives_up))
    with pytest.raises(AssertionError, match="access token shows"):
        broken.test_no_error_and_no_log_shows_a_secret(broken.plain_account(), caplog)


def test_receipt_that_is_made_up_is_found() -> None:
    def hopeful(account: Account, reply: Reply, http: Http) -> SentReply:
        del account, reply
        return SentReply(str(http.request("POST", "https://api.echo.example/entries").json()))

    broken = contract(with_replying(send=hopeful))
    with pytest.raises((AssertionError, ValueError)):
        broken.test_unreadable_receipt_is_an_unknown_outcome(broken.plain_account())


def test_poll_that_breaks_on_nonsense_is_found() -> None:
    def trusting_fetch(account: Account, cursor: str | None, http: Http) -> Page:
        del account, cursor
        entries = http.request("GET", "https://api.echo.example/entries").json()["entries"]  # type: ignore[index]
        return Page([], str(len(entries)))

    broken = contract(with_polling(trusting_fetch))
    with pytest.raises(AssertionError, match="no error of the SDK"):
        broken.test_nonsense_from_the_platform_breaks_nothing(broken.plain_account())


def test_health_that_says_nothing_is_found() -> None:
    broken = contract(replace(ECHO, health=lambda _account, _http: Health("down")))
    with pytest.raises(AssertionError, match="say what is wrong"):
        broken.test_health_tells_and_never_breaks(broken.plain_account())


@pytest.mark.parametrize(
    "split",
    [
        lambda text, _limit: [text],
        lambda text, limit: [text[start : start + limit] for start in range(0, limit, limit)],
        lambda text, _limit: [f"1/1 {text}"],
    ],
)
def test_split_that_loses_words_or_does_not_fit_is_found(
    split: Callable[[str, int], list[str]],
) -> None:
    broken = contract(with_replying(split=split))
    with pytest.raises(AssertionError):
        broken.test_parts_fit_and_keep_every_word()


def test_limit_that_differs_without_a_setting_is_found() -> None:
    broken = contract(with_replying(limit=lambda _account, _visibility: 7))
    with pytest.raises(AssertionError):
        broken.test_limit_of_an_account_without_settings_is_the_usual_one()


@pytest.mark.parametrize(
    "field",
    [
        ConfigField("key", "Key", kind="secret", required=False),
        ConfigField("length", "Length", required=True),
    ],
)
def test_setting_of_accounts_that_is_secret_or_required_is_found(field: ConfigField) -> None:
    broken = contract(replace(ECHO, account_fields=(field,)))
    with pytest.raises(AssertionError):
        broken.test_settings_of_accounts_are_plain_and_optional()


def test_ages_that_do_not_grow_are_found() -> None:
    ages = (timedelta(days=7), timedelta(days=1))
    part = Rechecking(look_up=lambda _account, _posts, _http: Page((), None), ages=ages)
    with pytest.raises(AssertionError, match="grow"):
        contract(replace(ECHO, rechecking=part)).test_rechecking_is_declared_sanely()


def test_scripted_client_says_which_call_has_no_answer() -> None:
    with pytest.raises(AssertionError, match=r"GET https://a\.example"):
        FakeHttp().request("GET", "https://a.example")
