"""Authors without a name: the platform is asked for it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from factories import make_account, make_app
from fakes import change_channel, incoming
from tanggap.inbox.accounts import profiling
from tanggap.inbox.posts.record import record_events
from tanggap.inbox.services import Services
from tanggap.sdk import Account as SdkAccount
from tanggap.sdk import Http, IncomingPost, Profile, Profiles, Unavailable, Visibility
from tanggap.store.accounts import Account
from tanggap.store.audit import Change
from tanggap.store.posts import Author


class People:
    """A platform that knows some names, and what was asked of it."""

    def __init__(self, **names: str) -> None:
        self.names = names
        self.asked: list[Sequence[str]] = []
        self.error: Exception | None = None

    def __call__(
        self, _account: SdkAccount, people: Sequence[str], _http: Http
    ) -> Sequence[Profile]:
        self.asked.append(people)
        if self.error is not None:
            raise self.error
        told = [Profile(author_id=one, name=self.names[one]) for one in people if one in self.names]
        return [*told, Profile(author_id="nobody_asked", name="X")]


@pytest.fixture
def account(services: Services) -> Account:
    with services.database.write() as session:
        make_app(services, session)
        return make_account(session, services)


def asking(
    services: Services, people: People, visibility: Visibility | None = None, batch: int = 20
) -> People:
    part = Profiles(look_up=people, visibility=visibility, batch=batch)
    change_channel(services, profiles=part)
    return people


def wrote(name: str, author: str, **more: object) -> IncomingPost:
    post = incoming(name, author_id=author, **more)  # type: ignore[arg-type]
    return replace(post, author_name="", author_handle="")


def record(services: Services, account: Account, *posts: IncomingPost) -> None:
    with services.database.write() as session:
        record_events(session, session.get_one(Account, account.id), posts, source="webhook")


def run(services: Services) -> int:
    return sum(profiling.look_up(services, id_) for id_ in profiling.due_accounts(services))


def names(services: Services) -> dict[str, str]:
    with services.database.read() as session:
        return dict(session.execute(select(Author.external_id, Author.name)).all())


def test_nameless_author_gets_a_name_once_and_open_browsers_learn_it(
    services: Services, account: Account
) -> None:
    people = asking(services, People(a="Rita Demo"))
    record(services, account, wrote("1", "a"), wrote("2", "b"), incoming("3", author_id="known"))
    assert run(services) == 1
    assert run(services) == 0
    assert [sorted(asked) for asked in people.asked] == [["a", "b"]]
    found = names(services)
    assert (found["a"], found["b"]) == ("Rita Demo", "")
    with services.database.read() as session:
        assert "author_named" in session.scalars(select(Change.kind)).all()


def test_only_those_who_wrote_in_private_are_asked_for_where_the_channel_says_so(
    services: Services, account: Account
) -> None:
    people = asking(services, People(), visibility="private")
    private = wrote("2", "b", kind="message", visibility="private")
    record(services, account, wrote("1", "a"), private)
    run(services)
    assert people.asked == [("b",)]


def test_platform_is_asked_in_batches_and_again_after_trouble(
    services: Services, account: Account
) -> None:
    people = asking(services, People(a="Rita", c="Sam"), batch=2)
    people.error = Unavailable("the platform is away")
    record(services, account, *(wrote(str(n), author) for n, author in enumerate("abc")))
    assert run(services) == 0
    people.error = None
    assert run(services) == 2
    assert people.asked[1:] == [("a", "b"), ("c",)]
