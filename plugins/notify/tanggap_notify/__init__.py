"""Tell a chat room of a post: a rule action that posts to an incoming-webhook address."""

from __future__ import annotations

from collections.abc import Iterable

from tanggap.sdk import ConfigField, RuleAction, hookimpl
from tanggap_notify.message import DEFAULT_TEXT, FORMATS
from tanggap_notify.post import post

FIELDS = (
    ConfigField(
        "url",
        {"en": "Webhook address", "id": "Alamat webhook"},
        "url",
        help={
            "en": "The address that the chat made for the room. Who knows it can write there.",
            "id": "Alamat yang dibuat aplikasi obrolan untuk ruangnya. Siapa pun yang tahu bisa "
            "menulis di sana.",
        },
    ),
    ConfigField(
        "format",
        {"en": "Chat", "id": "Aplikasi obrolan"},
        "choice",
        choices=tuple((name, name.title()) for name in FORMATS),
        default="slack",
    ),
    ConfigField(
        "text",
        {"en": "Text", "id": "Teks"},
        help={
            "en": "May name {author}, {handle}, {channel}, {account}, {label}, {kind}, {text} and "
            "{case}, the link to the inbox.",
            "id": "Boleh menyebut {author}, {handle}, {channel}, {account}, {label}, {kind}, "
            "{text} dan {case}, tautan ke kotak masuk.",
        },
        required=False,
        default=DEFAULT_TEXT,
    ),
)


@hookimpl
def tanggap_rule_actions() -> Iterable[RuleAction]:
    """Declare the action, which rules call as `notify.post`."""
    yield RuleAction(
        key="post",
        name={"en": "Post to a chat room", "id": "Kirim ke ruang obrolan"},
        fields=FIELDS,
        run=post,
    )
