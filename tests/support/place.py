"""A bundled server of a test's own: the database, the commands and the requests of a user."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any


class Place:
    """A database of its own, and the commands and requests a user would send to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "t.db"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TICKITI_")
        } | {"TICKITI_CONFIG_DIR": str(folder / "config")}
        self.port = 0

    def tickiti(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tickiti_cli", *words],
            env=self.environment, capture_output=True, text=True, timeout=60, check=check,
        )  # fmt: skip

    def start(self, *flags: str) -> None:
        where = ("--db", str(self.database), "--port", "0")
        url = self.tickiti("server", "start", "--demo", "--detach", *where, *flags).stdout.strip()
        self.port = int(url.rpartition(":")[2])

    def stop(self) -> None:
        self.tickiti("server", "stop", "--db", str(self.database))

    def kill(self) -> None:
        status = json.loads(
            self.tickiti("server", "status", "--db", str(self.database), "--json").stdout
        )
        os.kill(status["pid"], signal.SIGKILL)

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
