"""What rules have the inbox itself do: tell people, raise alerts, hide posts, move clocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ForbiddenError, NotFoundError
from tanggap.inbox.cases.moderating import NotPossibleError, ask
from tanggap.inbox.clean import snippet
from tanggap.inbox.clocks.clock_acts import pause_clock, resume_clock, start_clock
from tanggap.inbox.events.notifications import Notice, notify_all
from tanggap.inbox.mailbox.mail import MailError, can_mail, send_mail
from tanggap.inbox.rulebook.alerts import NewAlert, raise_alerts
from tanggap.inbox.rulebook.rulebook import rule_names
from tanggap.inbox.services import Services
from tanggap.rules import Action, Hide, Notify, RaiseAlert
from tanggap.rules.actions import ALL_CLOCKS
from tanggap.rules.effects import PauseClock, ResumeClock, StartClock
from tanggap.rules.masking import mask
from tanggap.rules.model import Name
from tanggap.rules.timing import parse_wait
from tanggap.sdk.errors import Rejected, Unavailable
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.posts import Post
from tanggap.store.sql import among
from tanggap.store.users import User, team_ids_by_key

NOTIFIED: Final = "rule"
"""The kind of notifications that rules send."""

Refused = dict[str, str]
"""Why errands cannot be done, by their keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One action of a rule for one post and its case; `key` names it for ever."""

    action: str
    key: str
    rule_key: str
    rule_version: int
    post_id: int
    conversation_id: int | None
    values: Mapping[str, Any]


def do_errand(services: Services, errand: Errand) -> None:
    """Carry out an action that reaches beyond the database.

    Raises `Rejected` or `Unavailable` where it cannot be done.
    """
    _ALONE[errand.action](services, errand)


def do_together(session: Session, errands: Sequence[Errand]) -> Refused:
    """Carry out actions that need the database alone, in few statements however many they are."""
    refused: Refused = {}
    for names, work in _TOGETHER:
        own = [errand for errand in errands if errand.action in names]
        if own:
            refused |= work(session, own)
    return refused


def fields_of(action: Action) -> dict[str, Any]:
    """Give the fields of one of these actions as values that can be stored."""
    return asdict(cast("Any", action))


def _hide(services: Services, errand: Errand) -> None:
    with services.database.read() as session:
        if session.get_one(Post, errand.post_id).hidden:
            return
    try:
        ask(services, errand.post_id, "hide")
    except (NotPossibleError, ForbiddenError) as error:
        raise Rejected(str(error)) from error
    except ConflictError as error:
        raise Unavailable(str(error)) from error


def _raise_alerts(session: Session, errands: Sequence[Errand]) -> Refused:
    alerts = [
        NewAlert(
            key=one.key,
            text=str(one.values.get("text", "")),
            level=str(one.values.get("level", "warning")),
            conversation_id=one.conversation_id,
            rule_key=one.rule_key,
        )
        for one in errands
    ]
    raise_alerts(session, alerts)
    return {}


@dataclass(frozen=True, slots=True)
class _Directory:
    """Whom errands name: teams by key, people by e-mail address, and who has which case."""

    teams: Mapping[str, int]
    people: Mapping[str, Collection[int]]
    cases: Mapping[int, tuple[int | None, int | None]]

    def look_up(self, errand: Errand) -> tuple[Collection[int], int | None]:
        """Give the people and the team to tell; raises `Rejected` where there is nobody."""
        values = errand.values
        people: Collection[int] = self.people.get(str(values.get("person") or ""), ())
        team_id = self.teams.get(str(values.get("team") or ""))
        if values.get("team") and team_id is None:
            raise Rejected(f"there is no team {values['team']}")
        if values.get("assignee"):
            assignee_id, team_id = self.cases.get(errand.conversation_id or 0, (None, None))
            if assignee_id is not None:
                people, team_id = (assignee_id,), None
        if team_id is None and not people:
            raise Rejected("there is nobody to tell: the case has no team, or the person is gone")
        return people, team_id


def _open_directory(session: Session, errands: Sequence[Errand]) -> _Directory:
    people: dict[str, set[int]] = {}
    emails = {str(one.values["person"]) for one in errands if one.values.get("person")}
    if emails:
        email = func.lower(User.email)
        for address, user_id in session.execute(select(email, User.id).where(email.in_(emails))):
            people.setdefault(address, set()).add(user_id)
    cases: dict[int, tuple[int | None, int | None]] = {}
    asked = {one.conversation_id for one in errands if one.values.get("assignee")} - {None}
    if asked:
        query = select(Conversation.id, Conversation.assignee_id, Conversation.team_id)
        rows = session.execute(query.where(among(session, Conversation.id, asked)))
        cases = {id_: (assignee_id, team_id) for id_, assignee_id, team_id in rows}
    return _Directory(team_ids_by_key(session), people, cases)


def _tell(session: Session, errands: Sequence[Errand]) -> Refused:
    refused: Refused = {}
    notices: list[Notice] = []
    directory = _open_directory(session, errands)
    silent = {one.rule_key for one in errands if not one.values.get("text")}
    names = rule_names(session, silent) if silent else {}
    for one in errands:
        try:
            people, team_id = directory.look_up(one)
        except Rejected as error:
            refused[one.key] = str(error)
            continue
        notices.append(
            Notice(
                user_ids=people,
                team_id=team_id,
                conversation_id=one.conversation_id,
                text=_words(one, names),
                key=one.key,
            )
        )
    notify_all(session, NOTIFIED, notices)
    return refused


def _words(errand: Errand, names: Mapping[tuple[str, int], Name]) -> str:
    """Give the rule's words, else its name in both languages."""
    if errand.values.get("text"):
        return str(errand.values["text"])
    name = names[errand.rule_key, errand.rule_version]
    return name.id if name.id == name.en else f"{name.id} / {name.en}"


def _tell_by_mail(services: Services, errand: Errand) -> None:
    with services.database.write() as session:
        refused = _tell(session, [errand])
        if refused:
            raise Rejected(refused[errand.key])
        post = session.get_one(Post, errand.post_id)
        told = select(Notification.user_id).where(Notification.key == errand.key)
        people = list(session.scalars(select(User).where(User.id.in_(told))))
        name = rule_names(session, {errand.rule_key})[errand.rule_key, errand.rule_version]
    if people:
        _mail(services, errand, post, people, name)


def _mail(
    services: Services, errand: Errand, post: Post, people: Sequence[User], name: Name
) -> None:
    settings = services.settings
    if not can_mail(settings):
        raise Rejected("told in the inbox alone: no mail server is set (TANGGAP_SMTP_HOST)")
    words = str(errand.values.get("text", ""))
    link = f"{settings.public_url.rstrip('/')}/inbox/{post.conversation_id}"
    sent = False
    for language, title in (("id", name.id), ("en", name.en)):
        to = [one.email for one in people if (one.language == "en") == (language == "en")]
        if not to:
            continue
        text = "\n\n".join(part for part in (words, f"“{mask(snippet(post.text))}”", link) if part)
        try:
            send_mail(settings, to, f"Tanggap: {title}", text)
        except MailError as error:
            if error.reached or sent:
                raise Rejected(str(error)) from error
            raise Unavailable(str(error)) from error
        sent = True


def _move_clocks(session: Session, errands: Sequence[Errand]) -> Refused:
    refused: Refused = {}
    for one in errands:
        try:
            _move_clock(session, one)
        except (Rejected, NotFoundError) as error:
            refused[one.key] = str(error)
    return refused


def _move_clock(session: Session, errand: Errand) -> None:
    case, clock, reason = errand.conversation_id, str(errand.values["clock"]), errand.rule_key
    if case is None:
        raise Rejected("the post belongs to no case any more")
    if errand.action == StartClock.name:
        within = parse_wait(str(errand.values["within"]))
        start_clock(session, case, clock, within, reason=reason)
        return
    move = pause_clock if errand.action == PauseClock.name else resume_clock
    move(session, case, None if clock == ALL_CLOCKS else clock, reason=reason)


_ALONE: Final[dict[str, Callable[[Services, Errand], None]]] = {
    Hide.name: _hide,
    Notify.name: _tell_by_mail,
}
_TOGETHER: Final[
    Sequence[tuple[frozenset[str], Callable[[Session, Sequence[Errand]], Refused]]]
] = (
    (frozenset({PauseClock.name, ResumeClock.name, StartClock.name}), _move_clocks),
    (frozenset({RaiseAlert.name}), _raise_alerts),
    (frozenset({Notify.name}), _tell),
)
TOGETHER: Final = frozenset().union(*(names for names, _ in _TOGETHER))
"""The actions that need the database alone, as long as nobody is to be told by e-mail."""

OWN_ACTIONS: Final = TOGETHER | _ALONE.keys()
"""The actions of rules that the inbox carries out itself."""
