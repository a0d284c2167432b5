"""Servers on one database of PostgreSQL, as a user starts them and programs ask them."""

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from tests.support.cli import Cli, Ran
from tickiti_cli.contract.files.database_location import direct


class Nodes(NamedTuple):
    """A command line, the URL of its database, and the file of the password."""

    run: Cli
    url: str
    passfile: Path

    def tickiti(self, *words: str) -> Ran:
        return self.run(*words, PGPASSFILE=str(self.passfile))

    def start(self, *flags: str, **environ: str) -> str:
        """Start a server in the background and return its URL."""
        words = ("server", "start", "--db", self.url, "--port", "0", "--detach", *flags)
        ran = self.run(*words, PGPASSFILE=str(self.passfile), **environ)
        assert ran.code == 0, ran.stderr
        return ran.stdout.strip()

    def status(self, *flags: str) -> Any:
        return json.loads(self.tickiti("server", "status", "--json", *flags).stdout)

    def token(self, name: str = "local") -> str:
        text = (self.run.config / "credentials.toml").read_text()
        token: str = tomllib.loads(text)[name]["token"]
        return token

    def create(self, base_url: str, token: str, key: str, *, size: int = 11) -> tuple[int, Any]:
        """Create a ticket by one request, as a program does; `size` is that of its text."""
        body = {
            "originator_email_address": "marcus@trailblazers-club.example",
            "data": {"subject": "A shoe", "content": "At mile 14. ".ljust(size, "x")[:size]},
        }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        reply = httpx.post(f"{base_url}/api/create_ticket", json=body, headers=headers, timeout=30)
        return reply.status_code, reply.json()

    def post(self, base_url: str, path: str, body: Any, token: str) -> None:
        """Send one request with a key of its own, which succeeds."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        reply = httpx.post(f"{base_url}{path}", json=body, headers=headers, timeout=30)
        assert reply.status_code == 200, reply.text

    def connection(self) -> Any:
        """A connection of another program, which commits each statement."""
        import psycopg  # late, because tests on SQLite need no psycopg

        return psycopg.connect(
            direct(self.url), passfile=str(self.passfile), autocommit=True, connect_timeout=20
        )

    def numbers(self) -> list[int]:
        with self.connection() as connection:
            return [n for (n,) in connection.execute("SELECT number FROM ticket ORDER BY number")]

    def value(self, sql: str) -> Any:
        with self.connection() as connection:
            return connection.execute(sql).fetchone()[0]

    def execute(self, sql: str) -> None:
        with self.connection() as connection:
            connection.execute(sql)
