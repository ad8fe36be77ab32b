"""Make the web application."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tanggap.inbox.services import open_services
from tanggap.jobs.queue import open_queue
from tanggap.jobs.tasks import Tasks
from tanggap.settings import Settings, read_settings
from tanggap.web import (
    assets,
    context,
    errors,
    guard,
    i18n,
    labels,
    logs,
    routing,
    security,
    shared,
    templating,
    webhooks,
)
from tanggap.web.accounts import account_page, accounts, endpoint_pages, mailbox_page, plugins_page
from tanggap.web.api.setup import install_api
from tanggap.web.clocks import calendar_pages, clock_words, sla_pages
from tanggap.web.coaching import coaching, practice
from tanggap.web.desk import (
    alerts,
    approvals,
    attachments,
    author_cards,
    badges,
    bulk,
    call_back_words,
    call_backs,
    case_clocks,
    case_forms,
    case_state,
    composer,
    consultations,
    conversation,
    handover,
    inbox,
    joins,
    live,
    macros,
    mails,
    masking,
    media,
    moderation,
    notes,
    notifications,
    signs,
    views_pages,
)
from tanggap.web.follow_up import follow_up, praise
from tanggap.web.forms import form_pages, form_words
from tanggap.web.learning import labelling, models_page
from tanggap.web.operation import company_page, dead_letters, first_run, health
from tanggap.web.people import (
    audit_page,
    people_pages,
    profile,
    shift_notes,
    staff_pages,
    team_pages,
    token_pages,
)
from tanggap.web.privacy import privacy_pages
from tanggap.web.public import public_page
from tanggap.web.rulebook import action_words, list_pages, rules_pages, tag_pages, why_page
from tanggap.web.signing_in import (
    auth,
    invitation_page,
    presence,
    second_factor,
    sign_ins,
    sign_on,
    sign_on_page,
)
from tanggap.web.tone import template_pages, tone_pages, tone_view

BLUEPRINTS = (
    account_page.bp,
    accounts.bp,
    alerts.bp,
    approvals.bp,
    attachments.bp,
    assets.bp,
    audit_page.bp,
    auth.bp,
    author_cards.bp,
    badges.bp,
    bulk.bp,
    call_backs.bp,
    calendar_pages.bp,
    case_clocks.bp,
    case_forms.bp,
    case_state.bp,
    company_page.bp,
    coaching.bp,
    composer.bp,
    consultations.bp,
    joins.bp,
    shift_notes.bp,
    conversation.bp,
    dead_letters.bp,
    endpoint_pages.bp,
    form_pages.bp,
    follow_up.bp,
    handover.bp,
    first_run.bp,
    health.bp,
    inbox.bp,
    invitation_page.bp,
    labelling.bp,
    list_pages.bp,
    live.bp,
    mailbox_page.bp,
    mails.bp,
    media.bp,
    macros.bp,
    models_page.bp,
    masking.bp,
    moderation.bp,
    notes.bp,
    notifications.bp,
    people_pages.bp,
    plugins_page.bp,
    practice.bp,
    praise.bp,
    presence.bp,
    privacy_pages.bp,
    profile.bp,
    public_page.bp,
    rules_pages.bp,
    signs.bp,
    second_factor.bp,
    sign_ins.bp,
    sign_on.bp,
    sign_on_page.bp,
    staff_pages.bp,
    tag_pages.bp,
    team_pages.bp,
    sla_pages.bp,
    template_pages.bp,
    token_pages.bp,
    tone_pages.bp,
    views_pages.bp,
    why_page.bp,
)


def create_app(settings: Settings | None = None, *, tasks: Tasks | None = None) -> Flask:
    """Make an application from settings, or from tasks whose services are open already."""
    tasks = tasks or _open_tasks(settings or read_settings())
    settings, keys = tasks.services.settings, tasks.services.keys
    app = Flask("tanggap.web", static_folder=None)
    app.config.update(
        SECRET_KEY=keys.secret_key,
        SESSION_COOKIE_NAME="tanggap",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        SESSION_REFRESH_EACH_REQUEST=False,  # an open tab asks every second and would never end
        MAX_CONTENT_LENGTH=settings.max_delivery_bytes,
        BABEL_DEFAULT_LOCALE=settings.default_language,
        WTF_CSRF_TIME_LIMIT=None,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops
        )
    app.url_map.converters["int"] = routing.IdConverter
    context.attach(app, tasks)
    logs.log_requests(app)
    security.protect(app, settings.redis_url)
    guard.hold_requests(app)
    second_factor.insist(app)
    sign_ins.keep(app)
    sign_on.install(app, tasks.services.http)
    presence.follow(app)
    shared.share(app)
    _teach_templates(app)
    errors.handle_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    install_api(app)
    app.wsgi_app = webhooks.WebhookEndpoint(app.wsgi_app, tasks)  # type: ignore[method-assign]
    return app


def _teach_templates(app: Flask) -> None:
    """Make known to templates what they call."""
    i18n.translate_app(app)
    assets.install_assets(app)
    templating.install_filters(app)
    labels.install_labels(app)
    clock_words.install_clocks(app)
    call_back_words.install_call_backs(app)
    tone_view.show_tone(app)
    action_words.install_action_words(app)
    form_words.install_form_words(app)
    masking.install_masks(app)


def _open_tasks(settings: Settings) -> Tasks:
    services = open_services(settings)
    return Tasks(services, open_queue(settings, services.keys))
