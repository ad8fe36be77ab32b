"""What rules have the inbox itself do: tell people, raise alerts, hide posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tanggap.errors import ConflictError, ForbiddenError
from tanggap.inbox.clean import snippet, storable
from tanggap.inbox.clock_acts import pause_clock, resume_clock, start_clock
from tanggap.inbox.endpoint_events import ALERT_RAISED, note_events
from tanggap.inbox.mail import MailError, can_mail, send_mail
from tanggap.inbox.moderating import NotPossibleError, ask
from tanggap.inbox.notifications import notify
from tanggap.inbox.rulebook import rule_names
from tanggap.inbox.services import Services
from tanggap.rules import Action, Hide, Notify, RaiseAlert
from tanggap.rules.actions import ALL_CLOCKS
from tanggap.rules.effects import PauseClock, ResumeClock, StartClock
from tanggap.rules.masking import mask
from tanggap.rules.model import Name
from tanggap.rules.timing import parse_wait
from tanggap.sdk.errors import Rejected, Unavailable
from tanggap.store.alerts import Alert
from tanggap.store.audit import Change
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.notifications import Notification
from tanggap.store.posts import Post
from tanggap.store.sql import insert_rows
from tanggap.store.users import Team, User

NOTIFIED: Final = "rule"
"""The kind of notifications that rules send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One action of a rule for one post; `key` names it for ever."""

    action: str
    key: str
    rule_key: str
    rule_version: int
    post_id: int
    values: Mapping[str, Any]


def do_errand(services: Services, errand: Errand) -> None:
    """Carry out an action of the inbox; raises `Rejected` or `Unavailable` where it cannot."""
    _ERRANDS[errand.action](services, errand)


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


def _raise_alert(services: Services, errand: Errand) -> None:
    with services.database.write() as session:
        post = session.get_one(Post, errand.post_id)
        raise_alert(
            session,
            key=errand.key,
            text=str(errand.values.get("text", "")),
            level=str(errand.values.get("level", "warning")),
            conversation_id=post.conversation_id,
            rule_key=errand.rule_key,
        )


def raise_alert(
    session: Session,
    *,
    key: str,
    text: str,
    level: str = "warning",
    conversation_id: int | None = None,
    rule_key: str = "",
) -> bool:
    """Put an alert on the list unless one of this key ever was; tells whether it is new."""
    row = {
        "key": key,
        "level": level,
        "text": storable(text),
        "conversation_id": conversation_id,
        "rule_key": rule_key,
        "created_at": utcnow(),
    }
    raised = insert_rows(session, Alert, [row], key=("key",), returning=("id",))
    if not raised:
        return False
    note_events(
        session,
        [
            {
                "type": ALERT_RAISED,
                "conversation_id": conversation_id,
                "object_id": raised[0].id,
                "occasion": raised[0].id,
            }
        ],
    )
    if conversation_id is not None:
        session.add(Change(conversation_id=conversation_id, kind="alert"))
    return True


def _notify(services: Services, errand: Errand) -> None:
    with services.database.write() as session:
        post = session.get_one(Post, errand.post_id)
        _tell(session, errand, post)
        told = select(Notification.user_id).where(Notification.key == errand.key)
        people = list(session.scalars(select(User).where(User.id.in_(told))))
        name = rule_names(session, {errand.rule_key})[errand.rule_key, errand.rule_version]
    if errand.values.get("email") and people:
        _mail(services, errand, post, people, name)


def _tell(session: Session, errand: Errand, post: Post) -> None:
    values = errand.values
    team_id = None
    people: set[int] = set()
    if values.get("team"):
        team_id = session.scalar(select(Team.id).where(Team.key == values["team"]))
        if team_id is None:
            raise Rejected(f"there is no team {values['team']}")
    if values.get("person"):
        email = str(values["person"])
        people |= set(session.scalars(select(User.id).where(func.lower(User.email) == email)))
    if values.get("assignee") and post.conversation_id is not None:
        case = session.get_one(Conversation, post.conversation_id)
        people |= {case.assignee_id} if case.assignee_id is not None else set()
        team_id = case.team_id if case.assignee_id is None else None
    if team_id is None and not people:
        raise Rejected("there is nobody to tell: the case has no team, or the person is gone")
    notify(
        session,
        NOTIFIED,
        user_ids=people,
        team_id=team_id,
        conversation_id=post.conversation_id,
        text=_words(session, errand),
        key=errand.key,
    )


def _words(session: Session, errand: Errand) -> str:
    """Give the rule's words, else its name in both languages."""
    if errand.values.get("text"):
        return str(errand.values["text"])
    name = rule_names(session, {errand.rule_key})[errand.rule_key, errand.rule_version]
    return name.id if name.id == name.en else f"{name.id} / {name.en}"


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


def _pause_clock(services: Services, errand: Errand) -> None:
    with services.database.write() as session:
        pause_clock(session, _case(session, errand), _clock(errand), reason=errand.rule_key)


def _resume_clock(services: Services, errand: Errand) -> None:
    with services.database.write() as session:
        resume_clock(session, _case(session, errand), _clock(errand), reason=errand.rule_key)


def _start_clock(services: Services, errand: Errand) -> None:
    within = parse_wait(str(errand.values["within"]))
    with services.database.write() as session:
        case, clock = _case(session, errand), str(errand.values["clock"])
        start_clock(session, case, clock, within, reason=errand.rule_key)


def _case(session: Session, errand: Errand) -> int:
    case = session.get_one(Post, errand.post_id).conversation_id
    if case is None:
        raise Rejected("the post belongs to no case any more")
    return case


def _clock(errand: Errand) -> str | None:
    clock = str(errand.values["clock"])
    return None if clock == ALL_CLOCKS else clock


_ERRANDS: Final[dict[str, Callable[[Services, Errand], None]]] = {
    Hide.name: _hide,
    RaiseAlert.name: _raise_alert,
    Notify.name: _notify,
    PauseClock.name: _pause_clock,
    ResumeClock.name: _resume_clock,
    StartClock.name: _start_clock,
}
OWN_ACTIONS: Final = frozenset(_ERRANDS)
"""The actions of rules that the inbox carries out itself."""
