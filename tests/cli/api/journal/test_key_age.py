"""A key is not sent again once its server may have forgotten the key, under every clock."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, failure, hang_up, raw_reply, reply, ticket_created
from tickiti_cli.api.journal.journal import Bearer, Journal, Operation, State
from tickiti_cli.api.journal.key_age import refuse_forgotten
from tickiti_cli.errors import OutcomeUnknown

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
DAY = 24 * 3600.0


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def date(days: float) -> str:
    """What a server says whose clock is so many days ahead of this machine's."""
    return format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)


def is_sent(
    folder: Path,
    begun: float,
    offset: float | None,
    server: float | None,
    others: Sequence[tuple[float, float]] = (),
) -> bool:
    """Whether a key is sent whose entry says that it was begun `begun` days ago, when the server's
    clock was `offset` days ahead, to a server that is `server` days ahead now. `others`: the same
    two of operations that were answered."""
    journal = Journal(folder)
    bearer = Bearer.of("7|x")

    def entry(days: float, ahead: float | None) -> Operation:
        made = journal.new(
            "create_ticket", key="k", content=b"{}", base_url="http://a", profile=None,
            bearer=bearer,
        )  # fmt: skip
        offset = None if ahead is None else ahead * DAY
        began = datetime.fromisoformat(ago(days))
        return made._replace(
            id=f"{began:%Y%m%dT%H%M%S}-{made.id[-8:]}", first_sent_at=ago(days), clock_offset=offset
        )

    for days, ahead in others:
        answered = entry(days, ahead)
        journal.begin(answered)
        journal.close(answered, State.APPLIED, {})
    mine = entry(begun, offset)
    journal.begin(mine)
    clock = None if server is None else datetime.now(UTC) + timedelta(days=server)
    try:
        refuse_forgotten(journal, mine, clock)
    except OutcomeUnknown:
        return False
    return True


@pytest.mark.parametrize(
    ("begun", "offset", "server", "sent"),
    [
        # every clock right
        (0, None, None, True), (0, 0, 0, True), (29, None, 0, True), (29.9, 0, 0, True),
        (30, None, None, False), (30, 0, 0, False), (31, None, 0, False), (400, 0, 0, False),
        # this machine's clock was ahead when it began: it looks younger than it is
        (-5, None, 0, False), (-5, None, None, False), (-40, None, 0, False),
        (15, -20, 0, False), (-5, -40, 0, False), (-39.9, -40, 0, True), (-15, -20, 0, True),
        # it was behind: it looks older than it is
        (700, 700, 0, True), (730, 700, 0, False), (700, None, 0, False), (50, 45, 0, True),
        # this machine's clock is behind now
        (-10, None, 25, False), (-700, 0, 700, True), (-700, 0, 731, False), (0, 0, 31, False),
        # it is ahead now
        (40, 0, -40, True), (40, None, -40, False), (10, None, -9, True), (45, 0, -10, False),
        # the server's clock alone is wrong, one way and the other
        (1, 0, 700, False), (1, None, 700, False), (1, 0, -700, False), (1, None, -700, False),
        # time zones
        (-0.5, None, 0, True), (0, None, -0.5, True), (0, -0.08, 0, True),
    ],
)  # fmt: skip
def test_key_older_than_the_servers_memory_is_not_sent(
    tmp_path: Path, begun: float, offset: float | None, server: float | None, *, sent: bool
) -> None:
    assert is_sent(tmp_path, begun, offset, server) == sent


@pytest.mark.parametrize(
    ("begun", "others", "sent"),
    [
        (15, [(15.01, -20)], False),
        (15, [(14.99, -20)], False),
        (15, [(15.01, -10), (14.99, -10)], True),
        (5, [(9, -60)], True),  # another day, when the clock may have been another
        (5, [(5.01, 0), (5.02, -60)], False),
    ],
)
def test_server_time_of_other_operations_counts(
    tmp_path: Path, begun: float, others: list[tuple[float, float]], *, sent: bool
) -> None:
    """Its own reply was lost, with the server's time on it."""
    assert is_sent(tmp_path, begun, None, 0, others) == sent


def entry_of(run: Cli) -> tuple[Path, dict[str, object]]:
    (path,) = (run.config / "journal").glob("*.pending.json")
    return path, json.loads(path.read_text())


def test_server_time_is_recorded_with_every_answer(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(429, "rate_limited", retry_after="600", date=date(3)))
    assert remote(*CREATE).code == 9
    offset = entry_of(remote)[1]["clock_offset"]
    assert isinstance(offset, (int, float))
    assert abs(offset - 3 * DAY) < 120
    foreign.answers(reply({"ok": True, "data": {"ticket_number": 1}}, date=date(-2)))
    assert remote("op", "resume", "--all-pending").code == 0
    (closed,) = (remote.config / "journal").glob("*.closed.json")
    assert abs(json.loads(closed.read_text())["clock_offset"] + 2 * DAY) < 120


def test_server_is_asked_for_the_time_before_a_resume(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    foreign.answers(ticket_created())
    foreign.clock["date"] = date(31)
    ran = remote("op", "resume", "--all-pending")
    assert (ran.code, len(foreign.asked)) == (12, 1)
    assert "the server may have forgotten the key" in ran.stderr
    epoch_and_time = [look.headers for look in foreign.looks]
    assert len(epoch_and_time) == 2
    assert not any("authorization" in headers for headers in epoch_and_time)
    foreign.clock["date"] = date(29)
    assert remote("op", "resume", "--all-pending").code == 0
    assert len(set(foreign.keys)) == 1


def test_new_write_does_not_ask_for_the_server_time(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    assert (len(foreign.asked), foreign.looks) == (1, [])


@pytest.mark.parametrize("days", [-40, -2, 31, 700])
def test_operation_of_a_wrong_clock_is_not_sent_with_a_way_out(
    remote: Cli, foreign: Foreign, days: int
) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    path, entry = entry_of(remote)
    path.write_text(json.dumps(entry | {"first_sent_at": ago(days)}))
    foreign.clock["date"] = date(0)
    foreign.answers(ticket_created())
    operation = str(entry["id"])
    ran = remote("op", "resume", operation)
    assert (ran.code, len(foreign.asked)) == (11, 1)
    way_out = f"Check on the server whether it was done, then: tickiti op forget {operation}\n"
    assert ran.stderr.endswith(f" Idempotency key: {foreign.keys[0]}.\n{way_out}")
    assert "exactly once" not in ran.stderr
    ran = remote("op", "resume", "--all-pending")
    assert (ran.code, len(foreign.asked)) == (12, 1)
    last = "tickiti: 1 of 1 operations failed.\nSee: tickiti op list\n"
    assert ran.stderr.endswith(f"\n{way_out}{last}")


@pytest.mark.parametrize("days", [-20_000, -40, 40, 20_000])
def test_date_of_a_foreign_server_does_not_block_an_operation(
    remote: Cli, foreign: Foreign, days: int
) -> None:
    page = raw_reply(b"<html>Not found</html>", status=404, media_type="text/html", Date=date(days))
    foreign.answers(hang_up, page)
    assert remote(*CREATE, "--retries", "1").code == 11
    foreign.answers(ticket_created())
    ran = remote("op", "resume", "--all-pending")
    assert (ran.code, ran.stderr) == (0, "")
    assert len(set(foreign.keys)) == 1
