"""A write is recorded before it is sent, and finished exactly once after every interruption."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran, Served, anonymous, fill
from tests.support.foreign import Answer, Foreign, failure, hang_up, reply, silence, ticket_created
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
ONCE = ("--retries", "0")


def entries(run: Cli, *flags: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("op", "list", "--all", "--json", *flags).stdout)
    return found


def states(run: Cli) -> list[str]:
    return [entry["state"] for entry in entries(run)]


def only_file(run: Cli) -> Path:
    (found,) = (run.config / "journal").iterdir()
    return found


def cut_short(remote: Cli, foreign: Foreign, *flags: str) -> str:
    """The id of a write whose reply was lost."""
    foreign.answers(hang_up)
    assert remote(*CREATE, *ONCE, *flags).code == 11
    return str(entries(remote, "--pending")[0]["id"])


def test_write_is_journalled_before_the_connection_opens(remote: Cli, foreign: Foreign) -> None:
    found: list[dict[str, Any]] = []

    def look(connection: Any) -> None:
        found.append(json.loads(only_file(remote).read_text()))
        connection.sendall(ticket_created())

    foreign.answers(look)
    assert remote(*CREATE, "--idempotency-key", "order-1").code == 0
    (noted,) = found
    (asked,) = foreign.asked
    assert (noted["state"], noted["key"], noted["profile"]) == ("pending", "order-1", "far")
    assert noted["body"].encode() == asked.body
    assert states(remote) == ["applied"]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_journal_entry_is_synced_before_its_request_is_sent(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """A power cut must not lose the key of a request that a server has carried out."""
    foreign.answers(ticket_created())
    calls = _traced(remote, CREATE, tmp_path / "trace")
    journal = re.escape(str(remote.config / "journal"))
    synced = _first(rf"fsync\(\d+<{journal}/", calls)
    renamed = _first(rf"rename\w*\(.*\"{journal}/[^\"]+\.json\"", calls)
    folder_synced = renamed + 1 + _first(rf"fsync\(\d+<{journal}>\)", calls[renamed + 1 :])
    sent = _first(r"(sendto|write|writev|sendmsg)\(\d+<[^>]*>, .*POST /api/", calls)
    assert synced < renamed < folder_synced < sent


def _traced(run: Cli, words: tuple[str, ...], trace: Path) -> list[str]:
    """The system calls of a command that concern files and connections, in their order."""
    calls = "trace=fsync,rename,renameat,renameat2,sendto,sendmsg,write,writev"
    subprocess.run(
        ["strace", "-f", "-y", "-s", "300", "-e", calls, "-o", str(trace), *run.command(words)],
        env=run.environ({}), cwd=run.folder, stdin=subprocess.DEVNULL, capture_output=True,
        check=True, timeout=60,
    )  # fmt: skip
    return trace.read_text(errors="replace").splitlines()


def _first(pattern: str, calls: list[str]) -> int:
    found = [index for index, call in enumerate(calls) if re.search(pattern, call)]
    assert found, f"no call is like {pattern}"
    return found[0]


def test_unwritable_journal_stops_the_write(remote: Cli, foreign: Foreign) -> None:
    (remote.config / "journal").write_text("in the way")
    ran = remote(*CREATE)
    assert (ran.code, ran.stdout, foreign.asked) == (3, "", [])
    assert ran.stderr.endswith(
        "Nothing was sent. Make its directory writable, name another one in TICKITI_CONFIG_DIR, or "
        "send without it: --no-journal\n"
    )
    foreign.answers(ticket_created())
    assert remote(*CREATE, "--no-journal") == Ran(0, "220009\n", "")


def test_journal_records_no_request_that_cannot_be_sent(run: Cli, remote: Cli) -> None:
    unencrypted = ("--base-url", "http://support.example")
    assert remote(*CREATE, *unencrypted, TICKITI_API_TOKEN="1|x").code == 2
    assert remote(*CREATE, "--dry-run").code == 0
    assert remote("ticket", "list", *ONCE).code != 0
    assert not (run.config / "journal").exists()


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [
        (ticket_created(), 0, "applied"),
        (failure(422, "queue_not_found"), 7, "not_applied"),
        (failure(409, "idempotency_key_conflict"), 8, "not_applied"),
        (failure(401, "unauthenticated"), 4, "not_applied"),
        (failure(429, "rate_limited"), 9, "pending"),
        (failure(503, "overloaded"), 10, "pending"),
        (hang_up, 11, "pending"),
    ],
)
def test_only_a_definite_answer_closes_an_operation(
    remote: Cli, foreign: Foreign, answer: Any, code: int, state: str
) -> None:
    foreign.answers(answer)
    ran = remote(*CREATE, *ONCE, "--json")
    assert (ran.code, states(remote)) == (code, [state])
    if code:
        operation = json.loads(ran.stderr)["error"].get("operation")
        assert operation == (entries(remote)[0]["id"] if state == "pending" else None)


def test_resume_sends_the_same_key_and_bytes(remote: Cli, foreign: Foreign) -> None:
    operation = cut_short(remote, foreign)
    foreign.answers(ticket_created())
    assert remote("op", "resume", operation) == Ran(0, f"{operation}\n", "")
    first, again = foreign.asked
    assert (again.body, again.headers["idempotency-key"]) == (
        first.body,
        first.headers["idempotency-key"],
    )
    (entry,) = entries(remote)
    assert (entry["state"], entry["result"]["ticket_number"]) == ("applied", 220009)
    assert remote("op", "resume", operation).code == 0
    assert len(foreign.asked) == 2


def test_refused_resume_closes_the_operation_with_the_reason(remote: Cli, foreign: Foreign) -> None:
    operation = cut_short(remote, foreign)
    foreign.answers(failure(422, "queue_not_found", "Queue 'Sales' not found."))
    told = "tickiti: Queue 'Sales' not found.\nSee: tickiti queue list\n"
    assert remote("op", "resume", operation) == Ran(7, "", told)
    assert [(e["state"], e["result"]) for e in entries(remote)] == [
        ("not_applied", "Queue 'Sales' not found.")
    ]


def test_resume_all_continues_after_a_failure(remote: Cli, foreign: Foreign) -> None:
    for subject in ("first", "second", "third"):
        cut_short(remote, foreign, "-s", subject)
    foreign.asked.clear()
    foreign.answers(ticket_created(1), failure(422, "queue_not_found", "No."), ticket_created(3))
    ran = remote("op", "resume", "--all-pending", "-o", "csv", "--fields", "state")
    assert (ran.code, ran.stdout) == (12, "state\r\napplied\r\napplied\r\n")
    assert anonymous(ran.stderr) == (
        "OPERATION: No.\ntickiti: 1 of 3 operations failed.\nSee: tickiti op list\n"
    )
    subjects = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert subjects == ["first", "second", "third"]
    assert remote("op", "resume", "--all-pending") == Ran(0, "", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_write_is_finished_by_resume(remote: Cli, foreign: Foreign, number: int) -> None:
    foreign.answers(silence)
    process = remote.start(*CREATE)
    wait_until(lambda: bool(foreign.asked), process)
    os.kill(process.pid, number)
    process.communicate(timeout=10)
    foreign.answers(ticket_created())
    ran = remote("op", "resume", "--all-pending", "--fields", "state")
    assert ran == Ran(0, "applied\n", "")
    assert len(set(foreign.keys)) == 1
    assert len({asked.body for asked in foreign.asked}) == 1


def test_repeated_write_is_a_new_operation_and_is_reported(remote: Cli, foreign: Foreign) -> None:
    operation = cut_short(remote, foreign)
    foreign.answers(ticket_created())
    ran = remote(*CREATE)
    assert (ran.code, ran.stdout) == (0, "220009\n")
    assert ran.stderr.endswith(
        f"sending a new one. To finish the pending one: tickiti op resume {operation}\n"
    )
    first, second = foreign.keys
    assert first != second


def test_operation_older_than_the_key_window_is_not_sent(remote: Cli, foreign: Foreign) -> None:
    operation = cut_short(remote, foreign)
    path = only_file(remote)
    entry = json.loads(path.read_text()) | {"first_sent_at": "2026-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(entry))
    ran = remote("op", "resume", operation, "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["code"], error["outcome"]) == (11, "outcome_unknown", "unknown")
    assert error["hint"].endswith(f"tickiti op forget {operation}")
    assert len(foreign.asked) == 1


def test_operation_is_resumed_only_at_its_own_server(remote: Cli, foreign: Foreign) -> None:
    direct = {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    foreign.answers(hang_up)
    assert remote(*CREATE, *ONCE, **direct).code == 11
    operation = entries(remote)[0]["id"]
    foreign.answers(ticket_created())
    ran = remote("op", "resume", operation)
    assert (ran.code, len(foreign.asked)) == (3, 1)
    assert f"belongs to {foreign.base_url}" in ran.stderr
    assert remote("op", "resume", operation, **direct).code == 0


def test_forget_of_an_open_operation_asks_for_confirmation(remote: Cli, foreign: Foreign) -> None:
    operation = cut_short(remote, foreign)
    ran = remote("op", "forget", operation)
    assert (ran.code, states(remote)) == (2, ["pending"])
    assert remote("op", "forget", operation, "--yes") == Ran(0, f"{operation}\n", "")
    assert remote("op", "view", operation) == Ran(
        6, "", f"tickiti: There is no operation '{operation}'.\nSee: tickiti op list\n"
    )


NAIVE = {
    "id": "20260101T000000-00000000",
    "state": "pending",
    "first_sent_at": "2026-01-01T00:00:00",
}


@pytest.mark.parametrize("text", ["", "[]", '{"state": "half', json.dumps(NAIVE)])
def test_damaged_entry_is_listed_and_blocks_no_write(
    remote: Cli, foreign: Foreign, text: str
) -> None:
    foreign.answers(reply({"ok": True, "data": {"ticket_number": 1}}))
    assert remote(*CREATE).code == 0
    damaged = remote.config / "journal" / "20260101T000000-00000000.pending.json"
    damaged.write_text(text)
    assert remote(*CREATE) == Ran(0, "1\n", "")
    listed = remote("op", "list", "--fields", "id,state").stdout
    assert anonymous(listed) == "OPERATION\tapplied\nOPERATION\tapplied\nOPERATION\tdamaged\n"
    pending = remote("op", "list", "--pending", "--json")
    assert (pending.code, pending.stderr) == (0, "")
    assert [row["state"] for row in json.loads(pending.stdout)] == ["damaged"]
    for verb in ("view", "resume"):
        ran = remote("op", verb, "20260101T000000-00000000")
        assert (ran.code, ran.stdout) == (3, "")
        told = f"tickiti: {damaged} is not an operation that this version can read: "
        assert ran.stderr.startswith(told)
    assert remote("op", "forget", "20260101T000000-00000000").code == 2
    assert remote("op", "forget", "20260101T000000-00000000", "-y").code == 0
    assert not damaged.exists()


def test_damaged_entry_fails_resume_all_and_others_are_resumed(
    remote: Cli, foreign: Foreign
) -> None:
    cut_short(remote, foreign)
    damaged = remote.config / "journal" / "20260101T000000-00000000.pending.json"
    damaged.write_text("{}")
    foreign.answers(ticket_created())
    ran = remote("op", "resume", "--all-pending", "--fields", "state")
    assert (ran.code, ran.stdout) == (12, "applied\n")
    first, *rest = ran.stderr.splitlines()
    assert first.startswith(f"20260101T000000-00000000: {damaged} is not an operation ")
    assert rest == ["tickiti: 1 of 2 operations failed.", "See: tickiti op list"]


def test_running_operation_is_left_to_its_process(remote: Cli, foreign: Foreign) -> None:
    """A job that resumes everything may run while another one is still sending."""
    foreign.answers(silence)
    process = remote.start(*CREATE)
    try:
        wait_until(lambda: bool(foreign.asked), process)
        operation = entries(remote, "--pending")[0]["id"]
        told = f"Operation {operation} is being sent by another process.\n"
        assert remote("op", "resume", operation) == Ran(14, "", f"tickiti: {told}")
        assert remote("op", "resume", "--all-pending") == Ran(0, "", told)
        assert remote("op", "resume", "--all-pending", "-q") == Ran(0, "", "")
        assert len(foreign.asked) == 1
    finally:
        process.kill()
        process.communicate()
    foreign.answers(ticket_created())
    assert remote("op", "resume", "--all-pending", "--fields", "state").stdout == "applied\n"


def test_resume_all_run_twice_sends_each_operation_once(remote: Cli, foreign: Foreign) -> None:
    operations = {cut_short(remote, foreign, "-s", str(n)) for n in range(4)}
    foreign.asked.clear()
    foreign.answers(*[slowly(ticket_created(n)) for n in range(4)])
    resume = ("op", "resume", "--all-pending", "--fields", "id,state")
    both = [remote.start(*resume) for _ in range(2)]
    told = [process.communicate(timeout=30)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    finished = [line.split("\t") for text in told for line in text.splitlines()]
    assert {operation for operation, state in finished if state == "applied"} == operations
    assert len(foreign.keys) == len(set(foreign.keys)) == 4
    assert states(remote) == ["applied"] * 4


def slowly(answer: bytes) -> Answer:
    """So that the other process has the time to be at the same operation."""

    def answer_late(connection: socket.socket) -> None:
        time.sleep(0.1)
        connection.sendall(answer)

    return answer_late


def test_full_disk_under_the_journal_stops_a_write_unsent(
    remote: Cli, foreign: Foreign, small_disk: Path
) -> None:
    filler = fill(small_disk)
    ran = remote(*CREATE)
    assert (ran.code, ran.stdout, foreign.asked) == (3, "", [])
    assert anonymous(ran.stderr) == (
        f"tickiti: {small_disk}/OPERATION.pending.json cannot be written: No space left on "
        "device.\nNothing was sent. Free some space, or send without it: --no-journal\n"
    )
    assert remote("op", "list") == Ran(0, "", "")
    filler.unlink()
    foreign.answers(ticket_created())
    assert remote(*CREATE) == Ran(0, "220009\n", "")


def test_full_disk_during_a_write_loses_no_result(
    remote: Cli, foreign: Foreign, small_disk: Path
) -> None:
    fillers: list[Path] = []

    def answer(connection: socket.socket) -> None:
        fillers.append(fill(small_disk))
        connection.sendall(ticket_created())

    foreign.answers(answer)
    assert remote(*CREATE) == Ran(0, "220009\n", "")
    assert states(remote) == ["pending"]
    fillers[0].unlink()
    foreign.answers(ticket_created())
    assert remote("op", "resume", "--all-pending", "--fields", "state") == Ran(0, "applied\n", "")
    assert len(set(foreign.keys)) == 1


def test_read_only_journal_stops_writes_and_allows_resume(
    remote: Cli, foreign: Foreign, small_disk: Path
) -> None:
    operation = cut_short(remote, foreign)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ran = remote(*CREATE, "-s", "another")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (3, "", 1)
    assert anonymous(ran.stderr) == (
        f"tickiti: {small_disk}/OPERATION.pending.json cannot be written: Read-only file system.\n"
        "Nothing was sent. Make its directory writable, name another one in TICKITI_CONFIG_DIR, or "
        "send without it: --no-journal\n"
    )
    assert remote("ticket", "view", "1", *ONCE).code != 3
    foreign.answers(ticket_created())
    assert remote("op", "resume", operation).code == 0
    assert len({key for key in foreign.keys if key}) == 1


def test_killed_and_resumed_write_makes_one_ticket(local: Cli, served: Served) -> None:
    def numbers() -> list[str]:
        found = local("ticket", "list", "--subject", "Killed", "--fields", "number")
        return found.stdout.split()

    assert local(*CREATE, "-s", "Killed").code == 0
    entry = json.loads(only_file(local).read_text())
    body = {"originator_email_address": "a@b.example"}
    body |= {"data": {"subject": "Killed", "content": "At mile 14"}}  # type: ignore[dict-item]
    pending = only_file(local).with_name(f"{entry['id']}.pending.json")
    only_file(local).unlink()
    pending.write_text(json.dumps(entry | {"state": "pending", "body": json.dumps(body)}))
    pending.chmod(0o600)
    before = numbers()
    assert local("op", "resume", "--all-pending", "--fields", "state").stdout == "applied\n"
    assert numbers() == before
