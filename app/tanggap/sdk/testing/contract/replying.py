"""Answers that go out: where they land, how long they may be, what is known of lost ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final, get_args
from urllib.parse import unquote

import pytest

from tanggap.sdk.channel import Replying
from tanggap.sdk.errors import Rejected, Unavailable
from tanggap.sdk.inviting import Invitation, reference_in
from tanggap.sdk.testing.contract.arrivals import Arrivals, Arrived, post_of
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.http import HostWatch, LoopbackHttp
from tanggap.sdk.testing.mutations import HOSTILE_TEXTS
from tanggap.sdk.testing.quality import languages_missing
from tanggap.sdk.testing.script import Script
from tanggap.sdk.testing.values import NOON, reply_to
from tanggap.sdk.types import Account, IncomingPost, PostKind, Refusal, Target, Visibility

_REFERENCE: Final = "tg-abcdefgh234567ij"
_WORDS = ("paket", "Kak", "https://example.com/lacak?resi=4411", "🙏", "terima", "kasih.", "ya\n")


class ReplyingContract(Arrivals):
    """Tests of `replying`, against the simulator where something is sent."""

    @needs("replying")
    def test_lengths_are_sane(self) -> None:
        replying = self._replying
        assert replying.max_length > 0
        assert replying.private_max_length is None or replying.private_max_length > 0
        assert replying.measure("") == 0
        for text in HOSTILE_TEXTS:
            assert replying.measure(text) >= 0, f"{text!r:.40}"
        assert replying.measure("terima kasih") <= replying.measure("terima kasih banyak")

    @needs("replying.limit")
    def test_limit_of_an_account_without_settings_is_the_usual_one(self) -> None:
        limit = self._replying.limit
        assert limit
        for visibility in get_args(Visibility):
            assert limit(self.plain_account(), visibility) == self._limit(visibility)

    @needs("replying", "simulator")
    def test_answer_stands_below_the_post(
        self, account: Account, script: Script, incoming: IncomingPost, watched: HostWatch
    ) -> None:
        sent = self._replying.send(account, reply_to(incoming), watched)
        (seen,) = script.answers()
        assert seen["id"] == sent.external_id
        assert seen["text"].endswith(reply_to(incoming).text)
        assert seen["private"] == (incoming.visibility == "private")
        assert watched.strangers == set(), "hosts= lacks what sending calls"

    @needs("replying", "simulator")
    def test_longest_text_is_accepted_and_a_longer_one_refused(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        limit = self._limit(incoming.visibility)
        for filler in ("a", "é", "🙏", "kata "):
            text = self._filled(filler, limit)
            self._replying.send(account, reply_to(incoming, text), http)
        assert len(script.answers()) == 4
        with pytest.raises(Rejected):
            self._replying.send(account, reply_to(incoming, "a" * (limit + 1)), http)
        assert len(script.answers()) == 4

    @needs("replying.private_max_length", "simulator")
    def test_private_answer_reaches_the_customer_alone(
        self, account: Account, script: Script, arrived: Arrived, http: LoopbackHttp
    ) -> None:
        ref = script.write(
            "Resi saya 4411", "message" if "message" in script.platform.kinds else None
        )
        post = post_of(arrived(), ref)
        sent = self._replying.send(account, reply_to(post, visibility="private"), http)
        (seen,) = script.answers()
        assert (seen["id"], seen["private"]) == (sent.external_id, True)

    @needs("replying.find_sent", "simulator")
    def test_sent_answer_is_found_and_an_unsent_one_is_not(
        self, account: Account, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        find = self._replying.find_sent
        assert find
        lost = reply_to(incoming, first_tried_at=datetime.now(UTC) - timedelta(seconds=1))
        assert find(account, lost, http) is None
        sent = self._replying.send(account, reply_to(incoming), http)
        found = find(account, lost, http)
        assert found, "find_sent= does not find what was sent"
        assert found.external_id == sent.external_id
        other = reply_to(incoming, "Ini kalimat lain", first_tried_at=lost.first_tried_at)
        assert find(account, other, http) is None

    @needs("replying.find_sent", "simulator")
    def test_answer_lost_after_it_arrived_is_found_and_stands_once(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        assert self._replying.find_sent
        before = datetime.now(UTC)
        script.fault("timeout_after_accept", "reply", seconds=0)
        with pytest.raises(Unavailable) as caught:
            self._replying.send(account, reply_to(incoming), http)
        assert caught.value.reached, "the platform may have acted, so reached= must be true"
        (stands,) = script.answers()
        lost = reply_to(incoming, first_tried_at=before)
        found = self._replying.find_sent(account, lost, http)
        assert found is not None
        assert found.external_id == stands["id"]

    @needs("replying.check")
    def test_refusals_told_early_are_explained_in_both_languages(self) -> None:
        for refusal, visibility in self._checked():
            assert refusal.code, "a refusal needs a code that stays"
            assert not languages_missing(refusal.message), f"{refusal.code}: {refusal.message!r}"
            assert refusal.instead != visibility, f"{refusal.code}: instead= is what was refused"

    @needs("replying.split")
    def test_parts_fit_and_keep_every_word(self) -> None:
        split, measure = self._replying.split, self._replying.measure
        assert split
        limit = self._replying.max_length
        rng = random.Random(4)  # noqa: S311 - sample texts
        for length in (1, 30, 200, 600):
            text = " ".join(rng.choice(_WORDS) for _ in range(length))
            parts = split(text, limit)
            assert all(0 < measure(part) <= limit for part in parts), parts
            left = iter(" ".join(parts).split())
            missing = [word for word in text.split() if word not in left]
            assert missing == [], f"words that no part holds, in order: {missing[:5]}"
        assert list(split("Baik, Kak", limit)) == ["Baik, Kak"], "a short text stays as it is"

    @needs("replying.split")
    def test_text_without_spaces_is_split_too(self) -> None:
        split, limit = self._replying.split, self._replying.max_length
        assert split
        for filler in ("a", "🙏", "語"):
            text = filler * (2 * limit + 1)
            parts = split(text, limit)
            assert all(self._replying.measure(part) <= limit for part in parts)
            assert sum(part.count(filler) for part in parts) == len(text)

    @needs("replying.invite", "simulator")
    def test_reference_in_the_link_of_an_invitation_comes_back(
        self, script: Script, arrived: Arrived
    ) -> None:
        links = {one.link_with(_REFERENCE) for one in self._invited() if one.takes_reference}
        assert all(reference_in(unquote(link)) == _REFERENCE for link in links), links
        if not links:
            return
        ref = script.write("Halo, saya dari kolom komentar", "message", reference=_REFERENCE)
        assert post_of(arrived(), ref).reference == _REFERENCE
        assert post_of(arrived(), script.write("Sudah dibaca?", "message")).reference is None

    @property
    def _replying(self) -> Replying:
        assert self.channel.replying
        return self.channel.replying

    def _limit(self, visibility: Visibility) -> int:
        replying = self._replying
        if visibility == "private" and replying.private_max_length is not None:
            return replying.private_max_length
        return replying.max_length

    def _filled(self, filler: str, limit: int) -> str:
        """Make the longest text of a kind that `measure` lets through; no two are alike."""
        text = (filler * limit)[:limit].rstrip()
        while self._replying.measure(text) > limit:
            text = text[: len(text) * 99 // 100].rstrip()
        return text

    def _invited(self) -> Iterator[Invitation]:
        """Ask for the invitation to every kind of public post, answered in private or not."""
        assert self._replying.invite
        account = self.plain_account()
        for kind, answered in product(get_args(PostKind), (True, False)):
            target = Target(
                external_id="1",
                author_id="2",
                kind=kind,
                visibility="public",
                posted_at=NOON,
                under_ours=True,
                mentions=(account.handle,),
                answered_privately=answered,
            )
            found = self._replying.invite(account, target)
            if isinstance(found, Invitation):
                yield found

    def _checked(self) -> Iterator[tuple[Refusal, Visibility]]:
        """Ask about every kind of post, with and without what usually allows an answer."""
        assert self._replying.check
        account = self.plain_account()
        kinds, seen = get_args(PostKind), get_args(Visibility)
        for kind, visibility, wanted, allowed in product(kinds, seen, seen, (True, False)):
            target = Target(
                external_id="1",
                author_id="2",
                kind=kind,
                visibility=visibility,
                posted_at=NOON,
                by_us=not allowed,
                under_ours=allowed,
                mentions=(account.handle,) if allowed else (),
                last_private_at=NOON if allowed else None,
            )
            refusal = self._replying.check(account, target, wanted)
            if refusal is not None:
                yield refusal, wanted
