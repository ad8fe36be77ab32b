"""What is done to posts where they stand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import get_args

import pytest

from tanggap.sdk.channel import Http, Moderating
from tanggap.sdk.errors import Rejected
from tanggap.sdk.testing.contract.arrivals import Arrivals
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.http import HostWatch, LoopbackHttp
from tanggap.sdk.testing.script import Script
from tanggap.sdk.testing.values import NOON, reply_to, target_of
from tanggap.sdk.types import Account, Action, IncomingPost, PostKind, Target, Visibility

Act = Callable[[Account, Target, Http], None]


class ModeratingContract(Arrivals):
    """Tests of `moderating`."""

    @needs("moderating")
    def test_some_action_is_there(self) -> None:
        assert any(self._act(action) for action in get_args(Action)), "leave moderating= out"
        for one, back in (("hide", "show"), ("like", "unlike")):
            if self._act(back):
                assert self._act(one), f"{back} needs {one}"

    @needs("moderating.allows")
    def test_allows_answers_for_every_post(self) -> None:
        allows = self._moderating.allows
        assert allows
        account = self.plain_account()
        kinds, seen = get_args(PostKind), get_args(Visibility)
        for kind, visibility, ours, below in product(kinds, seen, (True, False), (True, False)):
            target = Target(
                external_id="1",
                author_id="2",
                kind=kind,
                visibility=visibility,
                posted_at=NOON,
                by_us=ours,
                under_ours=below,
            )
            for action in get_args(Action):
                answer = allows(account, action, target)
                assert isinstance(answer, bool)
                assert self._act(action) or not answer, f"{action} is allowed and cannot be done"

    @needs("moderating.hide", "simulator")
    def test_hidden_post_is_hidden_and_shown_again(
        self, account: Account, script: Script, incoming: IncomingPost, watched: HostWatch
    ) -> None:
        target = self._target(account, incoming, "hide")
        for _ in range(2):
            self._do("hide", account, target, watched)
            assert self._standing(script, incoming)["hidden"], "hiding twice changes nothing"
        if self._act("show"):
            self._do("show", account, target, watched)
            assert not self._standing(script, incoming)["hidden"]
        assert watched.strangers == set(), "hosts= lacks what moderating calls"

    @needs("moderating.like", "simulator")
    def test_post_is_liked_and_unliked(
        self, account: Account, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        target = self._target(account, incoming, "like")
        for action in ("like", "like", "unlike", "unlike"):
            if self._act(action):
                self._do(action, account, target, http)

    @needs("moderating.delete", "simulator")
    def test_deleted_post_is_gone_and_cannot_be_acted_on(
        self, account: Account, script: Script, incoming: IncomingPost, http: LoopbackHttp
    ) -> None:
        target = target_of(incoming, under_ours=True)
        if not self._allows(account, "delete", target):
            assert self.channel.replying
            sent = self.channel.replying.send(account, reply_to(incoming), http)
            target = target_of(
                incoming, external_id=sent.external_id, author_id=account.external_id, by_us=True
            )
        self._do("delete", account, target, http)
        (standing,) = [post for post in script.posts() if post["id"] == target.external_id]
        assert standing["deleted"]
        with pytest.raises(Rejected):
            self._do("delete", account, target, http)

    @property
    def _moderating(self) -> Moderating:
        assert self.channel.moderating
        return self.channel.moderating

    def _act(self, action: str) -> Act | None:
        act: Act | None = getattr(self._moderating, action)
        return act

    def _allows(self, account: Account, action: Action, target: Target) -> bool:
        allows = self._moderating.allows
        return allows is None or allows(account, action, target)

    def _target(self, account: Account, post: IncomingPost, action: Action) -> Target:
        target = target_of(post, under_ours=True)
        allowed = self._allows(account, action, target)
        assert allowed, f"allows= refuses to {action} a customer's {post.kind}"
        return target

    def _do(self, action: str, account: Account, target: Target, http: Http) -> None:
        act = self._act(action)
        assert act
        act(account, target, http)

    @staticmethod
    def _standing(script: Script, post: IncomingPost) -> dict[str, object]:
        (found,) = [one for one in script.posts() if one["id"] == post.external_id]
        return found
