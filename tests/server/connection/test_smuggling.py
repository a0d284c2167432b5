# ruff: noqa: E501 - a corpus reads best with a case a line
"""Request framing is unambiguous: bytes that two servers could read differently are refused."""

import json
import re
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import IS_POSTGRES
from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, ticket
from tests.support.waiting import wait_until

SMUGGLED = b"GET /_tickiti/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
"""Answered with 200 where the server took it for a request of its own."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("smuggling"))
    found.start()
    yield found
    found.stop()


def talk(place: Place, raw: bytes) -> bytes:
    """Everything the server says until it hangs up."""
    with socket.create_connection(("127.0.0.1", place.port), timeout=15) as connection:
        connection.sendall(raw)
        pieces = []
        try:
            while piece := connection.recv(65536):
                pieces.append(piece)
        except ConnectionResetError:
            pass
    return b"".join(pieces)


def count(replies: bytes) -> int:
    return len(re.findall(rb"HTTP/1\.1 \d{3} ", replies))


def create(place: Place, key: str, *lines: bytes) -> bytes:
    """The head of an honest create_ticket, but for the lines that say how long its body is."""
    known = (
        b"POST /api/create_ticket HTTP/1.1", b"Host: localhost",
        b"Authorization: Bearer " + place.token.encode(), b"Idempotency-Key: " + key.encode(),
        b"Content-Type: application/json",
    )  # fmt: skip
    return b"\r\n".join((*known, *lines)) + b"\r\n\r\n"


BODY = json.dumps(ticket("smuggled")).encode()
SIZE = str(len(BODY)).encode()
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        # two lengths, or a length and chunks
        ([b"Content-Length: " + SIZE, b"Transfer-Encoding: chunked"], CHUNKED),
        ([b"Transfer-Encoding: chunked", b"Content-Length: " + SIZE], CHUNKED),
        ([b"Content-Length: " + SIZE, b"Content-Length: " + SIZE], BODY),
        ([b"Content-Length: " + SIZE, b"Content-Length: 0"], BODY),
        ([b"Content-Length: " + SIZE + b", " + SIZE], BODY),
        # lengths that are no number
        ([b"Content-Length: +" + SIZE], BODY),
        ([b"Content-Length: -1"], BODY),
        ([b"Content-Length: 0x10"], BODY),
        ([b"Content-Length: 1_0"], BODY),
        ([b"Content-Length: " + SIZE + b" 1"], BODY),
        ([b"Content-Length: 99999999999999999999999"], BODY),
        ([b"Content-Length:"], BODY),
        # codings that are not exactly one chunked at the end
        ([b"Transfer-Encoding: chunked, chunked"], CHUNKED),
        ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], CHUNKED),
        ([b"Transfer-Encoding: chunked, identity"], CHUNKED),
        ([b"Transfer-Encoding: xchunked"], CHUNKED),
        ([b"Transfer-Encoding: identity"], CHUNKED),
        ([b"Transfer-Encoding: \x0bchunked"], CHUNKED),
        # header lines
        ([b"Content-Length : " + SIZE], BODY),
        ([b"X-Folded: a", b" Content-Length: 0", b"Content-Length: " + SIZE], BODY),
        ([b"\rX-Bare: a", b"Content-Length: " + SIZE], BODY),
        ([b"X-Bare: a\rb", b"Content-Length: " + SIZE], BODY),
        ([b"X-Nul: a\0b", b"Content-Length: " + SIZE], BODY),
        ([b"X Space: a", b"Content-Length: " + SIZE], BODY),
        ([b": nameless", b"Content-Length: " + SIZE], BODY),
        ([b"nocolon", b"Content-Length: " + SIZE], BODY),
        # chunks
        ([b"Transfer-Encoding: chunked"], b"zz\r\n" + CHUNKED),
        ([b"Transfer-Encoding: chunked"], b"-1\r\n" + CHUNKED),
        ([b"Transfer-Encoding: chunked"], b"0x5\r\n" + CHUNKED),
        ([b"Transfer-Encoding: chunked"], b"2\r\n{}XX0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"2\n{}\r\n0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"2\r\n{}\n0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ([b"Transfer-Encoding: chunked"], b"2;a=\x00\r\n{}\r\n0\r\n\r\n"),
    ],
)  # fmt: skip
def test_body_with_two_lengths_is_refused(place: Place, lines: list[bytes], body: bytes) -> None:
    replies = talk(place, create(place, "smuggle", *lines) + body + SMUGGLED)
    assert replies.startswith(b"HTTP/1.1 400 "), replies
    assert count(replies) == 1, replies
    assert place.every_ticket("number") == []


def test_chunked_body_is_accepted(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Place(tmp_path_factory.mktemp("honest"))
    other.start()
    pieces = b"5\r\n%b\r\n%x\r\n%b\r\n0\r\nX-Trailer: a\r\n\r\n" % (
        BODY[:5],
        len(BODY) - 5,
        BODY[5:],
    )
    raw = create(other, "chunks", b"Transfer-Encoding: chunked") + pieces + SMUGGLED
    replies = talk(other, raw)
    other.stop()
    assert replies.count(b"HTTP/1.1 200 ") == 2
    assert replies.endswith(b'{"ok":true}')


def test_bytes_after_a_short_content_length_are_not_run(place: Place) -> None:
    replies = talk(place, create(place, "short", b"Content-Length: 5") + BODY)
    assert replies.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"invalid_json"' in replies
    assert count(replies) == 1


@pytest.mark.parametrize(
    "nonsense", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000]
)
def test_refusal_never_answers_the_request_before(place: Place, nonsense: bytes) -> None:
    replies = talk(place, SMUGGLED.replace(b"Connection: close\r\n", b"") + nonsense)
    assert replies.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in replies
    assert count(replies) == 1


def test_invalid_bytes_after_two_open_requests_get_no_reply(place: Place) -> None:
    honest = SMUGGLED.replace(b"Connection: close\r\n", b"")
    assert talk(place, honest + honest + b"nonsense\r\n\r\n") == b""


def test_content_length_beyond_the_body_changes_nothing(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.port), timeout=15) as connection:
        connection.sendall(create(place, "long", b"Content-Length: 100000") + BODY)
    assert place.every_ticket("number") == []


def test_request_after_connection_close_is_not_run(place: Place) -> None:
    replies = talk(place, SMUGGLED + create(place, "late", b"Content-Length: " + SIZE) + BODY)
    assert count(replies) == 1
    assert place.every_ticket("number") == []


@pytest.mark.parametrize(
    "first_line",
    [
        b"POST /api/create_ticket", b"POST /api/create_ticket HTTP/2.0",
        b"POST /api/create_ticket HTTP/1.10", b"POST /api/create_ticket HTTP/1.1 x", b"post /api/create_ticket HTTP/1.1",
        b"POST /api/\x00create_ticket HTTP/1.1", b"POST \xff HTTP/1.1", b"POST http://[ HTTP/1.1", b"CONNECT localhost:1 HTTP/1.1",
        b"PRI * HTTP/2.0", b"\x00POST / HTTP/1.1",
    ],
)  # fmt: skip
def test_malformed_request_line_is_refused(place: Place, first_line: bytes) -> None:
    replies = talk(place, first_line + b"\r\nHost: x\r\n\r\n")
    assert replies.startswith(b"HTTP/1.1 400 "), replies
    assert count(replies) == 1


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_upgrade_is_refused_with_a_reason(place: Place, protocol: bytes) -> None:
    lines = (b"Connection: Upgrade", b"Upgrade: " + protocol, b"Content-Length: " + SIZE)
    replies = talk(place, create(place, "upgrade", *lines) + BODY + SMUGGLED)
    assert replies.startswith(b"HTTP/1.1 400 ")
    assert count(replies) == 1
    envelope = json.loads(replies.partition(b"\r\n\r\n")[2])
    assert envelope["message"] == "This server speaks HTTP/1.1 alone: send no Upgrade header."


@pytest.mark.parametrize(
    "lines",
    [
        b"", b"X-Host: x\r\n", b"Host: x\r\nHost: x\r\n", b"Host: x\r\nhOST: y\r\n",
        b"Host: a b\r\n", b"Host: a,b/c\r\n", b"Host: x@y\r\n", b"Host: [::1\r\n", b"Host: x:y\r\n", b"Host: http://x\r\n",
        b"Host: x:123456\r\n", b"Host: \xff\r\n",
    ],
)  # fmt: skip
def test_request_needs_exactly_one_host(place: Place, lines: bytes) -> None:
    replies = talk(place, b"GET /_tickiti/healthz HTTP/1.1\r\n" + lines + b"\r\n" + SMUGGLED)
    assert replies.startswith(b"HTTP/1.1 400 "), replies
    assert count(replies) == 1
    assert b'"code":"bad_request"' in replies


@pytest.mark.parametrize(
    "host",
    [b"x", b"x:80", b"127.0.0.1:1", b"[::1]", b"[::1]:8080", b"a-b.c_d.example.", b"", b"x:"],
)
def test_valid_hosts_are_accepted(place: Place, host: bytes) -> None:
    head = create(place, "host", b"Content-Length: 2", b"Connection: close")
    request = head.replace(b"Host: localhost", b"Host: " + host) + b"{}"
    assert talk(place, request).startswith(b"HTTP/1.1 422 ")


def test_http_1_0_needs_no_host_and_gets_no_continue(place: Place) -> None:
    assert talk(place, b"GET /_tickiti/healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    two = b"GET /_tickiti/healthz HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"
    assert talk(place, two).startswith(b"HTTP/1.1 400 ")
    lines = (b"Content-Length: 2", b"Expect: 100-continue", b"Connection: close")
    for version, first in ((b"1.0", b"HTTP/1.1 4"), (b"1.1", b"HTTP/1.1 100 ")):
        raw = create(place, "expects", *lines).replace(b"HTTP/1.1", b"HTTP/" + version)
        assert talk(place, raw + b"{}").startswith(first)


@pytest.mark.parametrize(
    "coding",
    [
        b"gzip, chunked", b"deflate,chunked", b"identity, chunked", b"x, chunked", b"chunked;a=b", b", chunked", b"chunked,",
        b'"chunked"', b"gzip\r\nTransfer-Encoding: chunked", b"chunked\r\nTransfer-Encoding: gzip",
    ],
)  # fmt: skip
def test_transfer_coding_in_addition_to_chunked_is_refused(place: Place, coding: bytes) -> None:
    replies = talk(
        place, create(place, "coded", b"Transfer-Encoding: " + coding) + CHUNKED + SMUGGLED
    )
    assert replies.startswith(b"HTTP/1.1 400 "), replies
    assert count(replies) == 1


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"   chunked  "])
def test_chunked_is_accepted_in_every_spelling(place: Place, coding: bytes) -> None:
    lines = (b"Transfer-Encoding:" + coding, b"Connection: close")
    replies = talk(place, create(place, "spelled", *lines) + b"2\r\n{}\r\n0\r\n\r\n")
    assert replies.startswith(b"HTTP/1.1 422 ")


def test_http_1_0_chunks_are_refused(place: Place) -> None:
    raw = create(place, "old", b"Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert talk(place, raw + CHUNKED).startswith(b"HTTP/1.1 400 ")


FEWEST_OF_RESETTING = 1 if IS_POSTGRES else 150
"""Of 200 requests. Where the look-up of the token waits for a database elsewhere, most clients are
gone before the body is read, and then nothing is done."""


def test_request_of_a_resetting_client_is_logged_without_failure(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin()
    for n in range(200):
        with socket.create_connection(("127.0.0.1", place.port), timeout=15) as connection:
            raw = create(place, f"reset-{n}", b"Content-Length: " + SIZE) + BODY
            connection.sendall(raw if n % 2 else raw + raw.replace(b"reset", b"second"))
            reset = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            time.sleep(n % 10 / 2000)
    wait_until(lambda: len(place.every_ticket("number")) >= FEWEST_OF_RESETTING)
    assert place.end() == 0
    created = place.value("SELECT count(*) FROM ticket")
    assert place.log.count("POST /api/create_ticket 200") >= created
    assert "Traceback" not in place.log


EITHER = ([b"200", b"200"], [b"200"], [b"400"])
"""Both requests are answered, or the connection ends with the first one, or the parser gives up."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    """A server that soon closes a connection on which nothing comes."""
    found = PeculiarPlace(tmp_path_factory.mktemp("hasty"))
    found.begin(idle_seconds=1)
    yield found
    assert found.end() == 0


@pytest.mark.faults
@pytest.mark.parametrize(
    "trailer",
    [
        b"Authorization: Bearer 1|x", b"Idempotency-Key: trailer-2", b"Content-Type: text/plain",
        b"Content-Encoding: gzip", b"Host: other", b"Expect: 100-continue", b"X-Forwarded-For: 1.1.1.1",
        b"Content-Length: 1", b"Connection: close",
    ],
)  # fmt: skip
def test_bytes_after_a_body_are_not_read_as_a_header(hasty: PeculiarPlace, trailer: bytes) -> None:
    key = f"trailer {trailer.decode()}"
    chunks = b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(BODY), BODY, trailer)
    raw = create(hasty, key, b"Transfer-Encoding: chunked") + chunks
    replies = talk(hasty, raw + SMUGGLED)
    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", replies) in EITHER


def test_token_after_a_body_is_ignored(place: Place) -> None:
    head = create(place, "late token", b"Transfer-Encoding: chunked")
    token = re.search(rb"Authorization: .*\r\n", head)
    assert token is not None
    behind = CHUNKED[:-2] + token[0] + b"\r\n"
    replies = talk(place, head.replace(token[0], b"Connection: close\r\n") + behind)
    assert replies.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"BREW /api/create_ticket HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: a\0b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a client of TLS
        b"EHLO desk.example\r\n",
    ],
)
def test_bytes_that_are_no_request_get_an_error_of_the_contract(place: Place, raw: bytes) -> None:
    reply = talk(place, raw)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(body)["code"] == "bad_request", body
    assert b"X-Request-Id: " in head
