"""`ticket export` writes every ticket once, into a file that is complete or absent."""

import csv
import json
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply, silence
from tests.support.place import Place
from tests.support.waiting import wait_until

EXPORT = ("ticket", "export")
NAMES = [
    "id", "number", "subject", "status", "priority", "queue_id", "queue_name", "originator_email",
    "assigned_to_email", "on_hold_until", "created_at", "updated_at", "response_count",
]  # fmt: skip


def row(number: int, **members: Any) -> dict[str, Any]:
    told = dict.fromkeys(NAMES) | {"id": number - 220_000, "number": number, "subject": "Cracked"}
    return told | {"created_at": "2026-11-24T09:00:00+00:00", "response_count": 1} | members


def page(*rows: dict[str, Any], cursor: str | None = None) -> bytes:
    return reply({"ok": True, "data": {"tickets": rows, "next_cursor": cursor}})


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def bodies(foreign: Foreign) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in foreign.asked]


def left(run: Cli) -> list[str]:
    """What lies in the folder besides hidden files."""
    return sorted(path.name for path in run.folder.iterdir())


def test_export_follows_pages_by_number_and_then_names_its_file(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(row(220009), row(220010), cursor="c1"), page(row(220012)))
    ran = remote(*EXPORT, "--out", "t.ndjson", "--status", "open", "--created-to", "2026-11-25")
    assert ran == Ran(0, "3\n", "")
    assert left(remote) == ["t.ndjson"]
    assert (remote.folder / "t.ndjson").read_text() == lines(*map(row, (220009, 220010, 220012)))
    criteria = [
        {"mode": "status", "tokens": ["open"]},
        {"mode": "created_to", "tokens": ["2026-11-25"]},
    ]
    first = {"search_object": {"criteria": criteria}, "order": "number", "limit": 1000}
    assert bodies(foreign) == [first, first | {"cursor": "c1"}]


def test_result_is_a_sentence_on_a_terminal_and_an_object_as_json(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(row(220009)))
    command = (*EXPORT, "--out", "t.csv")
    assert json.loads(remote(*command, "--json").stdout) == {
        "path": "t.csv", "tickets": 1, "resumed": False,
    }  # fmt: skip
    assert remote.on_terminal(*command).stdout.endswith("Wrote 1 tickets to t.csv.\n")
    assert remote(*command, "-q") == Ran(0, "", "")


def test_csv_has_a_header_once_and_no_formulas(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(
        page(row(220009, subject='=HYPERLINK("x")'), cursor="c1"),
        page(row(220010, subject='two,\n"lines"', priority=30)),
    )
    assert remote(*EXPORT, "--out", "t.csv").code == 0
    raw = (remote.folder / "t.csv").read_bytes()
    with (remote.folder / "t.csv").open(newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == NAMES
    assert [cells[1:3] for cells in found[1:]] == [
        ["220009", "'=HYPERLINK(\"x\")"], ["220010", 'two,\n"lines"'],
    ]  # fmt: skip
    assert raw.count(b"number") == 1
    assert raw.endswith(b"\r\n")


def test_fields_select_the_written_members(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(220009)))
    assert remote(*EXPORT, "--out", "t.csv", "--fields", "number, subject").code == 0
    assert (remote.folder / "t.csv").read_bytes() == b"number,subject\r\n220009,Cracked\r\n"
    ran = remote(*EXPORT, "--out", "u.csv", "--fields", "number,colour")
    assert (ran.code, ran.stdout, left(remote)) == (2, "", ["t.csv"])
    assert ran.stderr.startswith("tickiti: --fields: there is no field 'colour' (known: id, ")


def test_export_to_standard_output_writes_rows_as_they_arrive(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(row(220009), cursor="c1"), page(row(220010)))
    assert remote(*EXPORT, "--out", "-") == Ran(0, lines(row(220009), row(220010)), "")
    csv_flags = ("--format", "csv", "--fields", "number")
    foreign.answers(page(row(220009)))
    assert remote(*EXPORT, "--out", "-", *csv_flags) == Ran(0, "number\r\n220009\r\n", "")
    ran = remote(*EXPORT, "--out", "-", "--resume")
    told = "tickiti: --resume needs a file; output on stdout cannot be resumed.\n"
    assert ran == Ran(2, "", told)


def test_export_of_no_tickets_is_an_empty_file_or_a_header(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page())
    assert remote(*EXPORT, "--out", "t.ndjson") == Ran(0, "0\n", "")
    assert remote(*EXPORT, "--out", "t.csv", "--fields", "number") == Ran(0, "0\n", "")
    assert (remote.folder / "t.ndjson").read_bytes() == b""
    assert (remote.folder / "t.csv").read_bytes() == b"number\r\n"


def test_failed_page_is_retried(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(220009), cursor="c1"), failure(502, "x"), page(row(220010)))
    assert remote(*EXPORT, "--out", "t.ndjson").stdout == "2\n"
    assert bodies(foreign)[1] == bodies(foreign)[2]


def test_older_file_and_its_mode_stay_until_the_export_is_complete(
    remote: Cli, foreign: Foreign
) -> None:
    target = remote.folder / "t.ndjson"
    target.write_text("old")
    target.chmod(0o640)
    foreign.answers(page(row(220009), cursor="c1"), failure(401, "unauthenticated", "No."))
    ran = remote(*EXPORT, "--out", "t.ndjson")
    part = remote.folder / "t.ndjson.part"
    assert ran == Ran(
        4,
        "",
        f"The rows so far are in {part}; run the same command with --resume to continue.\n"
        "tickiti: No.\nCheck the token: tickiti auth status --check\n",
    )
    assert (target.read_text(), stat.S_IMODE(part.stat().st_mode)) == ("old", 0o640)
    foreign.answers(page(row(220009)))
    assert remote(*EXPORT, "--out", "t.ndjson").code == 0
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == (lines(row(220009)), 0o640)
    assert left(remote) == ["t.ndjson"]


def begun(remote: Cli, foreign: Foreign, *flags: str, number: int = signal.SIGKILL) -> None:
    """A run that was killed when its first page was written."""
    foreign.answers(page(row(220009), row(220010), cursor="c1"), silence)
    process = remote.start(*EXPORT, *flags)
    wait_until(lambda: len(foreign.asked) == 2, process)
    os.kill(process.pid, number)
    process.communicate(timeout=10)
    foreign.asked.clear()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("name", ["t.csv", "t.ndjson"])
def test_interrupted_export_is_resumed_from_its_last_row(
    remote: Cli, foreign: Foreign, name: str, number: int
) -> None:
    begun(remote, foreign, "--out", name, "--fields", "number", number=number)
    part = remote.folder / f"{name}.part"
    with part.open("a") as file:
        file.write("half a row that no note speaks of")
    foreign.answers(page(row(220010)), page(row(220011)))
    ran = remote(*EXPORT, "--out", name, "--fields", "number", "--resume", "--json")
    assert json.loads(ran.stdout) == {"path": name, "tickets": 3, "resumed": True}
    whole = {
        "t.csv": "number\n220009\n220010\n220011\n",
        "t.ndjson": '{"number": 220009}\n{"number": 220010}\n{"number": 220011}\n',
    }
    assert (remote.folder / name).read_text() == whole[name]
    assert left(remote) == [name]
    looked, went_on = bodies(foreign)
    assert looked["search_object"]["criteria"] == [{"mode": "ticket_number", "tokens": ["220010"]}]
    assert went_on == {"order": "number", "cursor": "c1", "limit": 1000}


def test_ctrl_c_names_the_partial_file_and_how_to_continue(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(220009), cursor="c1"), silence)
    process = remote.start(*EXPORT, "--out", "t.csv")
    wait_until(lambda: len(foreign.asked) == 2, process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    part = remote.folder / "t.csv.part"
    assert (process.returncode, stdout) == (130, b"")
    assert stderr.decode() == (
        "tickiti: Interrupted.\n"
        f"The rows so far are in {part}; run the same command with --resume to continue.\n"
    )


def test_failed_resume_can_be_resumed_again(remote: Cli, foreign: Foreign) -> None:
    begun(remote, foreign, "--out", "t.ndjson")
    foreign.answers(page(row(220010)), failure(429, "rate_limited", "Later."))
    part = remote.folder / "t.ndjson.part"
    resume = (*EXPORT, "--out", "t.ndjson", "--resume", "--retries", "0")
    assert remote(*resume) == Ran(
        9,
        "",
        f"The rows so far are in {part}; run the same command with --resume to continue.\n"
        "tickiti: Later.\nRun the same command again later.\n",
    )
    foreign.asked.clear()
    foreign.answers(page(row(220010)), page(row(220011)))
    assert remote(*resume) == Ran(0, "3\n", "")


def test_resume_without_a_partial_file_starts_again(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(220009)))
    for _ in range(2):
        assert remote(*EXPORT, "--out", "t.ndjson", "--resume") == Ran(0, "1\n", "")
    begun(remote, foreign, "--out", "t.ndjson")
    foreign.answers(page(row(220009)))
    assert remote(*EXPORT, "--out", "t.ndjson") == Ran(0, "1\n", "")
    assert (remote.folder / "t.ndjson").read_text() == lines(row(220009))


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--status", "open"), "It was started with other filters."),
        (("--format", "csv"), "It was started as ndjson."),
        (("--fields", "number"), "It was started with other fields."),
        (("--base-url", "http://127.0.0.1:9"), "It was started on another server, far."),
    ],
)
def test_resume_of_a_different_export_is_refused(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    begun(remote, foreign, "--out", "t.ndjson")
    before = (remote.folder / "t.ndjson.part").read_bytes()
    ran = remote(*EXPORT, "--out", "t.ndjson", "--resume", *flags)
    assert ran == Ran(
        2,
        "",
        f"tickiti: --resume: {sentence}\nGive the same, or: Start over without --resume.\n",
    )
    assert foreign.asked == []
    assert (remote.folder / "t.ndjson.part").read_bytes() == before


@pytest.mark.parametrize("now", [[], [row(220010, id=77)]])
def test_resume_at_another_database_is_refused(
    remote: Cli, foreign: Foreign, now: list[dict[str, Any]]
) -> None:
    begun(remote, foreign, "--out", "t.ndjson")
    foreign.answers(page(*now))
    assert remote(*EXPORT, "--out", "t.ndjson", "--resume") == Ran(
        2,
        "",
        "tickiti: --resume: The server's ticket 220010 is not the one it was: this is another "
        "database.\nStart over without --resume.\n",
    )
    assert left(remote) == ["t.ndjson.part", "t.ndjson.part.json"]


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("t.ndjson.part.json", "{", "cannot be read: "),
        ("t.ndjson.part.json", "[]", "cannot be read: "),
        ("t.ndjson.part", "", "is shorter than it was."),
    ],
)
def test_file_that_cannot_be_resumed_is_named(
    remote: Cli, foreign: Foreign, file: str, content: str, sentence: str
) -> None:
    begun(remote, foreign, "--out", "t.ndjson")
    (remote.folder / file).write_text(content)
    ran = remote(*EXPORT, "--out", "t.ndjson", "--resume")
    assert (ran.code, ran.stdout) == (2, "")
    told, hint = ran.stderr.splitlines()
    assert told.startswith(f"tickiti: {remote.folder / file} {sentence}")
    assert hint == "Start over without --resume."


def test_two_exports_to_one_file_do_not_mix(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(220009), cursor="c1"), silence)
    process = remote.start(*EXPORT, "--out", "t.ndjson")
    wait_until(lambda: len(foreign.asked) == 2, process)
    try:
        for flags in ((), ("--resume",)):
            assert remote(*EXPORT, "--out", "t.ndjson", *flags) == Ran(
                14, "", "tickiti: Another export to t.ndjson is still running.\n"
            )
    finally:
        process.kill()
        process.communicate()


def test_tickets_out_of_order_end_the_export(remote: Cli, foreign: Foreign) -> None:
    for rows in ([row(220010), row(220009)], [row(220009) | {"number": "220009"}]):
        foreign.answers(page(*rows))
        assert remote(*EXPORT, "--out", "t.ndjson") == Ran(
            15,
            "",
            "tickiti: This server does not list tickets by number: an export could miss some.\n",
        )
    assert left(remote) == []


@pytest.mark.parametrize(
    ("out", "code", "sentence"),
    [
        ("t.txt", 2, "t.txt: unknown format; add --format ndjson or --format csv."),
        ("none/t.csv", 2, "--out none/t.csv: No such file or directory."),
        ("pipe.csv", 2, '--out pipe.csv: must be a regular file; use "-" and redirect.'),
        ("folder.csv", 2, '--out folder.csv: must be a regular file; use "-" and redirect.'),
    ],
)
def test_unwritable_target_is_named_before_a_page_is_read(
    remote: Cli, foreign: Foreign, out: str, code: int, sentence: str
) -> None:
    os.mkfifo(remote.folder / "pipe.csv")
    (remote.folder / "folder.csv").mkdir()
    assert remote(*EXPORT, "--out", out) == Ran(code, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_full_disk_keeps_the_written_rows_for_resume(remote: Cli, foreign: Foreign) -> None:
    rows = [row(220_009 + n) for n in range(40)]
    pages = [page(*rows[:10], cursor="c1"), page(*rows[10:], cursor="c2"), page()]
    foreign.answers(*pages)
    command = remote.command([*EXPORT, "--out", "t.ndjson"])
    limited = f'ulimit -f {3 * len(lines(*rows[:10])) // 2 // 512}; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", limited, "sh", *command],
        env=remote.environ({}), cwd=remote.folder, capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    part = remote.folder / "t.ndjson.part"
    resumable = f"The rows so far are in {part}; run the same command with --resume to continue.\n"
    told = f"{resumable}tickiti: --out t.ndjson: File too large.\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", told)
    foreign.asked.clear()
    foreign.answers(page(rows[9]), *pages[1:])
    assert remote(*EXPORT, "--out", "t.ndjson", "--resume") == Ran(0, "40\n", "")
    assert (remote.folder / "t.ndjson").read_text() == lines(*rows)


def test_closed_pipe_ends_the_export_quietly(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(*map(row, range(220_009, 220_600))))
    command = " ".join(remote.command([*EXPORT, "--out", "-"]))
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -1; echo ${{PIPESTATUS[0]}}"],
        env=remote.environ({}), capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    assert (done.stdout.decode(), done.stderr) == (f"{lines(row(220009))}141\n", b"")


TELL_MEMORY = """
import os, re
def tell(code, end=os._exit):
    (most,) = re.findall(r"VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())
    with open(os.environ["MEMORY"], "w") as file:
        file.write(most)
    end(code)
os._exit = tell
"""


@pytest.mark.parametrize("out", ["t.csv", "-"])
def test_memory_does_not_grow_with_the_number_of_tickets(
    remote: Cli, foreign: Foreign, tmp_path: Path, out: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(TELL_MEMORY)
    told = tmp_path / "memory"

    def kilobytes(pages: int) -> int:
        foreign.asked.clear()
        cursors = [*(f"c{n}" for n in range(1, pages)), None]
        foreign.answers(*[page(*rows(n), cursor=cursor) for n, cursor in enumerate(cursors)])
        flags = ("--out", out, "--format", "csv")
        assert remote(*EXPORT, *flags, PYTHONPATH=str(tmp_path), MEMORY=str(told)).code == 0
        return int(told.read_text())

    def rows(number: int) -> Iterator[dict[str, Any]]:
        return (row(220_009 + 1000 * number + n, subject="x" * 80) for n in range(1000))

    assert kilobytes(30) - kilobytes(2) < 6 * 1024


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    place.start()
    yield place
    place.stop()


def test_changing_tickets_are_each_exported_once(place: Place, tmp_path: Path) -> None:
    source = tmp_path / "t.ndjson"
    new = {"from": "a@b.example", "subject": "Busy", "body": "b"}
    source.write_text((json.dumps(new) + "\n") * 1100)
    place.tickiti("ticket", "import", str(source), "--jobs", "8", "-q")
    numbers = [row["number"] for row in place.every_ticket("number")]
    is_over = threading.Event()

    def answer_them() -> None:
        """Each answer moves a ticket to the top of the list by activity."""
        for count, number in enumerate(reversed(numbers)):
            if is_over.is_set():
                return
            body = {"ticket_number": number, "from_email": "a@b.example", "content": "x"}
            place.post("/api/ticket_respond", body, f"answer-{count}")

    thread = threading.Thread(target=answer_them)
    thread.start()
    time.sleep(0.1)
    place.tickiti("ticket", "export", "--out", str(tmp_path / "out.ndjson"))
    is_over.set()
    thread.join()
    found = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert [row["number"] for row in found] == numbers
    assert any(row["response_count"] > 1 for row in found)
    assert list(found[0]) == NAMES
