"""Pictures that go out with answers: what is told of them, and that they arrive."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import product
from typing import get_args

from tanggap.sdk.attaching import JPEG, Attachable, AttachedFile
from tanggap.sdk.testing.contract.arrivals import Arrivals, Arrived, post_of
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.http import HostWatch
from tanggap.sdk.testing.quality import languages_missing
from tanggap.sdk.testing.script import Script
from tanggap.sdk.testing.values import NOON, reply_to, target_of
from tanggap.sdk.types import Account, PostKind, Refusal, Target, Visibility

PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////"
    "////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAA"
    "AAAAAAAAAAAABP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8Aa//Z"
)


class AttachingContract(Arrivals):
    """Tests of `replying.attaching`, against the simulator where something is sent."""

    @needs("replying.attaching")
    def test_what_an_answer_may_carry_is_sane_and_refusals_are_explained(self) -> None:
        for found in self._told():
            if isinstance(found, Refusal):
                assert found.code, "a refusal needs a code that stays"
                assert not languages_missing(found.message), f"{found.code}: {found.message!r}"
                continue
            assert found.most > 0, "where nothing can be attached, give a Refusal"
            assert found.max_bytes > len(PICTURE), found.max_bytes
            assert found.max_description >= 0
            assert JPEG in found.media_types, "the core makes a JPEG of every picture"

    @needs("replying.attaching", "simulator")
    def test_picture_arrives_with_an_answer(
        self, account: Account, script: Script, arrived: Arrived, watched: HostWatch
    ) -> None:
        replying = self.channel.replying
        assert replying
        assert replying.attaching
        kinds = [one for one in ("comment", "mention", "message") if one in script.platform.kinds]
        for kind in kinds:
            above = {"in_reply_to": script.write("Kabar", "post", "brand")}
            given = above if kind == "comment" else {}
            ref = script.write(f"Rusak semua, {kind}", kind, **given)
            post = post_of(arrived(), ref)
            told = replying.attaching(account, target_of(post), post.visibility)
            if isinstance(told, Refusal):
                continue
            file = AttachedFile(content=PICTURE, description="Kardus", width=1, height=1)
            text = "" if told.apart else f"Seperti ini ya. {kind}"
            sent = replying.send(account, reply_to(post, text, attachments=(file,)), watched)
            seen = next(one for one in script.answers() if one["id"] == sent.external_id)
            assert [one["bytes"] for one in seen["media"]] == [len(PICTURE)], "the picture is lost"
            wanted = "Kardus" if told.max_description else ""
            assert seen["media"][0]["description"] == wanted, "say what the picture shows"
        assert watched.strangers == set(), "hosts= lacks what uploading calls"

    def _told(self) -> Iterator[Attachable | Refusal]:
        assert self.channel.replying
        assert self.channel.replying.attaching
        account, seen = self.plain_account(), get_args(Visibility)
        for kind, visibility, wanted in product(get_args(PostKind), seen, seen):
            target = Target(
                external_id="1", author_id="2", kind=kind, visibility=visibility, posted_at=NOON
            )
            yield self.channel.replying.attaching(account, target, wanted)
