"""What an app may write: replies, deletions, hiding, messages; refused where X refuses."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from tanggap.sdk import Payload
from tanggap.sdk.simulator import (
    Draft,
    Person,
    Route,
    SimulatedMedia,
    SimulatedPost,
    json_response,
)
from tanggap_twitter.limits import (
    MAX_MESSAGE_LENGTH,
    forbidden_character,
    weighted_length,
)
from tanggap_twitter.simulator import render
from tanggap_twitter.simulator.gate import Refused, guarded

if TYPE_CHECKING:
    from tanggap_twitter.simulator.platform import SimulatedX

CATEGORIES = frozenset({"tweet_image", "dm_image"})
SIGNS = (b"\xff\xd8\xff", b"\x89PNG")
MAX_IMAGE = 5 * 1024 * 1024
MOST_MEDIA = 4
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}\b")
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
_NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)


class Writing:
    """The routes that change something."""

    def __init__(self, x: SimulatedX) -> None:
        self._x = x

    def routes(self) -> Iterable[Route]:
        """List them."""
        for method, path, handler in (
            ("POST", "/2/tweets", self._create),
            ("POST", "/2/media/upload", self._upload),
            ("POST", "/2/media/metadata", self._describe),
            ("DELETE", "/2/tweets/<post_id>", self._delete),
            ("PUT", "/2/tweets/<post_id>/hidden", self._hide),
            ("POST", "/2/users/<user_id>/likes", self._like),
            ("DELETE", "/2/users/<user_id>/likes/<post_id>", self._unlike),
            ("POST", "/2/dm_conversations/with/<person_id>/messages", self._message),
            ("POST", "/2/dm_conversations/<thread_id>/messages", self._message_in),
            ("DELETE", "/2/dm_events/<event_id>", self._delete_message),
        ):
            yield Route(method, path, guarded(handler), target="reply")

    def _create(self, request: Request) -> Response:
        author = self._x.person(self._x.gate.user(request, "tweet.write").person_id)
        self._x.gate.count(request, "reply")
        body = self._x.json(request)
        text = self._text(body.get("text"), self._x.longest_post)
        if not self._x.is_enterprise and len(_CASHTAG.findall(text)) > 1:
            raise Refused(403, "A post may hold one cashtag.")
        media = self._media(body.get("media"), "tweet_image")
        asked = body.get("reply")
        parent = self._target(author, asked) if asked is not None else None
        with self._x.world.lock:
            if any(_is_same(post, author, text, parent) for post in self._x.world.posts()):
                raise Refused(403, _DUPLICATE)
            post = self._x.publish(
                Draft(
                    author=author,
                    text=text,
                    kind="reply" if parent else "post",
                    account=author,
                    parent=parent,
                    via_api=True,
                    media=media,
                )
            )
        data = {"id": post.id, "text": render.escaped(text), "edit_history_tweet_ids": [post.id]}
        return json_response({"data": data}, 201)

    def _target(self, author: Person, asked: object) -> SimulatedPost:
        ref = asked.get("in_reply_to_tweet_id") if isinstance(asked, dict) else None
        post = self._x.world.post(ref) if isinstance(ref, str) else None
        if post is None or post.deleted or post.private:
            raise Refused(
                400,
                "You attempted to reply to a Tweet that is deleted or not visible to you.",
                "invalid-request",
            )
        if not self._has_summoned(post, author):
            raise Refused(403, _NOT_SUMMONED)
        return post

    def _has_summoned(self, post: SimulatedPost, account: Person) -> bool:
        """Apply the rule of self-serve plans since 2026-02; our own posts may be gone on from."""
        if self._x.is_enterprise or post.author is account:
            return True
        if account in render.mentioned(self._x.world, post.text):
            return True
        answers = post.parent is not None and post.parent.author is account
        return post.account is account and (post.kind == "mention" or answers)

    def _text(self, given: object, limit: int) -> str:
        if not isinstance(given, str) or not given.strip():
            raise Refused(400, "text is missing", "invalid-request")
        if forbidden_character(given) or weighted_length(given) > limit:
            raise Refused(403, "Your Tweet text is too long or holds invalid characters.")
        return given

    def _delete(self, request: Request, post_id: str) -> Response:
        grant = self._x.gate.user(request, "tweet.write")
        self._x.gate.count(request, "delete")
        post = self._x.world.post(post_id)
        if post is None or post.deleted or post.author.id != grant.person_id:
            raise Refused(404, f"Could not find tweet with id: [{post_id}].", "resource-not-found")
        self._x.delete(post)
        return json_response({"data": {"deleted": True}})

    def _hide(self, request: Request, post_id: str) -> Response:
        grant = self._x.gate.user(request, "tweet.moderate.write")
        self._x.gate.count(request, "hide")
        post = self._existing(post_id)
        hidden = self._x.json(request).get("hidden")
        root = self._x.world.post(post.thread_id)
        ours = root is not None and root is not post and root.author.id == grant.person_id
        if not ours or not isinstance(hidden, bool):
            raise Refused(403, "You may hide replies to your own posts only.")
        with self._x.world.lock:
            post.hidden = hidden
            self._x.announce(post, "hidden")
        return json_response({"data": {"hidden": hidden}})

    def _like(self, request: Request, user_id: str) -> Response:
        ref = self._x.json(request).get("tweet_id")
        return self._set_like(request, user_id, str(ref), liked=True)

    def _unlike(self, request: Request, user_id: str, post_id: str) -> Response:
        return self._set_like(request, user_id, post_id, liked=False)

    def _set_like(self, request: Request, user_id: str, post_id: str, *, liked: bool) -> Response:
        """Like, which X took off the self-serve plans in April 2026."""
        grant = self._x.gate.user(request, "like.write")
        self._x.gate.count(request, "like")
        if not self._x.is_enterprise:
            raise Refused(403, "Likes need an Enterprise plan.", "client-forbidden")
        if grant.person_id != user_id:
            raise Refused(403, "Only the token's own user may like.")
        post = self._existing(post_id)
        with self._x.world.lock:
            likers = set(filter(None, post.extra.get("liked_by", "").split(",")))
            likers = likers | {user_id} if liked else likers - {user_id}
            post.extra["liked_by"] = ",".join(sorted(likers))
        return json_response({"data": {"liked": liked}})

    def _existing(self, post_id: str) -> SimulatedPost:
        post = self._x.world.post(post_id)
        if post is None or post.deleted or post.private:
            raise Refused(404, f"Could not find tweet with id: [{post_id}].", "resource-not-found")
        return post

    def _message(self, request: Request, person_id: str) -> Response:
        author = self._x.person(self._x.gate.user(request, "dm.write").person_id)
        self._x.gate.count(request, "dm_send")
        recipient = self._x.world.person(person_id)
        if recipient is None or recipient is author:
            raise Refused(400, "The participant does not exist.", "invalid-request")
        return self._send(request, author, recipient)

    def _message_in(self, request: Request, thread_id: str) -> Response:
        author = self._x.person(self._x.gate.user(request, "dm.write").person_id)
        self._x.gate.count(request, "dm_send")
        sides = set(thread_id.split("-")) - {author.id}
        recipient = self._x.world.person(sides.pop()) if len(sides) == 1 else None
        if recipient is None:
            raise Refused(404, "There is no such conversation.", "resource-not-found")
        return self._send(request, author, recipient)

    def _send(self, request: Request, author: Person, recipient: Person) -> Response:
        body = self._x.json(request)
        text = body.get("text")
        media = self._attached(body.get("attachments"))
        if not isinstance(text, str) or not 0 < len(text) <= MAX_MESSAGE_LENGTH:
            raise Refused(400, "text: 1 to 10,000 characters", "invalid-request")
        if recipient.extra.get("messages") == "closed":
            raise Refused(403, "You cannot send messages to this user.")
        post = self._x.publish(
            Draft(
                author=author,
                text=text,
                kind="message",
                account=author,
                recipient=recipient,
                via_api=True,
                media=media,
            )
        )
        data = {"dm_conversation_id": post.thread_id, "dm_event_id": post.id}
        return json_response({"data": data}, 201)

    def _upload(self, request: Request) -> Response:
        self._x.gate.user(request, "media.write")
        body = self._x.json(request)
        category, given = body.get("media_category"), body.get("media")
        if category not in CATEGORIES or not isinstance(given, str):
            raise Refused(400, "media and a known media_category are needed", "invalid-request")
        try:
            content = base64.b64decode(given, validate=True)
        except ValueError as error:
            raise Refused(400, "media: base64", "invalid-request") from error
        if not content.startswith(SIGNS) or len(content) > MAX_IMAGE:
            raise Refused(400, "media: an image of at most 5 MB", "invalid-request")
        kind = str(body.get("media_type", ""))
        media = self._x.world.add_media(content, kind, category=str(category))
        data = {"id": media.id, "media_key": f"3_{media.id}", "expires_after_secs": 86_400}
        return json_response({"data": data})

    def _describe(self, request: Request) -> Response:
        self._x.gate.user(request, "media.write")
        body = self._x.json(request)
        media = self._x.world.media(str(body.get("id")))
        words = Payload(body).text_or("", "metadata", "alt_text", "text")
        if media is None or not words:
            raise Refused(400, "id and metadata.alt_text.text are needed", "invalid-request")
        media.description = words
        return json_response({"data": {"id": media.id}})

    def _media(self, asked: object, category: str) -> list[SimulatedMedia]:
        if asked is None:
            return []
        ids = asked.get("media_ids") if isinstance(asked, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_MEDIA:
            raise Refused(400, "media_ids: 1 to 4", "invalid-request")
        found = [media for id_ in ids if (media := self._x.world.media(str(id_))) is not None]
        if len(found) != len(ids) or any(one.category != category for one in found):
            raise Refused(400, "Your media IDs are invalid.", "invalid-request")
        return found

    def _attached(self, asked: object) -> list[SimulatedMedia]:
        if asked is None:
            return []
        if not isinstance(asked, list) or len(asked) != 1 or not isinstance(asked[0], dict):
            raise Refused(400, "attachments: one", "invalid-request")
        return self._media({"media_ids": [asked[0].get("media_id")]}, "dm_image")

    def _delete_message(self, request: Request, event_id: str) -> Response:
        grant = self._x.gate.user(request, "dm.write")
        self._x.gate.count(request, "dm_delete")
        post = self._x.world.post(event_id)
        if post is None or post.deleted or not post.private or post.author.id != grant.person_id:
            raise Refused(404, f"Could not find event [{event_id}].", "resource-not-found")
        self._x.delete(post)
        return json_response({"data": {"deleted": True}})


def _is_same(post: SimulatedPost, author: Person, text: str, parent: SimulatedPost | None) -> bool:
    return (
        post.author is author
        and not post.private
        and not post.deleted
        and post.text == text
        and post.parent is parent
    )
