"""What can be written: comments, messages, private replies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from tanggap.sdk.simulator import (
    Draft,
    Person,
    Route,
    SimulatedMedia,
    SimulatedPost,
    json_response,
)
from tanggap.sdk.simulator.engine import Engine
from tanggap_facebook.simulator.gate import Caller, Gate, Missing, Refused
from tanggap_facebook.simulator.places import is_comment, person_id, psid
from tanggap_facebook.simulator.reads import Reads
from tanggap_facebook.simulator.shapes import pick_fields

MAX_COMMENT = 8000
MAX_MESSAGE = 2000
PHOTO, IN_MESSAGE = "photo", "message"
SIGNS = (b"\xff\xd8\xff", b"\x89PNG")
WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)


class Writes:
    """The writing routes; `human_agent` says whether the app has that feature."""

    def __init__(self, platform: Engine, gate: Gate, reads: Reads, root: str) -> None:
        self.human_agent = True
        self._platform = platform
        self._world = platform.world
        self._gate = gate
        self._reads = reads
        self._root = root

    def routes(self) -> Iterable[Route]:
        """List the routes."""
        engage, talk = "pages_manage_engagement", "pages_messaging"
        for method, path, handler, scope in (
            ("POST", "<name>/comments", self._comment, engage),
            ("POST", "<name>/messages", self._message, talk),
            ("POST", "<name>/photos", self._photo, "pages_manage_posts"),
            ("POST", "<name>/message_attachments", self._message_photo, talk),
        ):
            yield Route(method, f"{self._root}/{path}", self._gate.guard(handler, scope), "reply")

    def _comment(self, request: Request, caller: Caller, name: str) -> Response:
        page = caller.as_page()
        media = self._uploaded(body_of(request).get("attachment_id"), PHOTO)
        text = text_of(body_of(request).get("message"), MAX_COMMENT, empty=bool(media))
        with self._world.lock:
            target = self._reads.find(page, name)
            if target.private:
                raise Missing(name)
            post = self._platform.publish(
                Draft(
                    author=page,
                    text=text,
                    kind="reply" if is_comment(target) else "comment",
                    account=page,
                    parent=target,
                    via_api=True,
                    media=media,
                )
            )
            read_back = self._reads.described(post)
        wanted = str(body_of(request).get("fields", ""))
        return json_response(pick_fields(wanted, read_back))

    def _message(self, request: Request, caller: Caller, name: str) -> Response:
        page = caller.as_page()
        if name not in (page.id, "me"):
            raise Missing(name)
        body = body_of(request)
        message, recipient = body.get("message"), body.get("recipient")
        if not isinstance(message, dict) or not isinstance(recipient, dict):
            raise Refused("(#100) Parameters message and recipient must be objects", 100)
        media = self._shown(message)
        text = text_of(message.get("text"), MAX_MESSAGE, empty=bool(media))
        with self._world.lock:
            person, parent = self._receiver(page, recipient, body)
            post = self._platform.publish(
                Draft(
                    author=page,
                    text=text,
                    kind="message",
                    account=page,
                    parent=parent,
                    recipient=person,
                    via_api=True,
                    media=media,
                )
            )
        return json_response({"recipient_id": psid(page, person), "message_id": post.id})

    def _photo(self, request: Request, caller: Caller, name: str) -> Response:
        """Take a photo that no feed shows, for a comment."""
        if caller.as_page().id != name:
            raise Missing(name)
        if request.form.get("published") != "false":
            raise Refused("(#200) Only unpublished photos are simulated", 200)
        words = request.form.get("alt_text_custom", "")
        return json_response({"id": self._take(request, "source", PHOTO, words)})

    def _message_photo(self, request: Request, caller: Caller, name: str) -> Response:
        """Take a picture for a message."""
        if name not in (caller.as_page().id, "me"):
            raise Missing(name)
        if '"type": "image"' not in request.form.get("message", ""):
            raise Refused("(#100) Param message[attachment][type] must be image", 100)
        return json_response({"attachment_id": self._take(request, "filedata", IN_MESSAGE, "")})

    def _take(self, request: Request, field: str, category: str, words: str) -> str:
        file = request.files.get(field)
        content = b""
        if file is not None:
            content = file.read()
            file.close()
        if not content.startswith(SIGNS):
            raise Refused("(#100) Invalid image file", 100)
        kind = file.mimetype if file is not None else ""
        return self._world.add_media(content, kind, words, category).id

    def _uploaded(self, media_id: object, category: str) -> list[SimulatedMedia]:
        if media_id is None:
            return []
        found = self._world.media(str(media_id))
        if found is None or found.category != category or (found.used and category == PHOTO):
            raise Refused("(#100) Invalid attachment_id", 100)
        return [found]

    def _shown(self, message: dict[str, Any]) -> list[SimulatedMedia]:
        shown = message.get("attachment")
        if shown is None:
            return []
        if "text" in message:
            raise Refused("(#100) Message cannot hold both text and attachment", 100)
        payload = shown.get("payload") if isinstance(shown, dict) else None
        given = payload.get("attachment_id") if isinstance(payload, dict) else None
        return self._uploaded(given or "", IN_MESSAGE)

    def _receiver(
        self, page: Person, recipient: dict[str, Any], body: dict[str, Any]
    ) -> tuple[Person, SimulatedPost | None]:
        target = recipient.get("comment_id") or recipient.get("post_id")
        if target is not None:
            post = self._reads.find(page, str(target))
            if post.ours or post.private:
                raise Refused("(#10903) This user cannot reply to this activity", 10903)
            if self._reads.private_reply(post) is not None:
                raise Refused("(#10900) Activity already replied to", 10900)
            if self._platform.clock() - post.at > HUMAN_WINDOW:
                raise Refused("(#10901) Activity is too old to reply to", 10901)
            return post.author, post
        person = self._world.person(person_id(page, str(recipient.get("id"))) or "")
        if person is None:
            raise Refused("(#100) No matching user found", 100, 2018001)
        self._check_window(page, person, body)
        return person, None

    def _check_window(self, page: Person, person: Person, body: dict[str, Any]) -> None:
        theirs = [post.at for post in self._reads.talk(page, person) if not post.ours]
        age = self._platform.clock() - max(theirs) if theirs else None
        kind, tag = body.get("messaging_type"), body.get("tag")
        if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
            raise Refused("(#100) Param messaging_type must be a known type", 100)
        allowed = WINDOW
        if kind == "MESSAGE_TAG":
            if tag != "HUMAN_AGENT":
                raise Refused("(#100) Param tag must be one of {HUMAN_AGENT}", 100)
            if not self.human_agent:
                raise Refused("(#10) The app lacks the Human Agent feature", 10, status=403)
            allowed = HUMAN_WINDOW
        if age is None or age > allowed:
            message = "(#10) This message is sent outside of allowed window."
            raise Refused(message, 10, 2018278)


def body_of(request: Request) -> dict[str, Any]:
    """Read a form or a JSON body, both of which the Graph API takes."""
    if request.mimetype != "application/json":
        return request.form.to_dict()
    found = request.get_json(force=True, silent=True)
    if not isinstance(found, dict):
        raise Refused("(#100) The body must be a JSON object", 100)
    return found


def text_of(given: object, most: int, *, empty: bool = False) -> str:
    """Check a text as Facebook does; beside a picture it may be `empty`."""
    if empty and given in (None, ""):
        return ""
    if not isinstance(given, str) or not given.strip():
        raise Refused("(#100) Missing message or attachment", 100)
    if len(given) > most:
        raise Refused(f"(#100) Length of param message must be at most {most}", 100)
    return given
