"""Search as X does, for the operators that a customer-care inbox needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tanggap.sdk.simulator import Person, SimulatedPost, World
from tanggap_twitter.simulator import render
from tanggap_twitter.simulator.gate import Refused

MAX_QUERY = 512
Match = Callable[[SimulatedPost], bool]

_TOKEN = re.compile(r'\(|\)|-?[a-z_]+:"[^"]*"|-?"[^"]*"|[^\s()]+')
_ADDRESS = re.compile(r"(?:x|twitter)\.com/(\w{1,15})/status")


def compiled(query: str, world: World) -> Match:
    """Read a query: terms beside each other all count, OR between them, - before what must not be.

    Raises `Refused` for what X would not understand.
    """
    if not 0 < len(query) <= MAX_QUERY:
        raise Refused(400, f"query: 1 to {MAX_QUERY} characters", "invalid-request")
    tokens = list(_TOKEN.findall(query))
    found = _either(tokens, world)
    if tokens:
        raise Refused(400, f"query: unexpected {tokens[0]}", "invalid-request")
    return found


def _either(tokens: list[str], world: World) -> Match:
    options = [_all(tokens, world)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        options.append(_all(tokens, world))
    return lambda post: any(option(post) for option in options)


def _all(tokens: list[str], world: World) -> Match:
    needed = list(_terms(tokens, world))
    if not needed:
        raise Refused(400, "query: something is missing", "invalid-request")
    return lambda post: all(term(post) for term in needed)


def _terms(tokens: list[str], world: World) -> Iterator[Match]:
    while tokens and tokens[0] not in ("OR", ")"):
        term = tokens.pop(0)
        if term == "(":
            yield _either(tokens, world)
            if not tokens or tokens.pop(0) != ")":
                raise Refused(400, "query: ) is missing", "invalid-request")
        elif term.startswith("-"):
            yield _without(_term(term[1:], world))
        else:
            yield _term(term, world)


def _without(unwanted: Match) -> Match:
    return lambda post: not unwanted(post)


def _term(term: str, world: World) -> Match:
    name, colon, value = term.partition(":")
    value = value.strip('"')
    if not colon:
        return _word(term.strip('"'), world)
    if name == "from":
        return lambda post: post.author is world.by_handle(value)
    if name == "to":
        return lambda post: _answers(post, world.by_handle(value))
    if name == "is" and value in ("quote", "reply", "retweet"):
        kind = "repost" if value == "retweet" else value
        return lambda post: post.kind == kind
    if name == "conversation_id":
        return lambda post: post.thread_id == value
    if name == "url":
        return _url(value, world)
    raise Refused(400, f"query: there is no operator {name}:{value}", "invalid-request")


def _answers(post: SimulatedPost, person: Person | None) -> bool:
    parent = None if post.kind in ("quote", "repost") else post.parent
    return parent is not None and parent.author is person


def _word(word: str, world: World) -> Match:
    if word.startswith("@"):
        return lambda post: any(
            person is world.by_handle(word) for person in render.mentioned(world, post.text)
        )
    return lambda post: word.casefold() in post.text.casefold()


def _url(value: str, world: World) -> Match:
    """Match the address that a quote carries of what it quotes, and any in the text."""
    address = _ADDRESS.search(value)
    author = world.by_handle(address[1]) if address else None

    def matches(post: SimulatedPost) -> bool:
        quoted = post.parent if post.kind == "quote" else None
        of_theirs = quoted is not None and author is not None and quoted.author is author
        return of_theirs or value in post.text

    return matches
