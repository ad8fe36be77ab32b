"""Mails of all kinds: words, quotations, files, robots and hostility."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.inbox.mailbox.mail_addresses import (
    UnfitAddressError,
    hash_address,
    mask_address,
    read_address,
)
from tanggap.inbox.mailbox.mail_reading import (
    FILE_LARGEST,
    UnreadableMailError,
    file_name,
    read_mail,
)
from tanggap.inbox.mailbox.mail_text import split_quoted, text_of_html

BOUNCE = b"""\
From: MAILER-DAEMON@mx.contoh.example
To: halo@contoh.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.contoh.example

Final-Recipient: rfc822; rita@contoh.example
Action: %(action)s
Status: %(status)s
Diagnostic-Code: smtp; 550 5.1.1 <rita@contoh.example>: user unknown
--b
Content-Type: message/rfc822

From: halo@contoh.example
To: rita@contoh.example
Message-ID: <tg.abcdefghijkl.key@contoh.example>
Subject: Tagihan

halo
--b--
"""


def mail(text: str = "halo", **headers: str) -> EmailMessage:
    made = EmailMessage()
    given = {"From": "Rita Contoh <rita@contoh.example>", "To": "halo@contoh.example"}
    for name, value in (given | {"Subject": "Tagihan", "Message-ID": "<1@contoh.example>"}).items():
        made[name] = value
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def test_mail_is_read_with_what_it_answers() -> None:
    found = read_mail(
        mail(
            "Terima kasih.\n\nPada Sen, 23 Nov 2026 09.00 Ayu <halo@contoh.example> menulis:\n"
            "> sudah kami cek\n> salam",
            In_Reply_To="<b@x.example>",
            References="<a@x.example> <b@x.example>",
            Date="Mon, 23 Nov 2020 10:00:00 +0700",
        ).as_bytes()
    )
    assert (found.sender, found.sender_name) == ("rita@contoh.example", "Rita Contoh")
    assert found.named == ("<b@x.example>", "<a@x.example>")
    assert found.text == "Terima kasih."
    assert found.quoted.endswith("> sudah kami cek\n> salam")
    assert found.at == datetime(2020, 11, 23, 3, tzinfo=UTC)
    assert (found.automatic, found.bounce) == (False, None)


@pytest.mark.parametrize(
    "begin",
    [
        "On Mon, Nov 23, 2026 at 9:00 AM Ayu Lestari <halo@contoh.example> wrote:",
        "On Mon, Nov 23, 2026 at 9:00 AM Ayu Lestari\n<halo@contoh.example> wrote:",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "Dari: Contoh Peduli <halo@contoh.example>\nTerkirim: Senin",
        "From: Contoh Peduli\nSent: Monday, 23 November 2026",
    ],
)
def test_quotation_is_taken_apart_however_a_program_begins_it(begin: str) -> None:
    assert split_quoted(f"Baik.\n\n{begin}\n> lama")[0] == "Baik."


def test_answer_below_the_quotation_is_the_answer() -> None:
    fresh, quoted = split_quoted("Pada Senin Ayu menulis:\n> kapan bisa?\nBesok pagi.")
    assert (fresh, quoted) == ("Besok pagi.", "> kapan bisa?")


def test_nothing_but_quotation_stays_whole() -> None:
    assert split_quoted("> satu\n> dua") == ("> satu\n> dua", "")


@given(st.text(max_size=400))
def test_no_word_is_lost_when_quotations_are_taken_apart(text: str) -> None:
    fresh, quoted = split_quoted(text)
    assert fresh or not text.strip() or not quoted
    assert len(fresh) + len(quoted) <= len(text)


def test_html_becomes_what_people_would_read() -> None:
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Halo&nbsp;<b>min</b>,</p>"
        "<script>alert(1)</script><div>tagihan &lt;saya&gt;</div><img src=x onerror=y>"
        '<div class="gmail_quote">Pada Senin Ayu menulis:<blockquote>lama<br>sekali</blockquote>'
        "</div></body></html>"
    )
    text = text_of_html(html)
    assert text.startswith(("Halo\xa0min,\n", "Halo min,\n"))
    assert "tagihan <saya>" in text
    assert "alert" not in text
    fresh, quoted = split_quoted(text)
    assert "lama" not in fresh
    assert "sekali" in quoted


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<!DOCTYPE html>satu<![if x]>dua<?x y?>tiga", "satuduatiga"),
        ("a<!-- <p>b</p> -->c<!-- d", "ac"),
        ("<!--[if !mso]><!-->a<!--<![endif]-->", "a"),
        ('<a title="1 > 2">a</a> 1 < 2 &lt;b&gt; <3', "a 1 < 2 <b> <3"),
        ("<script>if(a<b){'<svg>'}</script>a<style>p>b{}</style>b", "ab"),
        ("a<br/>b<BR>c</ x>d", "a\nb\ncd"),
    ],
)
def test_html_is_taken_apart_as_browsers_do(html: str, text: str) -> None:
    assert text_of_html(html) == text


ENDLESS = ["<", "<!", "<!--", "<![CDATA[", "<?", "</a", "<a ", "<a b=", '<a b="', "<title", "&a"]


@pytest.mark.parametrize("part", ENDLESS)
def test_html_that_begins_and_never_ends_is_read_in_no_time(part: str) -> None:
    began = time.process_time()
    text_of_html(part * (60_000 // len(part)))
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition"])
def test_header_of_endless_parameters_is_read_in_no_time(name: str) -> None:
    began = time.process_time()
    with contextlib.suppress(UnreadableMailError):
        read_mail(f"From: a@b.example\n{name}: multipart/mixed{';' * 150_000}\n\nhalo".encode())
    assert time.process_time() - began < 0.5


def test_deep_html_is_read_without_recursion() -> None:
    assert text_of_html("<div>" * 50_000 + "halo" + "</div>" * 50_000) == "halo"


def test_mail_without_plain_text_is_read_from_its_html() -> None:
    made = mail()
    made.set_content("<p>halo <i>min</i></p>", subtype="html")
    assert read_mail(made.as_bytes()).text == "halo min"


def test_files_are_kept_under_harmless_names_and_dangerous_ones_left_out() -> None:
    made = mail()
    for name in ("../../etc/nota.pdf", "virus.exe", "halaman.html"):
        made.add_attachment(b"isi", maintype="application", subtype="pdf", filename=name)
    made.add_attachment(
        b"x" * (FILE_LARGEST + 1), maintype="image", subtype="png", filename="besar.png"
    )
    found = read_mail(made.as_bytes())
    assert [(one.name, one.content) for one in found.files] == [("nota.pdf", b"isi")]
    assert found.left_out == ("virus.exe", "halaman.html", "besar.png")
    assert found.text == "halo"


@given(st.text(max_size=300))
def test_any_name_of_a_file_becomes_a_harmless_one(written: str) -> None:
    name = file_name(written)
    assert 0 < len(name) <= 111
    assert not set(name) & set("/\\\x00\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "bulk"},
        {"List_Id": "<kabar.contoh.example>"},
        {"X_Autoreply": "yes"},
        {"From": "noreply@toko.example"},
    ],
)
def test_programs_are_known_by_their_headers(headers: dict[str, str]) -> None:
    assert read_mail(mail("saya cuti", **headers).as_bytes()).automatic


def test_person_is_no_program() -> None:
    assert not read_mail(mail("halo", Auto_Submitted="no").as_bytes()).automatic


@pytest.mark.parametrize(
    ("action", "status", "failed"),
    [("failed", "5.1.1", True), ("delayed", "4.4.1", False), ("relayed", "2.0.0", False)],
)
def test_bounce_says_what_failed_and_which_mail(action: str, status: str, failed: bool) -> None:
    report = BOUNCE.replace(b"%(action)s", action.encode()).replace(b"%(status)s", status.encode())
    found = read_mail(report)
    assert found.bounce is not None
    assert (found.bounce.failed, found.bounce.status) == (failed, status)
    assert "user unknown" in found.bounce.words
    assert "<tg.abcdefghijkl.key@contoh.example>" in found.named


def test_same_mail_is_known_again_and_two_without_an_id_are_two() -> None:
    first, again = mail("satu"), mail("dua")
    assert read_mail(first.as_bytes()).key == read_mail(again.as_bytes()).key
    for one in (first, again):
        del one["Message-ID"]
    assert read_mail(first.as_bytes()).key != read_mail(again.as_bytes()).key


HOSTILE = [
    b"",
    b"\x00" * 100,
    b"From: =?utf-8?q?=ff?= <a@b.example>\nSubject: =?bogus?x?y?=\n\nhalo",
    b"From: " + b"a" * 50_000 + b"@b.example\n\nhalo",
    b'From: "<script>" <x@y.example>, <z@y.example>\nDate: 99999\n\nhalo',
    b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; "
    b"boundary=b\n\n" * 500,
    b'Content-Type: text/plain; charset="nothing\x00"\n\nhal\xf6',
    b"Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n" * 300,
    b"Content-Transfer-Encoding: base64\n\n!!!!",
    b"Content-Type: text/html\n\n<p>" + b"<a href='" * 1000,
    b"Message-ID: <x@\xff\xfe>\nReferences: " + b"<a@b> " * 20_000 + b"\n\nhalo",
    b"Content-Type: multipart/report; report-type=delivery-status\n\nhalo",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_mail_is_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        found = read_mail(raw)
    except UnreadableMailError:
        return
    for words in (found.subject, found.text, found.sender_name, found.message_id):
        assert "\x00" not in words
        words.encode()


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(UnreadableMailError):
        read_mail(b"From: a@b.example\nContent-Type: " + raw)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Rita.Contoh+x@Contoh.Example ", "Rita.Contoh+x@contoh.example"),
        ("rita@bücher.example", "rita@xn--bcher-kva.example"),
    ],
)
def test_address_is_read(written: str, address: str) -> None:
    assert read_address(written) == address


@pytest.mark.parametrize(
    "written",
    [
        *("", "rita", "rita@", "@contoh.example", "rita@contoh", "a@b.example, c@d.example"),
        *("rita@contoh.example\nBcc: x@y.example", "Rita <rita@contoh.example>", "a b@c.example"),
        *(
            "-rf@contoh.example",
            "a..b@contoh.example",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "é@c.example",
        ),
        f"{'a' * 70}@contoh.example",
    ],
)
def test_what_is_no_single_address_is_refused(written: str) -> None:
    with pytest.raises(UnfitAddressError):
        read_address(written)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(written: str) -> None:
    try:
        address = read_address(written)
    except UnfitAddressError:
        return
    assert address.isascii()
    assert address.isprintable()


def test_mask_and_hash_tell_little() -> None:
    assert mask_address("rita@contoh.example") == "r•••@contoh.example"
    assert hash_address("Rita@x.example", "k") == hash_address("rita@x.example", "k")
    assert hash_address("rita@x.example", "k") != hash_address("rita@x.example", "l")
