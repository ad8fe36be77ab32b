"""The pages of answer templates: all of them, and an editor that renders while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError
from tanggap.inbox.sending.template_form import (
    MOST_TEXTS,
    STEPS,
    Problems,
    TemplateForm,
    form_of,
    read_form,
    template_of,
    try_template,
)
from tanggap.inbox.tone import answer_templates
from tanggap.inbox.tone.answer_templates import NEW, Kept
from tanggap.inbox.tone.tone import LANGUAGES
from tanggap.inbox.tone.tone_profiles import Scope, read_profile
from tanggap.rules.answers.template import VARIABLES
from tanggap.web.context import me, services
from tanggap.web.errors import explain
from tanggap.web.labels import current_labels
from tanggap.web.security import local_path
from tanggap.web.tone.tone_words import FORMALITIES

bp = Blueprint("templates", __name__, url_prefix="/admin/templates")

_TEMPLATE = "/<language>/<key>"
_ANY = "any"


@bp.get("")
def index() -> ResponseReturnValue:
    """List the templates, as far as they fit what was chosen."""
    chosen = {name: request.args.get(name, "") for name in ("label", "channel", "language", "step")}
    with services().database.read() as session:
        kept = answer_templates.list_templates(session)
    return render_template(
        "admin/templates.html",
        kept=[one for one in kept if _fits(one, chosen)],
        total=len(kept),
        chosen=chosen,
        any=_ANY,
        **_names(),
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Show and save a template that does not exist yet."""
    if request.method == "GET":
        return _editor(TemplateForm(language=me().language), None)
    return _edited(None)


@bp.route(_TEMPLATE, methods=["GET", "POST"])
def edit(language: str, key: str) -> ResponseReturnValue:
    """Show and save a template, a shipped one too."""
    kept = _read(language, key)
    if request.method == "GET":
        return _editor(form_of(kept.template), kept)
    return _edited(kept)


@bp.post("/preview")
def preview() -> ResponseReturnValue:
    """Render the variations in the form for a sample case, with what the linter says."""
    return _render("admin/template_preview.html", read_form(request.form), None)


@bp.post(_TEMPLATE + "/switch")
def switch(language: str, key: str) -> ResponseReturnValue:
    """Let a template be suggested or not."""
    enabled = request.form.get("enabled") == "1"
    answer_templates.set_enabled(services(), language, key, enabled, user_id=me().id)
    back = local_path(request.form.get("back") or url_for(".index"))
    return redirect(f"{back}#{language}-{key}", 303)


@bp.post(_TEMPLATE + "/remove")
def remove(language: str, key: str) -> ResponseReturnValue:
    """Forget an own template, or go back to the shipped one."""
    answer_templates.remove_template(services(), language, key, seen=_seen(), user_id=me().id)
    flash(gettext("The template is removed."))
    return redirect(url_for(".index"), 303)


def _fits(kept: Kept, chosen: Mapping[str, str]) -> bool:
    template = kept.template
    return (
        (not chosen["language"] or template.language == chosen["language"])
        and (not chosen["step"] or template.step == chosen["step"])
        and _among(chosen["label"], template.labels)
        and _among(chosen["channel"], template.channels)
    )


def _among(wanted: str, values: Sequence[str]) -> bool:
    if wanted == _ANY:
        return not values
    return not wanted or not values or wanted in values


def _read(language: str, key: str) -> Kept:
    with services().database.read() as session:
        return answer_templates.read_template(session, language, key)


def _edited(before: Kept | None) -> ResponseReturnValue:
    form, act = read_form(request.form), request.form.get("do", "")
    if before is not None:
        form = _of_the_same(form, before)
    if act:
        return _editor(_step(form, act), before)
    with services().database.read() as session:
        taken = {one.template.key for one in answer_templates.list_templates(session)}
    template, problems = template_of(form, before.template.key if before else "", taken)
    if template is None:
        return _editor(form, before, problems), 422
    try:
        saved = answer_templates.save_template(
            services(),
            template,
            seen=_seen(),
            enabled=before.enabled if before else True,
            user_id=me().id,
        )
    except ConflictError as error:
        flash(explain(error), "error")
        return _editor(form, _read(template.language, template.key)), 409
    flash(gettext("The template is saved.") if saved else gettext("Nothing was changed."))
    return redirect(url_for(".index", _anchor=f"{template.language}-{template.key}"), 303)


def _of_the_same(form: TemplateForm, before: Kept) -> TemplateForm:
    """Keep name and language, by which a template is found."""
    template = before.template
    values = {name: getattr(form, name) for name in form.__slots__}
    return TemplateForm(**values | {"name": template.key, "language": template.language})


def _step(form: TemplateForm, act: str) -> TemplateForm:
    kind, _, place = act.partition(":")
    texts = list(form.texts)
    if kind == "add" and len(texts) < MOST_TEXTS:
        texts.append("")
    elif kind == "drop" and place.isdecimal() and int(place) < len(texts) and len(texts) > 1:
        del texts[int(place)]
    values = {name: getattr(form, name) for name in form.__slots__}
    return TemplateForm(**values | {"texts": tuple(texts)})


def _editor(form: TemplateForm, before: Kept | None, problems: Problems | None = None) -> str:
    part = "form" if "HX-Request" in request.headers else "edit"
    return _render(f"admin/template_{part}.html", form, before, problems)


def _render(
    template: str, form: TemplateForm, before: Kept | None, problems: Problems | None = None
) -> str:
    channels = services().registry.channels
    wanted = request.form.get("sample_channel", "")
    channel = wanted if wanted in channels else next(iter(channels), "")
    if form.channels and wanted not in form.channels and form.channels[0] in channels:
        channel = form.channels[0]
    with services().database.read() as session:
        rendered = _rendered(session, form, channel) if channel else []
    key = before.template.key if before else ""
    shipped = answer_templates.shipped_template(form.language, key)
    return render_template(
        template,
        form=form,
        before=before,
        seen=before.revision if before else NEW,
        problems=problems or {},
        rendered=rendered,
        sample_channel=channel,
        shipped=shipped if before is not None and before.source == "changed" else None,
        here=url_for(".edit", language=form.language, key=key) if before else url_for(".new"),
        most=MOST_TEXTS,
        **_names(),
    )


def _rendered(session: Session, form: TemplateForm, channel: str) -> list[Any]:
    profile = read_profile(services(), session, Scope(channel, form.language)).profile
    return list(try_template(services(), form, channel, profile, me().initials))


def _names() -> dict[str, Any]:
    channels = services().registry.channels
    return {
        "steps": STEPS,
        "formalities": FORMALITIES,
        "languages_of_answers": LANGUAGES,
        "labels": current_labels(),
        "channels": {key: loaded.channel.name for key, loaded in channels.items()},
        "variables": VARIABLES,
    }


def _seen() -> int:
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else NEW
