"""Every line of the server's log has a time, a level and a message, and no secret."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.place import Place, ticket
from tickiti_cli.contract.files import lockfile
from tickiti_server.logs import recent

CREATE, SHOW, INDEX = "/api/create_ticket", "/api/v1/tickets/show", "/api/tickiti_api_index"
TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z (info|warning|error|critical) .+")


@dataclass(frozen=True, slots=True)
class Lived:
    """A server's log from start to stop, and the id of each request's reply."""

    place: Place
    lines: list[str]
    ids: dict[str, str]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return lived(Place(tmp_path_factory.mktemp("text")))


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return lived(Place(tmp_path_factory.mktemp("json")), "--log-format", "json")


def lived(place: Place, *flags: str) -> Lived:
    place.start(*flags)
    ids: dict[str, str] = {}

    def ask(name: str, *request: Any, **more: Any) -> None:
        ids[name] = place.post(*request, **more)[1]["x-request-id"]

    ask("created", CREATE, ticket("A subject that is nobody's business"), key="order:SP-2412")
    ask("refused", CREATE, {"secret": "body"}, key="k")
    ask("stranger", INDEX, {}, token="1|tkt_ofastranger")
    ask("token", "/api/14%7CwfxNV4zX%0Anext", {})
    ask("foreign", "/%C3%BC%E2%80%A8", {})
    # Later than the last year that can be written: a bug of this kind is a reply of 500.
    place.execute("UPDATE ticket SET created_at = :at", {"at": 2**62})
    ask("failed", SHOW, {"ticket_number": 220009})
    place.stop()
    return Lived(place, place.log_file.read_text("ascii").splitlines(), ids)


def test_json_log_lines_are_objects_with_the_request_id(as_json: Lived) -> None:
    records, ids = [json.loads(line) for line in as_json.lines], as_json.ids
    for record in records:
        assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}\+00:00", record["time"])
        assert record["level"] in ("info", "error")
        assert record["message"]
    answered = {
        record["request_id"]: record for record in records if record["logger"] == "tickiti.requests"
    }
    assert set(answered) == set(ids.values())
    created, token = answered[ids["created"]], answered[ids["token"]]
    milliseconds = created["milliseconds"]
    assert {name: created[name] for name in created if name != "time"} == {
        "level": "info", "logger": "tickiti.requests",
        "message": f"POST {CREATE} 200 {milliseconds}ms", "method": "POST", "path": CREATE,
        "status": 200, "milliseconds": milliseconds, "token_id": 1, "code": None,
        "key_hint": "order:SP", "request_id": ids["created"],
    }  # fmt: skip
    assert (token["path"], token["code"]) == ("/api/[token]\nnext", "not_found")
    assert answered[ids["refused"]]["code"] == "validation_failed"
    rest = [record for record in records if record["logger"] != "tickiti.requests"]
    assert [record["message"] for record in rest] == [
        f"Listening on http://127.0.0.1:{as_json.place.port}",
        f"request={ids['failed']} failed",
        "Stopping after open requests are finished",
        "Stopped",
    ]


def test_traceback_is_logged_once_with_its_request_id(text: Lived, as_json: Lived) -> None:
    traced = [record for record in map(json.loads, as_json.lines) if "traceback" in record]
    assert [(record["request_id"], record["level"]) for record in traced] == [
        (as_json.ids["failed"], "error")
    ]
    assert traced[0]["traceback"].startswith("Traceback (most recent call last):\n")
    assert [line.partition(" ")[2] for line in text.lines if line.endswith(" failed")] == [
        f"error request={text.ids['failed']} failed"
    ]
    assert text.lines.count("Traceback (most recent call last):") == 1


def test_text_log_lines_begin_with_a_time(text: Lived) -> None:
    lines = text.lines
    begin = lines.index("Traceback (most recent call last):")
    end = next(at for at in range(begin, len(lines)) if TEXT.fullmatch(lines[at]))
    assert all(TEXT.fullmatch(line) for line in [*lines[:begin], *lines[end:]])


@pytest.mark.parametrize("log_format", ["text", "as_json"])
def test_log_lines_have_no_secret(request: pytest.FixtureRequest, log_format: str) -> None:
    log: Lived = request.getfixturevalue(log_format)
    own = log.place.token.partition("|")[2]
    secrets = ("nobody's business", "tkt_", "wfxNV4zX", "2412", own)
    assert [secret for secret in secrets if secret in "\n".join(log.lines)] == []


def test_log_line_of_a_long_path_is_bounded(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=30)
    connection.request("GET", "/" + "x" * 50_000)
    assert connection.getresponse().status == 404
    connection.close()
    place.stop()
    log = place.log_file.read_text()
    assert max(len(line) for line in log.splitlines()) < recent.MOST_PATH + 200


FAILURES = """
import gc, threading, warnings
from tickiti_server.logs import setup
setup.start_logging("json")
warnings.warn("mind the gap")
def fail(): raise ValueError("in a thread 14|secret")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Odd:
    def __del__(self): raise ValueError("at the end")
odd = Odd()
del odd
gc.collect()
raise ValueError("at the edge\u00fc")
"""


def test_uncaught_error_is_a_log_line() -> None:
    done = subprocess.run([sys.executable, "-c", FAILURES], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    records = [json.loads(line) for line in done.stderr.decode("ascii").splitlines()]
    assert [
        (record["level"], re.sub(" at 0x[0-9a-f]+", "", record["message"])) for record in records
    ] == [
        ("warning", "<string>:5: UserWarning: mind the gap"),
        ("error", "A thread of the server has failed"),
        ("error", "An error went unnoticed: <function Odd.__del__>"),
        ("critical", "The server fails: ValueError: at the edge\u00fc"),
    ]
    last_lines = [record["traceback"].splitlines()[-1] for record in records[1:]]
    assert last_lines == [
        "ValueError: in a thread [token]", "ValueError: at the end", "ValueError: at the edge\u00fc"
    ]  # fmt: skip


def test_failed_start_logs_its_reason_last(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    lock = lockfile.acquire(lockfile.path_for(database))
    sentence = f"the database is in use: held by process {os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        argv = ["serve", "--db", str(database), "--socket-fd", str(listener.fileno())]
        said = []
        for flags in ([], ["--log-format", "json"]):
            done = subprocess.run(
                [sys.executable, "-m", "tickiti_server", *argv, *flags],
                capture_output=True, text=True, check=False, pass_fds=[listener.fileno()],
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (14, "")
            said.append(done.stderr)
    os.close(lock)
    assert said[0] == f"tickiti: {sentence}\n"
    record = json.loads(said[1])
    assert (record["level"], record["message"]) == ("critical", sentence)
