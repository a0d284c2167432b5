"""The servers under test, started as a user starts them and always stopped again."""

import http.client
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
READY_WITHIN = 30.0
INDEXED_WITHIN = 3600.0


@dataclass(frozen=True, slots=True)
class Server:
    base_url: str
    token: str
    pid: int = 0


@contextmanager
def bundled(scratch: Path, *flags: str) -> Iterator[Server]:
    """`tickiti server start` with its defaults: FULL durability, all checks, logging on; and with
    these flags."""
    port_file, config = scratch / "port", scratch / "config"
    argv = [str(Path(sys.executable).with_name("tickiti")), "server", "start", "--port", "0"]
    argv += ["--port-file", str(port_file), "--db", str(scratch / "tickiti.db"), *flags]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKITI_")}
    environment["TICKITI_CONFIG_DIR"] = str(config)
    with running(argv, scratch / "tickiti.log", environment) as process:
        wait_until(process, port_file.exists)
        credentials = tomllib.loads((config / "credentials.toml").read_text())
        yield Server(
            f"http://127.0.0.1:{port_file.read_text().strip()}", credentials["local"]["token"]
        )


@contextmanager
def unindexed(scratch: Path) -> Iterator[Server]:
    """The same server, without the task that indexes texts."""
    folder = scratch / "unindexed"
    folder.mkdir()
    port_file, token_file = folder / "port", folder / "token"
    argv = [sys.executable, "-m", "bench.unindexed", str(folder / "tickiti.db")]
    argv += [str(port_file), str(token_file)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKITI_")}
    environment["TICKITI_CONFIG_DIR"] = str(folder / "config")
    with running(argv, folder / "log", environment) as process:
        wait_until(process, port_file.exists)
        address = f"http://127.0.0.1:{port_file.read_text().strip()}"
        yield Server(address, token_file.read_text(), process.pid)


@contextmanager
def yardstick(scratch: Path) -> Iterator[Server]:
    """The bare starlette application of yardstick.py, in the same environment, on the same disk."""
    port = free_port()
    argv = [sys.executable, "-m", "uvicorn", "yardstick:app", "--app-dir", str(HERE)]
    argv += ["--port", str(port), "--no-access-log", "--log-level", "error"]
    environment = os.environ | {"DB": str(scratch / "yardstick.db"), "SYNC": "FULL"}
    with running(argv, scratch / "yardstick.log", environment) as process:
        wait_until(process, lambda: answers(port))
        yield Server(f"http://127.0.0.1:{port}", "1|abc")


@contextmanager
def running(
    argv: list[str], log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=READY_WITHIN)


def wait_until(process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not is_ready():
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{process.args!r} was not ready within {READY_WITHIN} s")
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def await_index(server: Server) -> None:
    """Wait until the index of texts has followed all tickets: it takes processor time from others
    that are measured meanwhile."""
    deadline = time.monotonic() + INDEXED_WITHIN
    while time.monotonic() < deadline:
        client = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
        client.request("GET", "/_tickiti/readyz")
        if b"text_index_percent" not in client.getresponse().read():
            return
        time.sleep(1)
    raise TimeoutError(f"the texts were not indexed within {INDEXED_WITHIN:g} s")
