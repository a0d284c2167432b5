"""P9: an export of responses to a file while tickets arrive, against a script that reads the rows
from the database itself; and what memory it takes, of few rows and of many."""

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench import million
from bench.figure import Figure
from bench.pace import paced
from bench.processes import TICKITI
from bench.searching import serving
from bench.servers import Server
from bench.writing import BODY

FEW = 5_000
MANY = paced(million.MILLION, 100_000)
"""Tickets; each has two responses."""

ROUNDS = paced(3, 2)
ARRIVALS = 100
"""Tickets a second that arrive meanwhile."""

RATE = 40_000
"""Responses a second."""

MOST_GROWTH = 1.25
"""How much more memory many rows may take than few. A page is no larger, but allocators differ."""

REFERENCE = """
import json, sqlite3, sys
from datetime import UTC, datetime

def moment(microseconds):
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).isoformat()

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
connection.row_factory = sqlite3.Row
rows = connection.execute('''
    SELECT r.id, t.number AS ticket_number, r.created_at, r.updated_at,
           p.email AS created_by_email, r.staff_response, r.is_internal, r.is_pinned, r.text,
           r.html, length(r.html) AS body_chars, r.is_audit_only, r.audit
      FROM response r JOIN ticket t ON t.id = r.ticket_id JOIN person p ON p.id = r.author_id
     WHERE r.deleted_at IS NULL AND t.deleted_at IS NULL ORDER BY r.created_at, r.id''')
with open(sys.argv[2], "w") as file:
    for row in rows:
        file.write(json.dumps({
            "id": str(row["id"]), "response_id": str(row["id"]),
            "ticket_number": row["ticket_number"],
            "created_at": moment(row["created_at"]), "updated_at": moment(row["updated_at"]),
            "created_by_email": row["created_by_email"],
            "staff_response": bool(row["staff_response"]), "is_internal": bool(row["is_internal"]),
            "is_pinned": bool(row["is_pinned"]), "is_email_sourced": False,
            "plain_text": row["text"], "html": row["html"], "attachments": [],
            "body_chars": row["body_chars"], "is_audit_only": bool(row["is_audit_only"]),
            "audit": json.loads(row["audit"] or "[]"),
        }, ensure_ascii=False) + "\\n")
"""

MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Export(NamedTuple):
    """The rows of one export, its seconds, and the largest memory of both processes in KiB."""

    rows: int
    seconds: float
    command: int
    server: int

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def measure(scratch: Path) -> list[Figure]:
    script = scratch / "reference.py"
    script.write_text(REFERENCE)
    small, large = _copied(FEW, scratch), _copied(MANY, scratch)
    few: list[Export] = []
    many: list[Export] = []
    rates: list[float] = []
    for _ in range(ROUNDS):
        few.append(export(small, scratch))
        many.append(export(large, scratch))
        rates.append(reference_rate(script, large, scratch))
    rate, reference = statistics.median(found.rate for found in many), statistics.median(rates)
    return [
        _speed(rate, f"{RATE:,} responses/s", rate / RATE, 1.0),
        _speed(rate, f"{reference:,.0f} rows/s with sqlite3 and json.dumps", rate / reference, 0.5),
        _memory("command", [found.command for found in few], [found.command for found in many]),
        _memory("server", [found.server for found in few], [found.server for found in many]),
    ]


def _copied(count: int, scratch: Path) -> Path:
    """A copy of the database with so many tickets, because tickets arrive in it."""
    return Path(shutil.copyfile(million.database_of(count), scratch / f"{count}.db"))


def _speed(rate: float, reference: str, ratio: float, bar: float) -> Figure:
    return Figure(
        bar_name="P9",
        what=f"`response export` of {2 * MANY:,} responses while {ARRIVALS} tickets/s arrive",
        measured=f"{rate:,.0f} responses/s",
        reference=reference,
        ratio=ratio,
        bar=bar,
        better="higher",
        command=f"tickiti response export --out FILE.ndjson, {ROUNDS} alternating rounds",
    )


def _memory(process: str, few: list[int], many: list[int]) -> Figure:
    small, large = statistics.median(few), statistics.median(many)
    return Figure(
        bar_name="P9",
        what=f"largest resident memory of the {process}: {2 * MANY:,} responses against"
        f" {2 * FEW:,}",
        measured=f"{large / 1024:.0f} MiB",
        reference=f"{small / 1024:.0f} MiB",
        ratio=large / small,
        bar=MOST_GROWTH,
        better="lower",
        command="VmHWM of the server, ru_maxrss of the command",
    )


def export(database: Path, scratch: Path) -> Export:
    """One export by a server that has just started."""
    out = scratch / "out.ndjson"
    argv = [TICKITI, "response", "export", "--out", str(out), "-q"]
    with serving(database, scratch, database.stem) as server, arriving(server):
        environ = os.environ | {"TICKITI_CONFIG_DIR": str(scratch / f"config-{database.stem}")}
        _forget_peak(server.pid)
        began = time.monotonic()
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, *argv], env=environ, check=True, capture_output=True
        )
        seconds = time.monotonic() - began
        return Export(_count_lines(out), seconds, int(ran.stdout), _peak(server.pid))


def reference_rate(script: Path, database: Path, scratch: Path) -> float:
    out = scratch / "reference.ndjson"
    began = time.monotonic()
    subprocess.run([sys.executable, str(script), str(database), str(out)], check=True)
    seconds = time.monotonic() - began
    return _count_lines(out) / seconds


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


@contextmanager
def arriving(server: Server) -> Iterator[None]:
    """Create ARRIVALS tickets a second until the end."""
    is_over = threading.Event()

    def create() -> None:
        client = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
        due = time.monotonic()
        while not is_over.is_set():
            _create_ticket(client, server)
            due += 1 / ARRIVALS
            time.sleep(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=create)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _create_ticket(client: http.client.HTTPConnection, server: Server) -> None:
    headers = {
        "Authorization": f"Bearer {server.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": os.urandom(8).hex(),
    }
    client.request("POST", "/api/create_ticket", json.dumps(BODY), headers)
    answer = client.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"a ticket was answered with {answer.status}: {content.decode()}")


def _forget_peak(pid: int) -> None:
    """Let the largest memory of a process be counted from here on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> int:
    """The largest resident memory of a process in KiB."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])
