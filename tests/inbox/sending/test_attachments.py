"""Pictures of answers: laid in, checked, sent once, given back, and nowhere without their case."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy import func, select, update

from factories import make_account, make_app, make_conversation, make_post, make_user
from fakes import FakePlatform
from photos import PLACE, picture
from tanggap.errors import NotFoundError, ReplyRefusedError, StaleThreadError
from tanggap.inbox.mailbox.mail_writing import Outgoing, write_mail
from tanggap.inbox.media.form_photos import UnfitPhotoError
from tanggap.inbox.sending import approvals, attachments, outbox, reply
from tanggap.inbox.sending.attachments import TooManyError
from tanggap.inbox.sending.reply import Written, queue_reply
from tanggap.inbox.sending.undo import undo
from tanggap.inbox.services import Services
from tanggap.sdk import Attachable, AttachedFile, Refusal
from tanggap.sdk.errors import Unavailable
from tanggap.store.approvals import Approval
from tanggap.store.base import utcnow
from tanggap.store.conversations import Conversation
from tanggap.store.replies import FAILED, SENDING, SENT, ReplyAttachment, ReplyPart, ReplyRow
from tanggap.store.users import JUNIOR, SUPERVISOR

SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


class Desk:
    """A case, somebody who answers it, and what they do there."""

    def __init__(self, services: Services, role: str = "agent") -> None:
        self.services = services
        with services.database.write() as session:
            make_app(services, session)
            self.case: Conversation = make_conversation(session, make_account(session, services))
            self.seen = make_post(session, self.case, "barang saya rusak").id
            self.user = make_user(session, role=role).id

    def lay(self, *contents: bytes) -> list[int]:
        with self.services.database.write() as session:
            for content in contents or (picture(),):
                attachments.lay(self.services, session, self.case.id, self.user, content)
        return self.lying()

    def lying(self) -> list[int]:
        with self.services.database.read() as session:
            return [one.id for one in attachments.laid_by(session, self.case.id, self.user)]

    def send(self, ids: list[int], key: str = "k1", **given: Any) -> ReplyRow:
        values: dict[str, Any] = {
            "text": "ini contohnya ya",
            "visibility": "public",
            "seen_post_id": self.seen,
            "idempotency_key": key,
        }
        return queue_reply(
            self.services,
            user_id=self.user,
            conversation_id=self.case.id,
            attachments=ids,
            **(values | given),
        )

    def state(self, row: ReplyRow) -> str:
        with self.services.database.read() as session:
            return session.get_one(ReplyRow, row.id).state


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def refused(desk: Desk, ids: list[int]) -> str:
    with pytest.raises(ReplyRefusedError) as caught:
        desk.send(ids)
    return caught.value.reason


def test_picture_goes_out_drawn_anew_with_its_description(
    desk: Desk, services: Services, platform: FakePlatform
) -> None:
    (id_,) = desk.lay()
    with services.database.write() as session:
        attachments.describe(session, desk.case.id, desk.user, {id_: " kardus \n merah "})
    row = desk.send([id_])
    assert desk.lying() == []
    outbox.work_on(services, row.id)
    (sent,) = platform.sent
    (file,) = sent.attachments
    assert (file.media_type, file.description) == ("image/jpeg", "kardus merah")
    assert (file.width, file.height) == (40, 60)
    assert file.content.startswith(b"\xff\xd8\xff")
    assert PLACE not in file.content
    assert b"script" not in file.content
    assert desk.state(row) == SENT


def test_pictures_stay_in_the_composer_of_an_answer_that_was_stopped(
    desk: Desk, services: Services
) -> None:
    ids = desk.lay()
    with services.database.write() as session:
        make_post(session, session.get_one(Conversation, desk.case.id), "halo?")
    with pytest.raises(StaleThreadError):
        desk.send(ids)
    assert desk.lying() == ids


def test_answer_that_is_called_off_gives_its_pictures_back(services: Services) -> None:
    desk = Desk(replace(services, settings=replace(services.settings, undo_seconds=10)))
    ids = desk.lay(picture(), picture("PNG"))
    row = desk.send(ids)
    undo(desk.services, row.id, desk.user)
    assert desk.lying() == ids


def test_same_key_again_takes_nothing_more(desk: Desk, services: Services) -> None:
    ids = desk.lay()
    first = desk.send(ids)
    later = desk.lay(picture("PNG"))
    assert desk.send(later).id == first.id
    assert desk.lying() == later


@SQLITE
def test_picture_that_is_gone_or_sent_or_somebody_else_s_stops_the_answer(
    desk: Desk, services: Services
) -> None:
    (id_,) = desk.lay()
    with services.database.write() as session:
        colleague = make_user(session).id
        foreign = attachments.lay(services, session, desk.case.id, colleague, picture()).id
    assert refused(desk, [foreign]) == "attachment_gone"
    desk.send([id_])
    with pytest.raises(ReplyRefusedError):
        desk.send([id_], key="k2")


@SQLITE
@pytest.mark.parametrize(
    ("attachable", "reason"),
    [
        (Attachable(most=1, max_bytes=5_000_000), "attachments_many"),
        (Attachable(most=4, max_bytes=10), "attachments_large"),
        (Attachable(most=4, max_bytes=5_000_000, media_types=("video/mp4",)), "attachments_kind"),
        (Refusal(code="only_words", message="Words alone."), "only_words"),
    ],
)
def test_what_the_platform_does_not_take_is_refused_before_it_leaves(
    desk: Desk, platform: FakePlatform, attachable: Attachable | Refusal, reason: str
) -> None:
    ids = desk.lay(picture(), picture())
    platform.attachable = attachable
    assert refused(desk, ids) == reason
    assert desk.lying() == ids


@SQLITE
def test_text_is_asked_for_beside_a_picture(desk: Desk) -> None:
    ids = desk.lay()
    with pytest.raises(ReplyRefusedError) as caught:
        desk.send(ids, text="  ")
    assert caught.value.reason == "empty"


@SQLITE
@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"%PDF-1.7", b"\xff\xd8\xff broken"])
def test_what_is_no_picture_by_its_bytes_is_not_taken(desk: Desk, content: bytes) -> None:
    with pytest.raises(UnfitPhotoError):
        desk.lay(content)


@SQLITE
def test_composer_holds_so_many_pictures_and_no_more(desk: Desk) -> None:
    desk.lay(*[picture("PNG", (4, 4))] * attachments.LAID_MOST)
    with pytest.raises(TooManyError):
        desk.lay()


def test_files_that_go_apart_become_parts_that_each_arrive_once(
    desk: Desk, services: Services, platform: FakePlatform
) -> None:
    platform.attachable = Attachable(most=4, max_bytes=5_000_000, apart=True)
    row = desk.send(desk.lay(picture(), picture("PNG")))
    platform.accept_before_fault = True
    outbox.work_on(services, row.id)
    assert [(one.part, one.parts, len(one.attachments)) for one in platform.sent] == [
        (1, 3, 0),
        (2, 3, 1),
        (3, 3, 1),
    ]
    assert [bool(one.text) for one in platform.sent] == [True, False, False]
    assert desk.state(row) == SENT
    with services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ReplyPart)) == 3


@SQLITE
def test_worker_that_dies_midway_sends_no_picture_twice(
    desk: Desk, services: Services, platform: FakePlatform
) -> None:
    row = desk.send(desk.lay())
    platform.accept_before_fault = True
    platform.faults = [Unavailable("cut off")]
    outbox.work_on(services, row.id)
    with services.database.write() as session:
        session.execute(update(ReplyRow).values(next_try_at=utcnow()))
    outbox.work_on(services, row.id)
    assert len(platform.sent) == 1
    assert desk.state(row) == SENT


@SQLITE
def test_claim_of_a_dead_worker_is_looked_for_before_the_picture_goes_again(
    desk: Desk, services: Services, platform: FakePlatform
) -> None:
    row = desk.send(desk.lay())
    with services.database.write() as session:
        past = utcnow().replace(year=2020)
        session.execute(update(ReplyRow).values(state=SENDING, claimed_until=past))
    assert outbox.due_replies(services) == [row.id]
    for _ in range(3):
        outbox.work_on(services, row.id)
        with services.database.write() as session:
            session.execute(update(ReplyRow).values(next_try_at=utcnow()))
    assert [len(one.attachments) for one in platform.sent] == [1]


@SQLITE
def test_retry_of_a_failed_answer_takes_its_pictures_again(
    desk: Desk, services: Services, platform: FakePlatform
) -> None:
    row = desk.send(desk.lay())
    with services.database.write() as session:
        session.execute(update(ReplyRow).values(state=FAILED))
    reply.retry(services, row.id, desk.user)
    outbox.work_on(services, row.id)
    assert len(platform.sent[0].attachments) == 1


def test_pictures_go_past_the_approver_with_the_answer_and_back(services: Services) -> None:
    desk = Desk(services, JUNIOR)
    ids = desk.lay()

    def submit() -> Approval:
        written = Written("ini contohnya ya", "public", desk.seen, attachments=desk.lying())
        return approvals.submit(
            services, user_id=desk.user, conversation_id=desk.case.id, written=written
        )

    first = submit()
    assert desk.lying() == []
    with services.database.write() as session:
        boss = make_user(session, role=SUPERVISOR).id
        approvals.send_back(session, first.id, boss, "kurang jelas")
    assert desk.lying() == ids
    row = approvals.approve(services, submit().id, boss)
    with services.database.read() as session:
        taken = session.scalars(select(ReplyAttachment)).one()
        assert (taken.reply_id, taken.user_id) == (row.id, desk.user)


@SQLITE
def test_picture_is_shown_to_its_author_and_with_its_answer_to_all(
    desk: Desk, services: Services
) -> None:
    (id_,) = desk.lay()
    with services.database.write() as session:
        other = make_user(session).id
        account = session.get_one(Conversation, desk.case.id).account
        strange = make_conversation(session, account).id

    def read(case: int, user: int) -> bytes:
        with services.database.read() as session:
            return attachments.read_attachment(services, session, case, user, id_)

    assert read(desk.case.id, desk.user).startswith(b"\xff\xd8\xff")
    with pytest.raises(NotFoundError):
        read(desk.case.id, other)
    desk.send([id_])
    assert read(desk.case.id, other)
    with pytest.raises(NotFoundError):
        read(strange, desk.user)


def test_mail_carries_its_pictures() -> None:
    mail = Outgoing(
        address="peduli@contoh.example",
        company="Contoh",
        agent="Ayu",
        to="rita@contoh.example",
        subject="Barang rusak",
        token="abcd",
        key="k",
        text="Ini contohnya.",
        at=utcnow(),
        files=(AttachedFile(content=picture("PNG"), name="picture-1.jpg"),),
    )
    words, file = message_from_bytes(write_mail(mail).as_bytes()).get_payload()
    assert words.get_content_type() == "text/plain"
    assert (file.get_content_type(), file.get_filename()) == ("image/jpeg", "picture-1.jpg")
    assert file.get_payload(decode=True) == picture("PNG")
