"""Post the message, once, and name what the chat answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tanggap.sdk import Http, PostView, RateLimited, Rejected, Unavailable, Verdict
from tanggap_notify.message import DEFAULT_TEXT, FORMATS, fill, values_of

_DEFAULT_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


def post(values: Mapping[str, str], seen: PostView, verdict: Verdict, http: Http) -> None:
    """Tell the room of a post.

    A chat cannot be asked whether a message arrived, so one that may have is not sent again.
    """
    harmless, write = FORMATS[values.get("format") or "slack"]
    template = values.get("text") or DEFAULT_TEXT
    text = fill(template, values_of(seen, verdict), harmless)
    try:
        answer = http.request("POST", values["url"], json=write(text))
    except Unavailable as error:
        if not error.reached:
            raise
        raise Rejected(
            {
                "en": f"the chat did not answer, so the message may have arrived: {error}",
                "id": f"obrolan tidak menjawab, jadi pesannya mungkin sudah sampai: {error}",
            },
            "timeout",
        ) from error
    _judge(answer.status_code, answer.headers.get("retry-after", ""))


def _judge(status: int, retry_after: str) -> None:
    if 200 <= status < 300:
        return
    if status == 429:
        raise RateLimited(
            _wait(retry_after),
            {"en": "the chat asks to slow down", "id": "obrolan meminta agar lebih pelan"},
        )
    if status >= 500:
        raise Unavailable({"en": f"the chat answered {status}", "id": f"obrolan menjawab {status}"})
    if status in (404, 410):
        raise Rejected(
            {
                "en": "the webhook address does not exist any more: make a new one",
                "id": "alamat webhook sudah tidak ada: buat yang baru",
            },
            str(status),
        )
    raise Rejected(
        {
            "en": f"the chat refused the message with {status}",
            "id": f"obrolan menolak pesannya dengan {status}",
        },
        str(status),
    )


def _wait(retry_after: str) -> timedelta:
    if not (retry_after.isascii() and retry_after.isdigit()):
        return _DEFAULT_WAIT
    return min(timedelta(seconds=int(retry_after[:6])), _LONGEST_WAIT)
