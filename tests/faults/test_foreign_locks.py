"""Another program locks the database: a request is answered late or with a 503, and keeps its
promises."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tickiti_server
from tests.support.faults.processes import ServerProcess
from tests.support.place import ticket

CREATE = "/api/create_ticket"

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(database: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process has the write lock, as long as its standard input is open."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


def test_short_foreign_lock_delays_requests(tmp_path: Path) -> None:
    place = ServerProcess(tmp_path)
    place.begin()
    with held(place.database) as holder:
        assert holder.stdin is not None
        threading.Timer(1, holder.stdin.close).start()
        assert place.post(CREATE, ticket("late"), "late")[0] == 200
    assert place.end() == 0


def test_lasting_foreign_lock_is_a_503_without_effect(tmp_path: Path) -> None:
    place = ServerProcess(tmp_path)
    place.begin()
    before = place.post(CREATE, ticket("before"), "before")
    with held(place.database):
        status, headers, body = place.post(CREATE, ticket("during"), "during")
        assert (status, headers["retry-after"]) == (503, "1")
        told = json.loads(body)
        assert (told["code"], told["retryable"]) == ("overloaded", True)
        assert told["message"] == "Another program holds the database; nothing was changed."
        assert place.post(CREATE, ticket("before"), "before")[2] == before[2]
    status, headers, _ = place.post(CREATE, ticket("during"), "during")
    assert (status, "idempotency-replayed" in headers) == (200, False)
    assert [row["subject"] for row in place.every_ticket("number")] == ["before", "during"]
    assert place.end() == 0


def test_every_write_transaction_begins_with_the_lock() -> None:
    """A transaction that only later turns to writing fails at once where another one writes,
    whatever busy_timeout says."""
    root = Path(tickiti_server.__file__).parent
    sources = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.py")}
    begins = {
        (name, match)
        for name, text in sources.items()
        if not name.startswith("store/postgres/")  # where rows are locked one by one
        for match in re.findall(r'"(BEGIN(?! \w+\b.*RAISE)[^;"\\]*)', text)
    }
    assert {name for name, statement in begins if statement != "BEGIN IMMEDIATE"} == {
        "store/sqlite/read_limits.py",  # readers alone
        "store/sqlite/files/backup.py",
        "store/sqlite/moving/source.py",
    }
    for name, text in sources.items():
        for call in re.findall(r"sqlite3\.connect\((.*?)\)\s*(?:as|\n)", text, re.DOTALL):
            assert "isolation_level=None" in call, f"{name}: the driver would begin by itself"
