"""The company, its accounts' budgets and settings, its tone, and plugins, for programs."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from pydantic import Field

from tanggap.inbox.accounts import account_settings, plugin_states
from tanggap.inbox.arrival import read_meter
from tanggap.inbox.operation.company import CompanyCard, read_company, save_company
from tanggap.inbox.sending.tone_sample import limit_of
from tanggap.inbox.tone import tone_profiles
from tanggap.inbox.tone.tone_form import (
    ToneProblem,
    read_form,
    read_phrases,
    write_form,
    write_parts,
)
from tanggap.inbox.tone.tone_profiles import Scope, Toned
from tanggap.sdk.errors import InvalidConfig
from tanggap.web.accounts.accounts import explain_field
from tanggap.web.api.asked import Body, Id, Query
from tanggap.web.api.cases import nothing
from tanggap.web.api.routing import blueprint
from tanggap.web.api.things import Covered, TeamRef, Thing
from tanggap.web.context import me, services, tasks
from tanggap.web.problems import problem
from tanggap.web.tone.tone_pages import known_labels
from tanggap.web.tone.tone_words import explain_problem

bp = blueprint("company", "Company")
_TONE = "/tone/<string:channel>/<string:language>"
_ACCOUNT = "/accounts/<int:account_id>"
_Short = Annotated[str, Field(max_length=64)]


class Company(Body):
    """What is known of the company; `colour` is written #rrggbb, `zone` is an IANA name."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    logo_text: Annotated[str, Field(max_length=24)] = ""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0f766e"
    contact: Annotated[str, Field(max_length=500)] = ""
    website: Annotated[str, Field(max_length=255)] = ""
    zone: _Short = "Asia/Jakarta"


class Caps(Body):
    """What reading an account may cost in a month; null lifts a cap."""

    usd: Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,2})?$")] | None = None
    reads: Annotated[int, Field(ge=1, le=10**9)] | None = None


class AccountSettings(Body):
    """What the channel lets an operator set for an account, by name; no secrets."""

    values: Annotated[dict[str, Annotated[str, Field(max_length=2_000)]], Field(max_length=50)]


class ToneQuery(Query):
    """Whose tone is meant; without an account that of the channel."""

    account: Id | None = None


class ToneChange(Body):
    """How answers sound, as the editor of the tone has it; lists hold one phrase a line."""

    fields: Annotated[dict[_Short, Annotated[str, Field(max_length=20_000)]], Field(max_length=50)]
    parts: Annotated[list[Annotated[str, Field(max_length=140)]], Field(max_length=500)]
    version: Annotated[str, Field(max_length=64)]


class TeamTone(Body):
    """Which findings stop a team's answers, and which phrases it forbids."""

    blocking: Annotated[list[_Short], Field(max_length=100)]
    forbidden: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=80)]], Field(max_length=200)
    ]


class Tone(Thing):
    """A tone; `source` says where it comes from, `parts` what first answers must hold."""

    name: str
    source: str
    fields: dict[str, str]
    parts: list[str]
    version: str


class PluginTrouble(Thing):
    """A part of a plugin that failed; after many failures it is left alone for a while."""

    id: int
    channel: str
    operation: str
    error: Covered
    failures: int


class PluginTroubles(Thing):
    """What has failed, the latest first."""

    items: list[PluginTrouble]


@bp.get("/company")
@bp.output(Company)
def show() -> Company:
    """Read what is known of the company."""
    with services().database.read() as db:
        return _company(read_company(db))


@bp.put("/company")
@bp.input(Company, arg_name="body")
@bp.output(Company)
def save(body: Company) -> Company:
    """Write what is known of the company; pages for customers look like this from now on."""
    with services().database.write() as db:
        return _company(save_company(db, CompanyCard(**body.model_dump()), user_id=me().id))


@bp.put(_ACCOUNT + "/caps")
@bp.input(Caps, arg_name="body")
@bp.output({}, status_code=204)
def set_caps(account_id: int, body: Caps) -> Response:
    """Set or lift what reading an account may cost in a month."""
    reads = "" if body.reads is None else str(body.reads)
    try:
        with services().database.write() as db:
            read_meter.set_caps(db, account_id, usd=body.usd or "", reads=reads, user_id=me().id)
    except InvalidConfig as error:
        return _unfit(error)
    return nothing()


@bp.put(_ACCOUNT + "/settings")
@bp.input(AccountSettings, arg_name="body")
@bp.output({}, status_code=204)
def save_settings(account_id: int, body: AccountSettings) -> Response:
    """Save what the channel lets an operator set for an account."""
    try:
        account_settings.save(services(), account_id, body.values, user_id=me().id)
    except InvalidConfig as error:
        return _unfit(error)
    return nothing()


@bp.get("/plugins/troubles")
@bp.output(PluginTroubles)
def troubles() -> PluginTroubles:
    """List which parts of plugins failed."""
    with services().database.read() as db:
        found = plugin_states.list_troubles(db)
    return PluginTroubles(items=[PluginTrouble.model_validate(one.state) for one in found])


@bp.post("/plugins/troubles/<int:state_id>/retry")
@bp.output({}, status_code=204)
def retry(state_id: int) -> Response:
    """Have a part of a plugin that is left alone called again now."""
    plugin_states.ask_retry(services(), state_id, user_id=me().id)
    tasks().sweep()
    return nothing()


@bp.get(_TONE)
@bp.input(ToneQuery, location="query", arg_name="query")
@bp.output(Tone)
def tone(channel: str, language: str, query: ToneQuery) -> Tone:
    """Read how answers on a channel, or of an account, sound in a language."""
    return _tone(_read(Scope(channel, language, query.account)))


@bp.put(_TONE)
@bp.input(ToneQuery, location="query", arg_name="query")
@bp.input(ToneChange, arg_name="body")
@bp.output(Tone)
def save_tone(channel: str, language: str, query: ToneQuery, body: ToneChange) -> Tone | Response:
    """Say how answers sound; 409 when a colleague changed it since `version`."""
    scope = Scope(channel, language, query.account)
    toned = _read(scope)
    profile, problems = read_form(
        {**write_form(toned.profile), **body.fields},
        set(body.parts),
        beneath=toned.beneath,
        labels=known_labels(toned),
        limit=limit_of(services(), channel),
    )
    if problems:
        faults = [
            {"place": "json", "field": name, "message": explain_problem(one)}
            for name, one in problems.items()
        ]
        return problem(422, "invalid", faults[0]["message"], errors=faults)
    tone_profiles.save_profile(services(), scope, profile, version=body.version, user_id=me().id)
    return _tone(_read(scope))


@bp.delete(_TONE)
@bp.input(ToneQuery, location="query", arg_name="query")
@bp.output({}, status_code=204)
def reset_tone(channel: str, language: str, query: ToneQuery) -> Response:
    """Go back to what the channel's plugin, or the channel, says."""
    scope = Scope(channel, language, query.account)
    tone_profiles.reset_profile(services(), scope, user_id=me().id)
    return nothing()


@bp.put("/teams/<int:team_id>/tone")
@bp.input(TeamTone, arg_name="body")
@bp.output(TeamRef)
def save_team_tone(team_id: int, body: TeamTone) -> TeamRef | Response:
    """Choose which findings stop a team's answers, and which phrases it forbids."""
    phrases = read_phrases("\n".join(body.forbidden))
    if isinstance(phrases, ToneProblem):
        return problem(422, "invalid", explain_problem(phrases))
    tone_profiles.set_blocking(services(), team_id, body.blocking, user_id=me().id)
    tone_profiles.set_forbidden(services(), team_id, phrases, user_id=me().id)
    with services().database.read() as db:
        return TeamRef.model_validate(tone_profiles.team_by_id(db, team_id))


def _company(card: CompanyCard) -> Company:
    return Company(**{name: getattr(card, name) for name in Company.model_fields})


def _unfit(error: InvalidConfig) -> Response:
    words = explain_field(error)
    faults = [{"place": "json", "field": error.field, "message": words}]
    return problem(422, "invalid", words, errors=faults)


def _read(scope: Scope) -> Toned:
    with services().database.read() as db:
        return tone_profiles.read_profile(services(), db, scope)


def _tone(toned: Toned) -> Tone:
    return Tone(
        name=toned.name,
        source=toned.source,
        fields=write_form(toned.profile),
        parts=sorted(write_parts(toned.profile)),
        version=toned.version,
    )
