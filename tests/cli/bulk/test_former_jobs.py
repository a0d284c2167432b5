"""Jobs that version 0.1.0 left open continue: no line is sent twice, none is lost."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, ticket_created
from tests.support.jobs import files_of_jobs, row, write_ndjson

IMPORT = ("ticket", "import")
SECRET = "5a" * 32


def body_of(line: dict[str, str]) -> dict[str, Any]:
    return {
        "originator_email_address": line["from"],
        "data": {"subject": line["subject"], "content": line["body"]},
    }


def key_of(number: int) -> str:
    digest = hmac.new(bytes.fromhex(SECRET), str(number).encode(), sha256).hexdigest()
    return f"line-{digest[:40]}"


def result(number: int, line: dict[str, str], state: str, key: str = "") -> str:
    key = key or key_of(number)
    text = json.dumps([key, body_of(line)], sort_keys=True)
    digest = int.from_bytes(sha256(text.encode()).digest()[:8]) | 1
    found = {
        "line": number,
        "state": state,
        "id": number if state == "done" else None,
        "idempotency_key": key,
        "code": None,
        "message": None,
        "digest": digest,
    }
    return json.dumps(found) + "\n"


def leave(run: Cli, source: str, results: Sequence[str], *, days: int = 0) -> Path:
    """What version 0.1.0 kept of a job of `ticket import`; where its record lies."""
    identity = {"source": source, "endpoint": "create_ticket", "server": "far"}
    name = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    folder = run.config / "journal"
    folder.mkdir(mode=0o700, exist_ok=True)
    began = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    known = {"secret": SECRET, "started_at": began, "sends_to": "create_ticket", **identity}
    record = folder / f"{name}.job.json"
    record.write_text(json.dumps(known, indent=1) + "\n")
    (folder / f"{name}.lines.ndjson").write_text("".join(results))
    return record


def sent(foreign: Foreign) -> list[tuple[str, str | None]]:
    """Subjects and keys."""
    subjects = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    return [*zip(subjects, foreign.keys, strict=True)]


ROWS = [row(subject) for subject in "abXde"]
DONE = [
    result(number, line, "failed" if line["subject"] == "X" else "done")
    for number, line in enumerate(ROWS, start=1)
]


@pytest.mark.parametrize(
    ("after", "numbers"),
    [
        ("abcde", {"c": 3}),
        ("abde", {}),
        ("abXde", {"X": 3}),
        ("nabXde", {"X": 3}),
        ("abXdef", {"X": 3}),
        ("edcba", {}),
    ],
)
@pytest.mark.parametrize("is_piped", [False, True])
def test_job_of_0_1_0_continues_with_its_keys(
    remote: Cli,
    foreign: Foreign,
    tmp_path: Path,
    after: str,
    numbers: dict[str, int],
    *,
    is_piped: bool,
) -> None:
    foreign.answers(ticket_created(1))
    rows = [row(subject) for subject in after]
    path = Path(write_ndjson(tmp_path / "t.ndjson", rows))
    source = sha256(path.read_bytes()).hexdigest() if is_piped else str(path)
    leave(remote, source, DONE)
    command = (*IMPORT, "-", "--format", "ndjson") if is_piped else (*IMPORT, str(path))
    stdin = path.read_text() if is_piped else ""
    assert remote(*command, stdin=stdin) == Ran(0, f"{len(after)}\n", "")
    assert sorted(subject for subject, _ in sent(foreign)) == sorted({*after} - {*"abde"})
    for subject, key in sent(foreign):
        if subject in numbers:
            assert key == key_of(numbers[subject])
    assert files_of_jobs(remote) == []
    assert remote(*command, stdin=stdin).code == 8


def test_line_in_doubt_of_0_1_0_keeps_its_key(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", ROWS)
    leave(remote, path, [*DONE[:2], '{"line": 3, "sta'])
    assert remote(*IMPORT, path) == Ran(0, "5\n", "")
    assert sent(foreign) == [("X", key_of(3)), ("d", key_of(4)), ("e", key_of(5))]


def test_changed_line_of_a_0_1_0_job_is_a_conflict(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", [row(subject) for subject in "aBcde"])
    leave(remote, path, DONE)
    for _ in range(2):
        ran = remote(*IMPORT, path)
        assert ran.code == 12
        assert ran.stderr.startswith("line 2: it replaces a line that was already sent.\n")
    assert [subject for subject, _ in sent(foreign)] == ["c"]


def test_lines_in_doubt_of_0_1_0_belong_to_another_family(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """It noted no token."""
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", ROWS)
    leave(remote, path, [*DONE[:2], result(3, ROWS[2], "unknown"), *DONE[3:]])
    for _ in range(2):
        ran = remote(*IMPORT, path)
        assert (ran.code, ran.stdout) == (2, "")
        assert "used an unknown token" in ran.stderr
        assert foreign.asked == []
    assert remote(*IMPORT, path, "--other-token") == Ran(0, "5\n", "")
    assert sent(foreign) == [("X", key_of(3))]


def test_job_of_0_1_0_with_keys_from_columns_continues(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(422, "queue_not_found"))
    rows = [row(subject, Ref=subject) for subject in "ab"]
    path = write_ndjson(tmp_path / "t.ndjson", rows)
    command = (*IMPORT, path, "--key-from", "Ref")
    assert remote(*command).code == 12
    keys = [key for _, key in sent(foreign)]
    foreign.answers(ticket_created(1))
    leave(remote, path, [result(1, rows[0], "done", str(keys[0]))])
    assert remote(*command) == Ran(0, "2\n", "")
    assert sent(foreign)[2:] == [("b", keys[1])]
    leave(remote, path, DONE[:1])
    ran = remote(*command)
    assert (ran.code, ran.stdout) == (8, "")
    assert "without --key-from" in ran.stderr


def test_old_or_damaged_job_of_0_1_0_is_named(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", ROWS)
    record = leave(remote, path, DONE, days=31)
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("tickiti: This job was started at 20")
    assert f"then remove {record}." in ran.stderr
    record.write_text("{")
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"tickiti: {record} cannot be read: ")
    assert foreign.asked == []
