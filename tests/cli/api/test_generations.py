"""`api` of a profile chooses one of two endpoint generations; an operation is sent to one of them
only."""

import json
import os
import signal
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran
from tests.support.foreign import (
    Foreign,
    failure,
    hang_up,
    raw_reply,
    reply,
    silence,
    ticket_created,
)
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
RESPOND = ("ticket", "respond", "220009", "--from", "a@b.example", "-b", "y")
LIST, MINT = ("ticket", "list"), ("idempotency", "mint")
CLASSIC = {
    CREATE: "/api/create_ticket",
    RESPOND: "/api/ticket_respond",
    LIST: "/api/tickiti_api_index",
    MINT: "/api/idempotency_key",
}
V1 = {
    CREATE: "/api/v1/tickets",
    RESPOND: "/api/v1/tickets/respond",
    LIST: "/api/v1/tickets/query",
    MINT: "/api/v1/idempotency_key",
}
RESPONDED = reply({"ok": True, "data": {"ticket_id": 1, "response_id": 42, "reopened": False}})
MINTED = reply({"ok": True, "data": {"idempotency_key": "k", "action": None, "expires_at": None}})
LISTED = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
LISTED_V1 = reply({"ok": True, "data": [], "next_cursor": None})
SUCCESS = {CREATE: ticket_created(), RESPOND: RESPONDED, LIST: LISTED, MINT: MINTED}
REFUSAL = failure(403, "missing_ability", "The token lacks the ability tickets:write.")


def speaks(run: Cli, api: str) -> Cli:
    """The profile of its configuration, changed as somebody with an editor would."""
    path = run.config / "config.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("api")]
    at = next(n for n, line in enumerate(lines) if line.startswith("base_url"))
    path.write_text("\n".join([*lines[: at + 1], f'api = "{api}"', *lines[at + 1 :], ""]))
    return run


def paths(foreign: Foreign) -> list[str]:
    return [asked.line.split()[1] for asked in foreign.asked]


def notes(run: Cli) -> list[Path]:
    return sorted((run.config / "generations").glob("*"))


def journal(run: Cli) -> list[tuple[str, str]]:
    """Endpoint and state of each operation, the oldest first."""
    rows = json.loads(run("op", "list", "--all", "--json").stdout)
    return [(row["endpoint"], row["state"]) for row in reversed(rows)]


def success(command: tuple[str, ...], *, v1: bool) -> bytes:
    return LISTED_V1 if v1 and command is LIST else SUCCESS[command]


@pytest.mark.parametrize("command", CLASSIC)
def test_profile_without_a_choice_uses_the_classic_endpoint(
    remote: Cli, foreign: Foreign, command: tuple[str, ...]
) -> None:
    foreign.answers(success(command, v1=False))
    assert remote(*command).code == 0
    assert speaks(remote, "classic")(*command).code == 0
    assert paths(foreign) == [CLASSIC[command]] * 2
    foreign.asked.clear()
    foreign.answers(success(command, v1=True))
    assert speaks(remote, "v1")(*command).code == 0
    assert speaks(remote, "auto")(*command).code == 0
    assert paths(foreign) == [V1[command]] * 2
    assert notes(remote) == []


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        *((command, REFUSAL) for command in CLASSIC),
        (CREATE, failure(403, "x")),
        (CREATE, failure(404, "not_found")),
        (LIST, reply({"ok": False, "error": "Nothing here."}, status=404)),
        (
            LIST,
            reply({"message": "The route api/v1/tickets/query could not be found."}, status=404),
        ),
        (
            CREATE,
            reply(
                {"message": "The POST method is not supported for route api/v1/tickets."},
                status=405,
            ),
        ),
    ],
)
def test_auto_remembers_the_classic_endpoint_after_v1_refused(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], refusal: bytes
) -> None:
    speaks(remote, "auto")
    foreign.answers(refusal, success(command, v1=False))
    for _ in range(2):
        ran = remote(*command)
        assert (ran.code, ran.stderr) == (0, "")
    assert paths(foreign) == [V1[command], CLASSIC[command], CLASSIC[command]]
    (note,) = notes(remote)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    if command in (CREATE, RESPOND):
        assert len({*foreign.keys}) == 3
        name = CLASSIC[command].removeprefix("/api/")
        v1 = {CREATE: "tickets.create", RESPOND: "tickets.respond"}[command]
        applied = (name, "applied")
        assert journal(remote) == [(v1, "not_applied"), applied, applied]


@pytest.mark.parametrize("command", [CREATE, LIST])
@pytest.mark.parametrize(
    "page",
    [
        raw_reply(b"<html>404 Not Found</html>", status=404, media_type="text/html"),
        raw_reply(b"<html>Blocked</html>", status=403, media_type="text/html"),
        raw_reply(b"", status=404),
        reply({}, status=405),
        reply({"message": "no Route matched with those values"}, status=404),
        reply({"message": "The route api/v2/orders could not be found."}, status=404),
        reply(["Not found"], status=404),
    ],
)
def test_foreign_answer_is_not_taken_for_a_v1_refusal(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], page: bytes
) -> None:
    speaks(remote, "auto")
    foreign.answers(page, success(command, v1=False))
    ran = remote(*command)
    assert ran.code in (5, 6, 7, 15)
    assert "tickiti config set profiles.far.api classic" in ran.stderr
    assert paths(foreign) == [V1[command]]
    assert notes(remote) == []


def test_lost_old_or_wrong_generation_note_is_replaced(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    foreign.answers(REFUSAL, ticket_created())
    assert remote(*CREATE).code == 0
    notes(remote)[0].unlink()
    foreign.asked.clear()
    assert remote(*CREATE).code == 0
    assert paths(foreign) == [V1[CREATE], CLASSIC[CREATE]]
    (note,) = notes(remote)
    os.utime(note, times=(time.time() - 8 * 86_400,) * 2)
    foreign.asked.clear()
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    assert paths(foreign) == [V1[CREATE]]
    note.touch()
    foreign.asked.clear()
    foreign.answers(failure(403, "missing_ability"), ticket_created())
    assert remote(*CREATE).code == 0
    assert paths(foreign) == [CLASSIC[CREATE], V1[CREATE]]
    assert notes(remote) == []


def test_unwritable_memory_asks_the_server_each_time(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    (remote.config / "generations").write_text("a file, where the folder should be")
    for _ in range(2):
        foreign.asked.clear()
        foreign.answers(REFUSAL, ticket_created())
        assert remote(*CREATE) == Ran(0, "220009\n", "")
        assert paths(foreign) == [V1[CREATE], CLASSIC[CREATE]]


@pytest.mark.parametrize("refusal", [REFUSAL, failure(404, "not_found"), failure(405, "x")])
def test_doubtful_attempt_is_not_repeated_at_the_other_endpoint(
    remote: Cli, foreign: Foreign, refusal: bytes
) -> None:
    speaks(remote, "auto")
    foreign.answers(hang_up, refusal, ticket_created())
    ran = remote(*CREATE)
    assert ran.code in (5, 6, 7, 15)
    assert paths(foreign) == [V1[CREATE]] * 2
    assert len({*foreign.keys}) == 1
    assert notes(remote) == []


def test_unknown_ticket_is_not_a_missing_endpoint(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    foreign.answers(failure(404, "ticket_not_found", "Ticket 220009 not found."), RESPONDED)
    assert remote(*RESPOND) == Ran(
        6, "", "tickiti: Ticket 220009 not found.\nSee: tickiti ticket list\n"
    )
    assert paths(foreign) == [V1[RESPOND]]


def test_refusal_by_both_endpoints_reports_the_classic_one(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    why = "The token lacks the ability create-ticket."
    foreign.answers(REFUSAL, failure(403, "missing_ability", why))
    ran = remote(*CREATE)
    hint = "See what the token may do: tickiti token view --self"
    assert ran == Ran(5, "", f"tickiti: {why}\n{hint}\n")
    assert paths(foreign) == [V1[CREATE], CLASSIC[CREATE]]
    assert notes(remote) == []


def test_explicit_key_is_sent_to_one_endpoint(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    keyed = (*CREATE, "--idempotency-key", "job-7")
    why = "The token lacks the ability create-ticket."
    foreign.answers(failure(403, "missing_ability", why))
    told = (
        "A key that is given, an import and an export use the classic endpoints under `auto`. "
        f"If the token is for v1: tickiti config set profiles.far.api v1\ntickiti: {why}\n"
        "See what the token may do: tickiti token view --self\n"
    )
    for command in (keyed, ("ticket", "import", import_file(remote))):
        foreign.asked.clear()
        assert remote(*command) == Ran(5, "", told)
        assert paths(foreign) == [CLASSIC[CREATE]]
    ran = remote("ticket", "export", "--out", "t.ndjson")
    assert (ran.code, ran.stderr) == (5, told)
    foreign.asked.clear()
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    assert remote(*keyed).code == 0
    assert speaks(remote, "v1")(*keyed).code == 0
    assert paths(foreign) == [V1[CREATE], CLASSIC[CREATE], V1[CREATE]]


def test_key_from_an_error_is_sent_to_the_same_endpoint(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    foreign.answers(hang_up)
    ran = remote(*CREATE, "--retries", "0", "--json")
    assert ran.code == 11
    key = json.loads(ran.stderr)["error"]["idempotency_key"]
    foreign.answers(ticket_created())
    assert remote(*CREATE, "--idempotency-key", key).code == 0
    assert paths(foreign) == [V1[CREATE]] * 2
    foreign.asked.clear()
    foreign.answers(hang_up)
    ran = remote(*CREATE, "--no-journal", "--retries", "0", "--json")
    key = json.loads(ran.stderr)["error"]["idempotency_key"]
    assert remote(*CREATE, "--no-journal", "--retries", "0", "--idempotency-key", key).code == 11
    assert paths(foreign) == [CLASSIC[CREATE]] * 2
    assert foreign.keys == [key, key]


def test_resumed_operation_goes_to_its_first_endpoint(remote: Cli, foreign: Foreign) -> None:
    speaks(remote, "auto")
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    begun = foreign.asked.pop()
    foreign.answers(ticket_created())
    assert speaks(remote, "classic")("op", "resume", "--all-pending").code == 0
    (resumed,) = foreign.asked
    assert (resumed.line, resumed.body) == (begun.line, begun.body)
    assert resumed.headers["idempotency-key"] == begun.headers["idempotency-key"]


@pytest.mark.parametrize(("first", "second"), [("v1", "classic"), ("classic", "v1")])
def test_open_operation_of_the_other_generation_is_reported(
    remote: Cli, foreign: Foreign, first: str, second: str
) -> None:
    """v1 is told `is_public`, which classic takes for granted: the operation is the same."""
    speaks(remote, first)
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    foreign.answers(ticket_created())
    ran = speaks(remote, second)(*CREATE)
    assert (ran.code, ran.stdout) == (0, "220009\n")
    assert ran.stderr.startswith("An identical request from ")


def test_list_is_the_same_in_both_generations(local: Cli) -> None:
    assert local(*CREATE).code == 0
    assert local(*CREATE).code == 0
    listed = {}
    for api in ("classic", "v1", "auto"):
        speaks(local, api)
        listed[api] = [local(*LIST, *more) for more in (("--json",), ("--limit", "1"), ("--all",))]
    assert listed["classic"][0].code == 0
    assert listed["v1"] == listed["auto"] == listed["classic"]


@pytest.mark.parametrize(
    ("abilities", "endpoint"),
    [
        (("create-ticket",), "create_ticket"),
        (("tickets:write",), "tickets.create"),
        (("create-ticket", "tickets:write"), "tickets.create"),
    ],
)
def test_auto_chooses_the_endpoint_that_the_token_may_use(
    local: Cli, admin: Admin, abilities: tuple[str, ...], endpoint: str
) -> None:
    speaks(local, "auto")
    file = local.folder / "token"
    file.touch(mode=0o600)
    file.write_text(admin.mint(*abilities)["token"])
    for _ in range(2):
        ran = local(*CREATE, "-p", "local", "--token-file", "token")
        assert (ran.code, ran.stderr) == (0, "")
    assert journal(local)[-1] == (endpoint, "applied")


def import_file(run: Cli) -> str:
    path = run.folder / "t.ndjson"
    row: dict[str, Any] = {"from": "a@b.example", "subject": "x", "body": "y"}
    path.write_text("".join(json.dumps(row | {"subject": str(n)}) + "\n" for n in range(3)))
    return str(path)


def test_bulk_job_continues_in_its_generation(remote: Cli, foreign: Foreign) -> None:
    job = ("ticket", "import", import_file(remote))
    foreign.answers(ticket_created(), failure(422, "validation_failed", "No."))
    assert remote(*job).code == 12
    first = foreign.keys[:]
    foreign.asked.clear()
    foreign.answers(ticket_created())
    told = "This job started at /api/create_ticket and continues there.\n"
    assert speaks(remote, "v1")(*job) == Ran(0, "3\n", told)
    assert paths(foreign) == [CLASSIC[CREATE]] * 2
    assert foreign.keys == first[1:]
    foreign.asked.clear()
    assert remote(*job, "--again") == Ran(0, "3\n", "")
    assert paths(foreign) == [V1[CREATE]] * 3
    foreign.asked.clear()
    assert speaks(remote, "auto")(*job, "--again") == Ran(0, "3\n", "")
    assert paths(foreign) == [CLASSIC[CREATE]] * 3


def test_export_is_resumed_at_the_endpoint_of_its_cursor(remote: Cli, foreign: Foreign) -> None:
    row = {"id": "1", "number": 220009, "created_at": "2026-11-24T09:00:00+00:00", "priority": "20"}
    export = ("ticket", "export", "--out", "t.ndjson", "--fields", "id,number,priority")
    foreign.answers(reply({"ok": True, "data": [row], "next_cursor": "c1"}), silence)
    process = speaks(remote, "v1").start(*export)
    wait_until((remote.folder / "t.ndjson.part.json").exists, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    foreign.asked.clear()
    assert speaks(remote, "auto")(*export, "--resume") == Ran(
        2,
        "",
        "tickiti: --resume: It was started with another endpoint, tickets.query.\n"
        "Give the same, or: Start over without --resume.\n",
    )
    foreign.answers(reply({"ok": True, "data": [row], "next_cursor": None}), LISTED_V1)
    assert speaks(remote, "v1")(*export, "--resume") == Ran(0, "1\n", "")
    assert paths(foreign) == [V1[LIST]] * 2
    found = (remote.folder / "t.ndjson").read_text()
    assert found == '{"id": 1, "number": 220009, "priority": 20}\n'


def test_invalid_generation_is_refused_with_the_nearest(run: Cli) -> None:
    run.configure('[profiles.far]\nbase_url = "http://127.0.0.1:9"\napi = "clasic"\n')
    assert run(*CREATE, "-p", "far") == Ran(
        3,
        "",
        f"tickiti: {run.config}/config.toml, line 3: api of profile 'far': 'clasic' is not "
        "one of auto, v1, classic (did you mean classic?).\n",
    )
