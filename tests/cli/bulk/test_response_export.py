"""`response query` and `response export` return the responses of all tickets, each once."""

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply, silence
from tests.support.place import Place
from tests.support.waiting import wait_until

QUERY, EXPORT = ("response", "query"), ("response", "export")
NAMES = [
    "id", "ticket_number", "created_at", "updated_at", "created_by_email", "staff_response",
    "is_internal", "is_pinned", "is_email_sourced", "plain_text", "html", "attachments",
    "body_chars", "is_audit_only", "audit",
]  # fmt: skip
CURSOR = {"created_at": "2026-11-24T09:00:02.000005+00:00", "id": "2"}


def row(number: int, **members: Any) -> dict[str, Any]:
    moment = f"2026-11-24T09:00:{number:02}+00:00"
    told = dict.fromkeys(NAMES) | {"id": str(number), "ticket_number": 220009, "html": "<b>x</b>"}
    told |= {"is_internal": False, "plain_text": "x", "attachments": []}
    return told | {"created_by_email": "a@b.example", "created_at": moment} | members


def page(*rows: dict[str, Any], cursor: Any = None) -> bytes:
    return reply({"ok": True, "data": {"responses": rows, "next_cursor": cursor}})


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def bodies(foreign: Foreign) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in foreign.asked]


def left(run: Cli) -> list[str]:
    return sorted(path.name for path in run.folder.iterdir())


def asked(foreign: Foreign) -> list[dict[str, object]]:
    return [body for body in bodies(foreign) if body]


def test_filter_flags_are_sent_as_the_endpoints_filters(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page())
    flags = (
        "--ticket", "220009", "--ticket", "220010", "--queue", "Sales", "--queue-id", "3",
        "--internal", "--by-staff", "--created-from", "2026-01-01", "--created-to",
        "2026-01-31 12:00:00", "--include-deleted",
    )  # fmt: skip
    assert remote(*QUERY, *flags) == Ran(0, "", "")
    filters = {
        "ticket_number": [220009, 220010], "queue": ["Sales"], "queue_id": [3],
        "is_internal": True, "staff_response": True, "created_from": "2026-01-01",
        "created_to": "2026-01-31 12:00:00", "include_deleted": True,
    }  # fmt: skip
    # An empty list is followed by a look at the names of the queues, which has no fields.
    assert asked(foreign) == [filters | {"fields": ["plain_text"], "limit": 50}]
    assert foreign.asked[0].line == "POST /api/v1/tickets/responses/query HTTP/1.1"
    assert remote(*EXPORT, *flags, "--out", "r.ndjson") == Ran(0, "0\n", "")
    assert asked(foreign)[1] == filters | {"limit": 200}
    assert remote(*QUERY, "--public", "--by-others").code == 0
    others = {"is_internal": False, "staff_response": False}
    assert asked(foreign)[2] == others | {"fields": ["plain_text"], "limit": 50}


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        ((), {"fields": ["plain_text"]}),
        (("--json",), {}),
        (("--jq", ".[].id"), {}),
        (("-o", "ndjson", "--fields", "id,html"), {"fields": ["html"]}),
        (("--fields", "id"), {"fields": []}),
    ],
)
def test_large_field_is_requested_only_if_shown(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], fields: dict[str, Any]
) -> None:
    foreign.answers(page())
    assert remote(*QUERY, *flags).code == 0
    assert bodies(foreign) == [fields | {"limit": 50}]


def test_limit_ends_a_response_list_and_all_follows_the_cursor(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(row(1), row(2), cursor=CURSOR), page(row(3)))
    shown = [
        f"{n}\t220009\t2026-11-24T09:00:0{n}+00:00\ta@b.example\tfalse\tx\n" for n in (1, 2, 3)
    ]
    assert remote(*QUERY, "--limit", "2") == Ran(0, "".join(shown[:2]), "")
    foreign.asked.clear()
    assert remote(*QUERY, "--all") == Ran(0, "".join(shown), "")
    first = {"fields": ["plain_text"], "limit": 200}
    assert bodies(foreign) == [first, first | {"cursor": CURSOR}]
    assert remote(*QUERY, "--fields", "id,heml") == Ran(
        2,
        "",
        f"tickiti: --fields: there is no field 'heml' (known: {', '.join(row(1))})."
        " Did you mean html?\n",
    )
    assert "No responses." in remote_says_nothing(remote, foreign)


def remote_says_nothing(remote: Cli, foreign: Foreign) -> str:
    foreign.answers(page())
    return remote.on_terminal(*QUERY).stdout


@pytest.mark.parametrize("name", ["r.csv", "r.ndjson"])
def test_killed_export_is_resumed_from_its_last_row(
    remote: Cli, foreign: Foreign, name: str
) -> None:
    begun(remote, foreign, "--out", name)
    assert left(remote) == [f"{name}.part", f"{name}.part.json"]
    with (remote.folder / f"{name}.part").open("a") as file:
        file.write("half a row that no note speaks of")
    foreign.answers(page(row(1), row(2)), page(row(3, plain_text='two,\n"lines"')))
    ran = remote(*EXPORT, "--out", name, "--resume", "--json")
    assert json.loads(ran.stdout) == {"path": name, "responses": 3, "resumed": True}
    rows = [row(1), row(2), row(3, plain_text='two,\n"lines"')]
    if name == "r.csv":
        with (remote.folder / name).open(newline="") as file:
            head, *cells = csv.reader(file)
        assert head == NAMES
        assert [(line[0], line[9]) for line in cells] == [
            (found["id"], found["plain_text"]) for found in rows
        ]
    else:
        assert (remote.folder / name).read_text() == lines(*rows)
    assert left(remote) == [name]
    looked, went_on = bodies(foreign)
    second = "2026-11-24 09:00:02"
    assert looked == {
        "ticket_number": [220009], "include_deleted": True, "fields": [],
        "created_from": second, "created_to": second, "limit": 200,
    }  # fmt: skip
    assert went_on == {"cursor": CURSOR, "limit": 200}


def begun(remote: Cli, foreign: Foreign, *flags: str) -> None:
    """A run that was killed when its first page was written."""
    foreign.answers(page(row(1), row(2), cursor=CURSOR), silence)
    process = remote.start(*EXPORT, *flags)
    # The second page is asked for while the first one is written.
    written = remote.folder.glob
    wait_until(lambda: len(foreign.asked) == 2 and any(written("*.part.json")), process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    foreign.asked.clear()


def test_pages_are_larger_while_rows_are_small(remote: Cli, foreign: Foreign) -> None:
    cursors = [{**CURSOR, "id": str(n)} for n in range(3)]
    foreign.answers(
        page(row(1), row(2), cursor=cursors[0]),
        page(row(3, html="x" * 5000), cursor=cursors[1]),
        page(cursor=cursors[2]),
        page(row(4)),
    )
    assert remote(*EXPORT, "--out", "r.ndjson") == Ran(0, "4\n", "")
    assert [body["limit"] for body in bodies(foreign)] == [200, 1000, 200, 200]


def test_failed_export_leaves_no_file_of_its_name(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(row(1), row(2), cursor=CURSOR), failure(403, "missing_ability", "No."))
    ran = remote(*EXPORT, "--out", "r.ndjson")
    part = remote.folder / "r.ndjson.part"
    resumable = f"The rows so far are in {part}; run the same command with --resume to continue.\n"
    assert (ran.code, ran.stdout, ran.stderr.startswith(f"{resumable}tickiti: No.")) == (
        5,
        "",
        True,
    )
    assert left(remote) == ["r.ndjson.part", "r.ndjson.part.json"]


@pytest.mark.parametrize("now", [[], [row(2, ticket_number=220010)], [row(2, created_at="2025")]])
def test_resume_at_another_database_is_refused(
    remote: Cli, foreign: Foreign, now: list[dict[str, Any]]
) -> None:
    begun(remote, foreign, "--out", "r.ndjson")
    foreign.answers(page(*now))
    assert remote(*EXPORT, "--out", "r.ndjson", "--resume") == Ran(
        2,
        "",
        "tickiti: --resume: The server's response 2 is not the one it was: this is another "
        "database.\nStart over without --resume.\n",
    )


def test_ticket_export_is_not_resumed_as_a_response_export(remote: Cli, foreign: Foreign) -> None:
    begun(remote, foreign, "--out", "r.ndjson")
    foreign.answers(page())
    assert remote("ticket", "export", "--out", "r.ndjson", "--resume") == Ran(
        2,
        "",
        "tickiti: --resume: It was started for responses.\n"
        "Give the same, or: Start over without --resume.\n",
    )
    assert foreign.asked == []


@pytest.mark.parametrize(
    "rows",
    [
        [row(2), row(1)],
        [row(2), row(2)],
        [row(1, created_at="yesterday")],
        [row(1, created_at=None)],
        [row(1), row(2, created_at="2026-11-24T10:00:00+02:00")],
    ],
)
def test_responses_out_of_order_end_the_export(
    remote: Cli, foreign: Foreign, rows: list[dict[str, Any]]
) -> None:
    foreign.answers(page(*rows))
    assert remote(*EXPORT, "--out", "r.ndjson") == Ran(
        15,
        "",
        "tickiti: This server does not list responses oldest first: an export could miss some.\n",
    )
    assert left(remote) == []


def test_export_to_standard_output_writes_rows_as_they_arrive(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(row(1), cursor=CURSOR), page(row(2, created_at=row(1)["created_at"])))
    flags = ("--out", "-", "--fields", "id,ticket_number", "--format", "csv")
    assert remote(*EXPORT, *flags) == Ran(0, "id,ticket_number\r\n1,220009\r\n2,220009\r\n", "")
    assert bodies(foreign)[0] == {"fields": [], "limit": 200}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    place.start()
    yield place
    place.stop()


def test_responses_of_the_same_time_are_each_exported_once(place: Place, tmp_path: Path) -> None:
    source, out = tmp_path / "t.ndjson", tmp_path / "r.ndjson"
    new = {"from": "a@b.example", "subject": "Busy", "body": "b"}
    source.write_text((json.dumps(new) + "\n") * 450)
    place.tickiti("ticket", "import", str(source), "--jobs", "8", "-q")
    numbers = [ticket["number"] for ticket in place.every_ticket("number")]
    place.tickiti("response", "export", "--out", str(out))
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(said["ticket_number"] for said in found) == numbers
    assert {*found[0]} >= {*NAMES}
    assert len({said["created_at"] for said in found}) < len(found)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24 09:00:00", "2026-11-24 09:00:00"),
        ("2026-11-24T09:00:00+02:00", "2026-11-24 07:00:00"),
        ("2026-11-24T09:00:00.123Z", "2026-11-24 09:00:00"),
        ("2026-11-24T09:00", "2026-11-24 09:00:00"),
    ],
)
def test_time_filter_is_sent_in_the_servers_format(
    remote: Cli, foreign: Foreign, given: str, sent: str
) -> None:
    foreign.answers(page())
    assert remote(*QUERY, "--created-from", given).code == 0
    assert bodies(foreign)[0]["created_from"] == sent


@pytest.mark.parametrize("given", ["2026-02-30", "24:00", "24.12.2026", "2026-11-24T24:00"])
def test_nonexistent_time_is_not_sent(remote: Cli, foreign: Foreign, given: str) -> None:
    ran = remote(*QUERY, "--created-to", given)
    assert (ran.code, foreign.asked) == (2, [])
    assert ran.stderr.startswith(f"tickiti: --created-to: '{given}' is not ")
