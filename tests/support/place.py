"""A bundled server of a test's own: the database, the commands and the requests of a user."""

import http.client
import json
import os
import signal
import subprocess
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support import databases, fork_server
from tests.support.waiting import wait_until
from tickiti_cli import paths

FOREIGN = ("LANG", "LC_", "PYTHON", "TICKITI_")
"""Beginnings of the machine's variables that no test depends on."""

SECONDS = 60
"""How long a busy machine may take to start or stop a server."""


class Place:
    """A database of its own, and the commands and requests a user would send to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "t.db"
        # First, because a cluster of PostgreSQL says in the environment where its password is.
        databases.location(self.database)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)
        } | {"LANG": "C.UTF-8", "TICKITI_CONFIG_DIR": str(folder / "config")}
        self.port = 0

    @property
    def location(self) -> str:
        """The database as --db takes it. A test may have set another path."""
        return str(databases.location(self.database))

    @property
    def log_file(self) -> Path:
        """The log of the server, which runs under its usual name."""
        if not databases.IS_POSTGRES:
            return self.folder / "server.log"
        return paths.servers_dir(self.environment) / "local.log"

    def tickiti(
        self, *words: str, check: bool = True, stdin: str = "", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        folder = cwd or Path.cwd()
        command = fork_server.Command(words, stdin.encode(), self.environment, folder)
        code, stdout, stderr = fork_server.run(command, SECONDS)
        done = subprocess.CompletedProcess(words, code, stdout.decode(), stderr.decode())
        if check:
            done.check_returncode()
        return done

    def start(self, *flags: str) -> None:
        databases.prepared_with_queues(self.database)
        self._start(*flags)

    def start_for_tests(self, *flags: str) -> None:
        """Start in test mode, on a database that this creates."""
        self._start("--test", *flags)

    def _start(self, *flags: str) -> None:
        where = ("--db", self.location, "--port", "0")
        url = self.tickiti("server", "start", "--detach", *where, *flags).stdout.strip()
        self.port = int(url.rpartition(":")[2])

    def stop(self) -> None:
        self.tickiti("server", "stop", "--db", self.location)

    def kill(self) -> None:
        status = json.loads(
            self.tickiti("server", "status", "--db", self.location, "--json").stdout
        )
        os.kill(status["pid"], signal.SIGKILL)
        wait_until(lambda: not holds_files(status["pid"]))  # or the next start finds its lock

    @property
    def token(self) -> str:
        credentials = tomllib.loads((self.folder / "config" / "credentials.toml").read_text())
        token: str = credentials["local"]["token"]
        return token

    def post(
        self, path: str, body: Any, key: str | None = None, *, token: str | None = None, **more: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request; `more` are headers, `_` for `-`."""
        raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        headers |= {"Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, raw, headers)
            reply = connection.getresponse()
            return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """The same of a request without a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[Any]:
        return databases.rows(self.database, sql, values)

    def value(self, sql: str, values: Mapping[str, object] | None = None) -> Any:
        return databases.value(self.database, sql, values)

    def execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        databases.execute(self.database, sql, values)

    def every_ticket(self, order: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        body: dict[str, Any] = {"order": order, "limit": 300}
        while True:
            data = json.loads(self.post("/api/tickiti_api_index", body)[2])["data"]
            rows += data["tickets"]
            if data["next_cursor"] is None:
                return rows
            body["cursor"] = data["next_cursor"]


def ticket(subject: str) -> dict[str, Any]:
    return {
        "originator_email_address": "marcus@trailblazers-club.example",
        "data": {"subject": subject, "content": "At mile 14."},
    }


def mail(subject: str) -> dict[str, Any]:
    return {"to_address": "a@b.example", "subject": subject, "content": "A new pair."}


def holds_files(pid: int) -> bool:
    """Whether a process has files open: until all of its threads have ended."""
    states = []
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            states.append(thread.read_text().rpartition(")")[2].split()[0])
    return any(state not in "ZX" for state in states)
