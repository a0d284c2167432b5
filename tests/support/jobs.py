"""Files of bulk jobs, and what their runs leave behind."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.cli import Cli, Served

HEADER = ("from", "subject", "body")


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def write_ndjson(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def row(subject: str, **more: str) -> dict[str, str]:
    return {"from": "a@b.example", "subject": subject, "body": "b", **more}


def report_of(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(rows, key=lambda result: int(result["line"]))


def files_of_jobs(run: Cli) -> list[Path]:
    """Of those that are not done."""
    folder = run.config / "journal"
    return [
        path for kind in ("job.json", "order", "lines.ndjson") for path in folder.glob(f"*.{kind}")
    ]


def subjects(run: Cli, part: str) -> list[str]:
    ran = run("ticket", "list", "--all", "--subject", part, "--fields", "subject")
    return sorted(ran.stdout.splitlines())


def use_the_profile_of(run: Cli, served: Served) -> None:
    """The profile of the real server, to look at what came of it."""
    for name in ("config.toml", "credentials.toml"):
        target = run.config / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text((served.config / name).read_text())
