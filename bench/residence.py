"""P11: what a server of a million tickets holds in memory, and how long it takes to be ready."""

import http.client
import os
import random
import shutil
import signal
import statistics
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from urllib.parse import urlsplit

from bench import million
from bench.figure import Figure
from bench.pace import paced
from bench.processes import TICKITI
from bench.searching import INDEX, alone, post, serving
from bench.servers import Server, free_port
from tickiti_server.store.sqlite.connection import FIRST_NUMBER

TICKETS = paced(million.MILLION, 100_000)
SECONDS = int(os.environ.get("TICKITI_BENCH_SECONDS") or paced(600, 30))
"""Of the mixed load; TICKITI_BENCH_SECONDS=3600 is the hour of the bar."""

STARTS = paced(7, 3)
MOST_MIB = 80.0
MOST_TIMES = 1.2
CREATIONS_A_SECOND, SEARCHES_A_SECOND, VIEWS_A_SECOND = 50, 5, 20

CREATE, VIEW = "/api/create_ticket", "/api/v1/tickets/show"
SEARCHES = list(alone())
Sending = Callable[[http.client.HTTPConnection, Server, random.Random], None]

TICKET = {
    "originator_email_address": "customer11@example.com",
    "data": {"subject": "A parcel is late", "content": "Where is it? " * 20},
}


def measure(scratch: Path) -> list[Figure]:
    """The database is a copy, because a load adds tickets and a kill leaves a log."""
    path = scratch / "many.db"
    shutil.copy(million.database_of(TICKETS), path)
    resident = measure_memory(path, scratch)
    empty = scratch / "empty.db"
    return [resident, *measure_starts(path, empty, scratch)]


def measure_memory(path: Path, scratch: Path) -> Figure:
    with serving(path, scratch, "memory") as server, mixed_load(server):
        most = max(samples(server.pid, SECONDS))
    return Figure(
        bar_name="P11",
        what=f"resident memory at {TICKETS:,} tickets, the most in {SECONDS} s of mixed load",
        measured=f"{most:.0f} MiB",
        reference=f"{MOST_MIB:.0f} MiB",
        ratio=most / MOST_MIB,
        bar=1.0,
        better="lower",
        command=f"{CREATIONS_A_SECOND} tickets, {SEARCHES_A_SECOND} searches of every mode and"
        f" {VIEWS_A_SECOND} views a second; VmRSS each second",
    )


def samples(pid: int, seconds: float) -> Iterator[float]:
    """MiB resident, once a second."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(1)
        status = Path(f"/proc/{pid}/status").read_text()
        yield int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def mixed_load(server: Server) -> Iterator[None]:
    ended = threading.Event()
    kinds = [(_create, CREATIONS_A_SECOND), (_search, SEARCHES_A_SECOND), (_view, VIEWS_A_SECOND)]
    threads = [
        threading.Thread(target=_repeat, args=(server, kind, rate, ended)) for kind, rate in kinds
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _repeat(server: Server, send: Sending, rate: int, ended: threading.Event) -> None:
    client = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
    chance = random.Random(rate)
    while not ended.wait(1 / rate):
        send(client, server, chance)
    client.close()


def _create(client: http.client.HTTPConnection, server: Server, _: random.Random) -> None:
    post(client, server, CREATE, TICKET)


def _search(client: http.client.HTTPConnection, server: Server, chance: random.Random) -> None:
    post(client, server, INDEX, chance.choice(SEARCHES).body)


def _view(client: http.client.HTTPConnection, server: Server, chance: random.Random) -> None:
    post(client, server, VIEW, {"ticket_number": FIRST_NUMBER + chance.randrange(TICKETS)})


def measure_starts(many: Path, empty: Path, scratch: Path) -> list[Figure]:
    """Both databases in turns, so that a busy minute hits both. The first round is not counted: it
    creates the empty one."""
    return [
        _compared(many, empty, scratch, ending, what)
        for ending, what in (
            (signal.SIGTERM, "after a clean stop"),
            (signal.SIGKILL, "after a kill"),
        )
    ]


def _compared(many: Path, empty: Path, scratch: Path, ending: int, what: str) -> Figure:
    times: dict[Path, list[float]] = {many: [], empty: []}
    for _ in range(STARTS + 1):
        for path, found in times.items():
            found.append(_seconds_to_ready(path, scratch / f"config-{path.stem}", ending))
    ours, reference = (1000 * statistics.median(found[1:]) for found in times.values())
    return Figure(
        bar_name="P11",
        what=f"start to readyz {what}, {TICKETS:,} tickets against none",
        measured=f"{ours:.0f} ms",
        reference=f"{reference:.0f} ms",
        ratio=ours / reference,
        bar=MOST_TIMES,
        better="lower",
        command=f"tickiti server start, {STARTS} alternating rounds",
    )


def _seconds_to_ready(path: Path, config: Path, ending: int) -> float:
    """Start a server, wait until it is ready, create a ticket, and end it by this signal."""
    port = free_port()
    argv = [TICKITI, "server", "start", "--port", str(port), "--db", str(path)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKITI_")}
    environment["TICKITI_CONFIG_DIR"] = str(config)
    began = time.perf_counter()
    process = subprocess.Popen(argv, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        while not is_ready(port):
            if process.poll() is not None:
                raise RuntimeError(f"the server of {path} ended with {process.returncode}")
            time.sleep(0.002)
        took = time.perf_counter() - began
        credentials = tomllib.loads((config / "credentials.toml").read_text())
        server = Server(f"http://127.0.0.1:{port}", credentials["local"]["token"], process.pid)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        post(client, server, CREATE, TICKET)
        client.close()
    finally:
        process.send_signal(ending)
        process.wait(timeout=60)
    return took


def is_ready(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/_tickiti/readyz")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()
