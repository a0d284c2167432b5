"""A token's secret is in its owner's credentials alone: not in output, logs, the database, the
journal, or the arguments of a process."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.place import Place, ticket

CREATE, SHOW, INDEX = "/api/create_ticket", "/api/v1/tickets/show", "/api/tickiti_api_index"
DRY = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
COMMANDS = (
    ("auth", "status"), ("profile", "show"), ("config", "list"), ("config", "path"),
    ("token", "list"), ("token", "view", "self"), ("token", "audit"),
    ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y"),
    (*DRY, "--dry-run"), (*DRY, "--print-curl"),
    ("ticket", "view", "220009"), ("ticket", "view", "5"), ("api", "create_ticket"),
    ("op", "list"), ("server", "requests"),
)  # fmt: skip


def arguments() -> Iterator[bytes]:
    """Of every process that there is at this moment."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield process.read_bytes()


@contextmanager
def watched(secret: bytes) -> Iterator[list[bytes]]:
    """Arguments with the secret in them, of any process that is met meanwhile."""
    found: list[bytes] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            found.extend(line for line in arguments() if secret in line)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def misuse(place: Place, token: str) -> None:
    """A token where none belongs, and a failure of the server's own."""
    place.post(f"/api/{token.replace('|', '%7C')}", {})
    place.post(f"{INDEX}?token={token.replace('|', '%7C')}", {})
    place.post(INDEX, {}, token=f"{token}x")
    place.post(CREATE, ticket("key"), token)
    place.post(CREATE, "{", "k", X_Token=token)
    place.post(f"/_tickiti/tokens/{token.replace('|', '%7C')}", "[]")
    place.execute("UPDATE ticket SET created_at = :at", {"at": 2**62})
    assert place.post(SHOW, {"ticket_number": 220009})[0] == 500
    place.execute("UPDATE ticket SET created_at = 0")


@pytest.mark.faults
def test_secret_is_in_the_credentials_alone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.environment["PYTHONUTF8"] = "1"  # whole processes: a fork has no command line of its own
    place.start("--log-format", "json")
    token = place.token
    secret = token.partition("|")[2].encode()
    printed = []
    with watched(secret) as met:
        misuse(place, token)
        for words in COMMANDS:
            done = place.tickiti(*words, "--debug", "-v", check=False)
            printed.append(f"{words}: {done.stdout}{done.stderr}")
        status = place.tickiti("server", "status", "--db", str(place.database), "--json").stdout
        environment = Path(f"/proc/{json.loads(status)['pid']}/environ").read_bytes()
        printed.append(place.tickiti("server", "logs", "--db", str(place.database)).stdout)
        place.stop()
        unsent = place.tickiti(*DRY, "--retries", "0", "--debug", check=False)
        printed.append(unsent.stdout + unsent.stderr)
    assert met == []
    assert secret not in environment
    assert [text for text in printed if secret.decode() in text] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"server.log", "t.db", "credentials.toml"} <= {path.name for path in files}
    assert any("journal" in str(path) for path in files), files
    assert [path.name for path in files if secret in path.read_bytes()] == ["credentials.toml"]
