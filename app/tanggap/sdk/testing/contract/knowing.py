"""What is asked of a platform beside posts: which are gone, who wrote, to forget a token."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tanggap.sdk.errors import AuthExpired
from tanggap.sdk.testing.contract.arrivals import Arrivals, Arrived, post_of
from tanggap.sdk.testing.contract.base import needs
from tanggap.sdk.testing.http import HostWatch, LoopbackHttp
from tanggap.sdk.testing.script import Script
from tanggap.sdk.types import Account, IncomingPost, PostDeleted, PostKind


class KnowingContract(Arrivals):
    """Tests of `rechecking`, `profiles` and `oauth.revoke`."""

    @needs("rechecking")
    def test_rechecking_is_declared_sanely(self) -> None:
        rechecking = self.channel.rechecking
        assert rechecking
        assert rechecking.batch > 0, "batch= is how many posts one call may ask for"
        assert rechecking.ages, "ages= says when posts are looked up"
        assert list(rechecking.ages) == sorted(set(rechecking.ages)), "ages= grow"
        assert rechecking.ages[0] >= timedelta(minutes=1), rechecking.ages[0]

    @needs("rechecking", "simulator")
    def test_deleted_post_is_found_gone_and_another_is_not(
        self,
        account: Account,
        script: Script,
        incoming: IncomingPost,
        arrived: Arrived,
        watched: HostWatch,
    ) -> None:
        assert self.channel.rechecking
        above = {} if incoming.in_reply_to is None else {"in_reply_to": incoming.in_reply_to}
        ref = script.write("Yang ini tetap di sini", incoming.kind, **above)
        posts: dict[str, PostKind] = {
            one.external_id: one.kind for one in (incoming, post_of(arrived(), ref))
        }
        assert self._gone(account, posts, watched) == set()
        script.delete(incoming.external_id)
        assert self._gone(account, posts, watched) == {incoming.external_id}
        assert watched.strangers == set(), "hosts= lacks what looking posts up calls"

    @needs("profiles", "simulator")
    def test_people_are_told_by_name_and_unknown_ones_are_left_out(
        self, account: Account, script: Script, arrived: Arrived, http: LoopbackHttp
    ) -> None:
        profiles = self.channel.profiles
        assert profiles
        assert profiles.batch > 0, "batch= is how many people one call may ask for"
        private = profiles.visibility == "private"
        ref = script.write("Halo, ini saya", "message" if private else None)
        author = post_of(arrived(), ref).author_id
        (found,) = profiles.look_up(account, [author, f"{author}0"], http)
        assert found.author_id == author
        assert found.name.strip() or found.handle.strip()

    @needs("oauth.revoke", "simulator")
    def test_revoked_token_opens_nothing(self, account: Account, watched: HostWatch) -> None:
        assert self.channel.oauth
        assert self.channel.oauth.revoke
        self.channel.oauth.revoke(account, watched)
        with pytest.raises(AuthExpired):
            self.channel.oauth.list_accounts(account.app, account.token, watched)
        assert watched.strangers == set(), "hosts= lacks what revoking calls"

    def _gone(self, account: Account, posts: dict[str, PostKind], http: HostWatch) -> set[str]:
        assert self.channel.rechecking
        page = self.channel.rechecking.look_up(account, posts, http)
        return {event.external_id for event in page.events if isinstance(event, PostDeleted)}
