"""How answers should sound, per channel and account, and what stops their sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from tanggap.errors import ConflictError
from tanggap.inbox.sending.tone_sample import Sample, limit_of, sample_text, try_sample
from tanggap.inbox.tone import tone_profiles
from tanggap.inbox.tone.tone import LANGUAGES
from tanggap.inbox.tone.tone_form import (
    CHECKED_PARTS,
    LISTS,
    NUMBERS,
    ToneProblem,
    read_form,
    read_phrases,
    write_form,
    write_parts,
)
from tanggap.inbox.tone.tone_profiles import ALWAYS_STOPS, Scope, Toned
from tanggap.rules.tone import CODES, Profile
from tanggap.rules.tone.language import guess_language
from tanggap.store.users import list_teams
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.labels import current_labels
from tanggap.web.security import wants_fragment_or_json
from tanggap.web.tone import tone_words
from tanggap.web.tone.tone_view import shown

bp = Blueprint("tone", __name__, url_prefix="/admin/tone")

_OFF_TOPIC = "none"
_EDITOR = "/<channel>/<language>"


class Typed(NamedTuple):
    """What stands in the editor's form, and what it means."""

    fields: Mapping[str, str]
    ticked: set[str]
    profile: Profile
    problems: dict[str, ToneProblem]
    sample: Sample


@bp.get("")
def index() -> ResponseReturnValue:
    """Show every profile in plain words, and what stops each team's sending."""
    return _index("")


@bp.post("/try")
def try_everywhere() -> ResponseReturnValue:
    """Hold one draft against every channel's profile in its language."""
    text = request.form.get("text", "")
    if "HX-Request" in request.headers:
        return render_template("admin/tone_tried.html", tried=_tried(text), text=text)
    return _index(text)


@bp.route(_EDITOR, methods=["GET", "POST"])
@bp.route(_EDITOR + "/<int:account_id>", methods=["GET", "POST"])
def edit(channel: str, language: str, account_id: int | None = None) -> ResponseReturnValue:
    """Show and save one profile."""
    scope = Scope(channel, language, account_id)
    toned = _read(scope)
    if request.method == "GET":
        return _editor(toned, _stored(toned))
    typed = _typed(toned)
    if typed.problems:
        return _editor(toned, typed), 422
    version = request.form.get("version", "")
    try:
        saved = tone_profiles.save_profile(
            services(), scope, typed.profile, version=version, user_id=me().id
        )
    except ConflictError as error:
        flash(explain(error), "error")
        return _editor(_read(scope), typed), 409
    flash(
        gettext("The tone of %(name)s is saved.", name=toned.name)
        if saved
        else gettext("Nothing was changed.")
    )
    return redirect(_address(scope), 303)


@bp.post(_EDITOR + "/check")
@bp.post(_EDITOR + "/<int:account_id>/check")
def check(channel: str, language: str, account_id: int | None = None) -> ResponseReturnValue:
    """Hold the sample against the profile as it is typed, without saving it."""
    toned = _read(Scope(channel, language, account_id))
    typed = _typed(toned)
    if not wants_fragment_or_json():
        return _editor(toned, typed)
    tried = try_sample(services(), channel, typed.profile, me().initials, typed.sample)
    return {
        "findings": [shown(finding) for finding in tried.findings],
        "length": tried.length,
        "limit": tried.limit,
        "clean": gettext("Nothing to mend.") if typed.sample.text.strip() else "",
    }


@bp.post(_EDITOR + "/reset")
@bp.post(_EDITOR + "/<int:account_id>/reset")
def reset(channel: str, language: str, account_id: int | None = None) -> ResponseReturnValue:
    """Go back to what the channel's plugin, or the channel, says."""
    scope = Scope(channel, language, account_id)
    tone_profiles.reset_profile(services(), scope, user_id=me().id)
    flash(gettext("The tone is as proposed again."))
    return redirect(_address(scope), 303)


@bp.route("/teams/<int:team_id>", methods=["GET", "POST"])
def blocking(team_id: int) -> ResponseReturnValue:
    """Show and choose which findings stop a team's sending, and which phrases it forbids."""
    if request.method == "GET":
        return _team(team_id)
    phrases = read_phrases(request.form.get("forbidden", ""))
    if isinstance(phrases, ToneProblem):
        return _team(team_id, tone_words.explain_problem(phrases)), 422
    codes = request.form.getlist("code")
    saved = [
        tone_profiles.set_blocking(services(), team_id, codes, user_id=me().id),
        tone_profiles.set_forbidden(services(), team_id, phrases, user_id=me().id),
    ]
    flash(gettext("Saved.") if any(saved) else gettext("Nothing was changed."))
    return redirect(url_for(".index", _anchor="teams"), 303)


def _team(team_id: int, problem: str = "") -> str:
    with services().database.read() as session:
        team = tone_profiles.team_by_id(session, team_id)
        forbidden = request.form.get("forbidden") if problem else "\n".join(team.forbidden)
        return render_template(
            "admin/tone_team.html",
            team=team,
            codes=CODES,
            always=ALWAYS_STOPS,
            words=tone_words,
            forbidden=forbidden,
            problem=problem,
        )


def _index(text: str) -> ResponseReturnValue:
    with services().database.read() as session:
        channels = tone_profiles.list_profiles(services(), session)
        teams = list_teams(session)
    text = text or _first_sample(channels)
    return render_template(
        "admin/tone.html",
        channels=channels,
        teams=teams,
        text=text,
        tried=_tried(text, channels),
        words=tone_words,
        address=_address,
    )


def _tried(text: str, channels: list[tone_profiles.ChannelTone] | None = None) -> list[Any]:
    """Hold a draft against each channel's profile in the language it is written in."""
    if channels is None:
        with services().database.read() as session:
            channels = tone_profiles.list_profiles(services(), session)
    language = guess_language(text) or LANGUAGES[0]
    sample = Sample(text=text, label="", first_answer=False)
    return [
        (channel, try_sample(services(), channel.key, part.whole.profile, me().initials, sample))
        for channel in channels
        for part in channel.languages
        if part.whole.scope.language == language
    ]


def _first_sample(channels: list[tone_profiles.ChannelTone]) -> str:
    profiles = [(channel.key, channel.languages[0].whole.profile) for channel in channels]
    return sample_text(*profiles[0]) if profiles else ""


def _read(scope: Scope) -> Toned:
    with services().database.read() as session:
        return tone_profiles.read_profile(services(), session, scope)


def known_labels(toned: Toned) -> list[str]:
    """List the labels whose first answers may have to hold something."""
    known = dict.fromkeys([*dict(toned.profile.parts), *current_labels()])
    return [label for label in known if label != _OFF_TOPIC]


def _stored(toned: Toned) -> Typed:
    profile = toned.profile
    sample = Sample(text=sample_text(toned.scope.channel, profile))
    return Typed(write_form(profile), write_parts(profile), profile, {}, sample)


def _typed(toned: Toned) -> Typed:
    form = request.form
    ticked = set(form.getlist("parts"))
    profile, problems = read_form(
        form,
        ticked,
        beneath=toned.beneath,
        labels=known_labels(toned),
        limit=limit_of(services(), toned.scope.channel),
    )
    sample = Sample(
        text=form.get("text", ""),
        visibility="private" if form.get("visibility") == "private" else "public",
        label=form.get("label", ""),
        first_answer=bool(form.get("first_answer")),
    )
    return Typed(form, ticked, profile, problems, sample)


def _editor(toned: Toned, typed: Typed) -> str:
    tried = try_sample(services(), toned.scope.channel, typed.profile, me().initials, typed.sample)
    return render_template(
        "admin/tone_edit.html",
        toned=toned,
        typed=typed,
        tried=tried,
        labels=known_labels(toned),
        parts=CHECKED_PARTS,
        lists=LISTS,
        numbers=NUMBERS,
        words=tone_words,
        here=_address(toned.scope),
        beneath=write_form(toned.beneath),
    )


def _address(scope: Scope) -> str:
    return url_for(
        "tone.edit",
        channel=scope.channel,
        language=scope.language,
        account_id=scope.account_id,
    )
