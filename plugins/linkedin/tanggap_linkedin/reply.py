"""Answer comments and mentions as the page, and look whether an answer arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tanggap.sdk import (
    Account,
    Http,
    HttpResponse,
    InvalidPayload,
    Payload,
    Rejected,
    Reply,
    SentReply,
    Unavailable,
)
from tanggap_linkedin.client import Client, decoded
from tanggap_linkedin.errors import header
from tanggap_linkedin.permission import NO_PRIVATE
from tanggap_linkedin.urns import CommentUrn, encode, link

# Clocks differ, and a reply of unknown outcome was sent before the first try was noted.
_LOOK_BACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes: below a top-level comment, or below a post."""

    post: str
    parent: str | None = None

    @property
    def path(self) -> str:
        """Name the list of comments the reply joins."""
        return f"socialActions/{encode(self.parent or self.post)}/comments"


def send(account: Account, reply: Reply, http: Http) -> SentReply:
    """Comment as the page."""
    if reply.visibility == "private":
        raise Rejected(NO_PRIVATE, "private")
    client = Client.of(account, http)
    place = _place(reply)
    try:
        response = _post(client, account, place, reply.text)
    except Rejected as error:
        top = _top_of(client, place) if error.code.startswith("400") else None
        if top is None:
            raise
        place = Place(place.post, top)
        response = _post(client, account, place, reply.text)
    return _receipt(response, place)


def find_sent(account: Account, reply: Reply, http: Http) -> SentReply | None:
    """Look for the page's own comment with this text among the answers."""
    client = Client.of(account, http)
    place = _place(reply)
    since = reply.first_tried_at - _LOOK_BACK if reply.first_tried_at else None
    for comment in client.elements(place.path):
        if comment.text_or("", "actor") != account.external_id:
            continue
        if comment.text_or("", "message", "text").strip() != reply.text.strip():
            continue
        if since is None or comment.epoch("created", "time", unit=1000) >= since:
            urn = _urn_of(comment, "", place)
            return SentReply(urn, link(urn)) if urn else None
    return None


def _place(reply: Reply) -> Place:
    """Find the top-level comment: threads have two levels, answers to answers go beside them."""
    answered = CommentUrn.read(reply.to)
    if answered is None:
        return Place(reply.to)
    thread = CommentUrn.read(reply.thread_id or "")
    top = thread if thread and thread.post == answered.post else answered
    return Place(answered.post, str(top))


def _post(client: Client, account: Account, place: Place, text: str) -> HttpResponse:
    body = {"actor": account.external_id, "object": place.post, "message": {"text": text}}
    if place.parent:
        body["parentComment"] = place.parent
    return client.request("POST", place.path, json=body)


def _top_of(client: Client, place: Place) -> str | None:
    """Ask for the comment's own parent: webhooks do not always tell that it has one."""
    comment = CommentUrn.read(place.parent or "")
    if comment is None:
        return None
    found = client.get(f"socialActions/{encode(comment.post)}/comments/{comment.id}")
    top = CommentUrn.read(found.text_or("", "parentComment"))
    return str(top) if top and top != comment else None


def _receipt(response: HttpResponse, place: Place) -> SentReply:
    created = header(response, "x-restli-id")
    try:
        urn = _urn_of(decoded(response), created, place)
    except (InvalidPayload, Unavailable):
        urn = _urn_of(Payload({}), created, place)
    if urn is None:
        # It was accepted, only its id is unknown: reading back finds it.
        raise Unavailable("LinkedIn took the reply and named no id")
    return SentReply(urn, link(urn))


def _urn_of(comment: Payload, created: str, place: Place) -> str | None:
    post = comment.text_or(place.post, "object")
    number = comment.id_or_none("id") or created
    names = (
        comment.text_or("", "commentUrn"),
        comment.text_or("", "$URN"),
        created,
        f"urn:li:comment:({place.post if CommentUrn.read(post) else post},{number})",
    )
    found = (CommentUrn.read(name) for name in names)
    return next((str(urn) for urn in found if urn), None)
