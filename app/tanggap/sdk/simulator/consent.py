"""The page on which a person lets the app in, and a client that presses its button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import urlencode, urljoin, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from tanggap.sdk.simulator.courier import client


def consent_page(
    *,
    platform: str,
    app: str,
    person: str,
    scopes: Sequence[str],
    action: str,
    fields: Mapping[str, str],
    choices: Sequence[tuple[str, str]] = (),
) -> Response:
    """Render a plain form: hidden `fields`, one ticked box named `choice` for each of `choices`.

    Its buttons send `decision` as `approve` or `deny` by POST to `action`.
    """
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="choice" value="{escape(value)}" checked> '
        f"{escape(label)}</label>"
        for value, label in choices
    )
    html = (files("tanggap.sdk.simulator") / "consent.html").read_text("utf-8")
    for mark, value in {
        "{{platform}}": escape(platform),
        "{{app}}": escape(app),
        "{{person}}": escape(person),
        "{{scopes}}": "".join(f"<li>{escape(scope)}</li>" for scope in scopes),
        "{{action}}": escape(action),
        "{{hidden}}": hidden,
        "{{boxes}}": f"<fieldset><legend>Choose</legend>{boxes}</fieldset>" if boxes else "",
    }.items():
        html = html.replace(mark, value)
    return Response(html, mimetype="text/html")


def redirect_back(redirect_uri: str, params: Mapping[str, str]) -> Response:
    """Send the browser back to the app with `params` added to its redirect URI."""
    separator = "&" if urlsplit(redirect_uri).query else "?"
    return redirect(f"{redirect_uri}{separator}{urlencode(params)}", 302)


def approve(
    authorize_url: str, *, choose: Sequence[str] | None = None, decision: str = "approve"
) -> str:
    """Open the consent page, press a button, and return where it sends the browser.

    `choose` ticks only these boxes; without it they stay as the page has them. Raises
    `RuntimeError` when the page shows an error in place of the form.
    """
    with client() as browser:
        page = browser.get(authorize_url)
        form = _Form()
        form.feed(page.text)
        if page.status_code != 200 or form.action is None:
            raise RuntimeError(f"no consent form at {authorize_url}: {page.status_code}")
        fields: dict[str, str | list[str]] = {**form.hidden, "decision": decision}
        fields["choice"] = list(form.boxes if choose is None else choose)
        answer = browser.post(urljoin(authorize_url, form.action), data=fields)
    if "location" not in answer.headers:
        raise RuntimeError(f"the consent form answered {answer.status_code}: {answer.text}")
    return str(answer.headers["location"])


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self.boxes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found.get("action", "")
        elif tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found.get("value", "")
        elif tag == "input" and found.get("type") == "checkbox":
            self.boxes.append(found.get("value", ""))
