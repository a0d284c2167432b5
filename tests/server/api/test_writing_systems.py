# ruff: noqa: RUF001 - letters of other scripts that look like ours
"""Addresses and names of every script are accepted, found again, and mailed."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.mail_server import MailServer
from tests.support.place import Place, ticket
from tickiti_cli.contract.characters import is_word
from tickiti_cli.contract.placeholders import names_in, parse
from tickiti_server.rendering.case_folding import address_key
from tickiti_server.validation.addresses import is_address, is_domain, wire_address

ADDRESSES = {
    "Hindi": "अजय@डाटा.भारत", "Thai": "info@ตัวอย่าง.example", "Tamil": "தமிழ்@எடுத்துக்காட்டு.example",
    "decomposed": "mu\u0308ller@sole-trader.example", "decomposed domain": "a@mu\u0308ller.example",
    "sharp s": "info@straße.example", "final sigma": "info@σοφός.example",
    "Persian joiner": "می\u200cخواهم@b.example", "Hebrew points": "שָׁלוֹם@b.example",
    "Vietnamese": unicodedata.normalize("NFD", "nguyễn@b.example"), "Burmese": "မြန်မာ@b.example",
    "Arabic": "info@مثال.إختبار", "Chinese": "用户@例子.广告", "Malayalam": "ഉദാഹരണം@b.example",
}  # fmt: skip
NONE = [
    "\u0308a@b.example", "a@\u0308b.example", "a b@b.example", "a\u200bb@b.example", "a@i❤.example",
    "a@b..ü", "a@-ü.example", "a@ü_x.example", "@ü.example", "अजय", "अ..ज@b.example",
    "a@ü@b.example",
    "a\u202eb@c.example", f"a@{'ü' * 60}.example", "a@b\u200d.example", "a\ud800@b.example", "ü@",
    "a,ü@b.example", "<ü@b.example>", "a\u0308 <b@c.example>",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("scripts"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_address_of_any_script_can_open_tickets_and_get_mail(place: Place, address: str) -> None:
    opened = answered(
        place, "/api/create_ticket", {**ticket("x"), "originator_email_address": address}
    )["data"]
    said = {"ticket_number": opened["ticket_number"], "from_email": address, "content": "y"}
    answered(place, "/api/ticket_respond", said)
    other = unicodedata.normalize("NFC", address)
    other = other if {"ß", "ς"} & set(address) else other.upper()
    wanted = {"search_object": {"criteria": [{"mode": "raised", "tokens": [other]}]}}
    found = answered(place, "/api/tickiti_api_index", wanted)["data"]["tickets"]
    assert [row["number"] for row in found] == [opened["ticket_number"]]
    mail = {"to_address": address, "subject": "s", "content": "c", "validate_address": True}
    email_id = answered(place, "/api/send_email", mail)["data"]["email_id"]
    listed = answered(place, "/_tickiti/outbox", {"to": address})["data"]["outbox"]
    assert [row["id"] for row in listed] == [email_id]
    user = {"name": "n", "email": address, "is_staff": True, "is_admin": False,
            "tonic_notifications": False}  # fmt: skip
    answered(place, "/api/v1/administration/users/create", user)
    minted = {"name": "t", "abilities": ["ticket-index"], "user": address}
    answered(place, "/_tickiti/tokens/mint", minted)


@pytest.mark.parametrize("address", NONE)
def test_malformed_address_of_any_script_is_refused(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize(
    ("domain", "wire"),
    [
        ("straße.example", "xn--strae-oqa.example"), ("STRASSE.example", "STRASSE.example"),
        ("डाटा.भारत", "xn--c2bd1gb.xn--h2brj9c"), ("mu\u0308ller.de", "xn--mller-kva.de"),
        ("müller.de", "xn--mller-kva.de"), ("MÜLLER.de", "xn--mller-kva.de"),
        ("例え。jp", "xn--r8jz45g.jp"), ("σοφός.gr", "xn--0xagbn4a.gr"),
    ],
)  # fmt: skip
def test_domain_is_encoded_by_idna_2008(domain: str, wire: str) -> None:
    assert is_domain(domain)
    assert wire_address(f"a@{domain}") == f"a@{wire}"


def test_spellings_of_an_address_are_the_same_person_and_key() -> None:
    for address in ADDRESSES.values():
        forms = {unicodedata.normalize(form, address) for form in ("NFC", "NFD")}
        assert len({address_key(form) for form in forms}) == 1
    assert address_key("A@B.example") == "a@b.example"


def test_mail_leaves_from_and_to_non_ascii_domains(place: Place) -> None:
    with MailServer() as server:
        for name, address in (("thai", "info@ตัวอย่าง.example"), ("sharp", "info@straße.example")):
            body = {"name": name, "address": address, "smtp_enable": True,
                    "smtp_host": "127.0.0.1", "smtp_port": server.port,
                    "smtp_security": "none"}  # fmt: skip
            answered(place, "/api/v1/mail/mailboxes/create", body)
            mail = {"to_address": "a@straße.example", "subject": "s", "content": "c"}
            answered(place, "/api/send_email", {**mail, "mailbox": name})
        ran = place.tickiti("outbox", "wait", "--to", "A@STRAßE.example", "--timeout", "30")
        assert ran.returncode == 0
        wanted = {"info@xn--72c1a1bt4awk9o.example", "info@xn--strae-oqa.example"}
        place.tickiti("outbox", "wait", "--to", "a@straße.example", "--timeout", "30")
        assert {one.mail_from for one in server.arrived} <= wanted
        assert {to for one in server.arrived for to in one.rcpt_tos} == {"a@xn--strae-oqa.example"}


def test_mailbox_accepts_a_non_ascii_smtp_host(place: Place) -> None:
    base = {"address": "a@b.example", "smtp_enable": True}
    for name, host, is_good in (
        ("h1", "smtp.ตัวอย่าง.example", True), ("h2", "smtp.straße.example", True),
        ("h3", "smtp_relay.b.example", True), ("h4", "::1", True), ("h5", "i❤.example", False),
        ("h6", "\u0308x.example", False), ("h7", "a b", False), ("h8", "ü/..", False),
    ):  # fmt: skip
        body = {**base, "name": name, "smtp_host": host}
        status = place.post("/api/v1/mail/mailboxes/create", body)[0]
        assert status == (200 if is_good else 422), host


@pytest.mark.parametrize("name", ["नाम", "ชื่อ", "na\u0308me", "பெயர்", "नाम.पहला", "می\u200cخواهم"])
def test_placeholder_may_have_a_name_of_any_script(place: Place, name: str) -> None:
    assert parse(f"Dear {{{{ {name} }}}}", field="content").names == (name,)
    assert names_in(f"{{{{{name}}}}} {{{{a!b}}}} {{{{\u0308x}}}}") == [name]
    identifier = f"scripts.{uuid4()}"
    template = {"type": "email", "identifier": identifier, "subject": f"A {{{{{name}}}}}",
                "content": f"<p>{{{{{name}}}}}</p>"}  # fmt: skip
    answered(place, "/api/v1/templates/create", template)
    for form in ("NFC", "NFD"):
        data: Any = "value"
        for step in reversed(unicodedata.normalize(form, name).split(".")):
            data = {step: data}
        wanted = {"template_identifier": identifier, "data": data}
        rendered = answered(place, "/api/render_template", wanted)["data"]
        assert rendered == {**rendered, "subject": "A value", "content": "<p>value</p>"}


@pytest.mark.parametrize("tag", ["विशेष", "พิเศษ", "mu\u0308nchen", "vip-2_x"])
def test_hashtag_may_be_a_word_of_any_script(place: Place, tag: str) -> None:
    number = answered(place, "/api/create_ticket", ticket("x"))["data"]["ticket_number"]
    answered(place, "/_tickiti/tickets/act", {"ticket_number": number, "hashtags": [f"#{tag}"]})
    wanted = {"search_object": {"criteria": [{"mode": "hashtag", "tokens": [tag]}]}}
    found = answered(place, "/api/tickiti_api_index", wanted)["data"]["tickets"]
    assert number in [row["number"] for row in found]
    body = {"ticket_number": number, "hashtags": ["a b"]}
    assert place.post("/_tickiti/tickets/act", body)[0] == 422


def test_word_consists_of_letters_digits_and_marks() -> None:
    for good in ("a", "9", "é", "e\u0301", "क्षि", "ก็", "٣", "用户"):
        assert is_word(good), good
    for bad in ("", "\u0301e", "a b", "a\u200b", "a-b", "_", "❤", "\u200da", "a\n"):
        assert not is_word(bad), bad
    assert is_word("a-b_c", "_-")
