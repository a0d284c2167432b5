"""`tickiti report`: what happened over a range of days is counted."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply


def days() -> tuple[str, str]:
    """Yesterday and tomorrow, so that midnight in between changes nothing."""
    now = datetime.now(UTC)
    return str((now - timedelta(days=1)).date()), str((now + timedelta(days=1)).date())


def test_report_volumes_counts_the_tickets_of_a_queue(local: Cli) -> None:
    queue, (first, last) = f"Q {uuid4().hex}", days()
    assert local("queue", "create", queue).code == 0
    for _ in range(2):
        flags = ("--from", "a@b.example", "-s", "x", "-b", "y", "--queue", queue)
        assert local("ticket", "create", *flags).code == 0
    ran = local("report", "volumes", "--from", first, "--to", last, "--queue", queue, "--json")
    rows = json.loads(ran.stdout)
    assert sum(row["created"] for row in rows) == 2
    assert len(rows) == 3
    listed = local("report", "volumes", "--from", first, "--to", last, "--group-by", "month")
    assert listed.stdout.splitlines()[0].count("\t") == 3


def test_report_verbs_answer_on_the_bundled_server(local: Cli) -> None:
    for name in ("response-times", "resolutions", "agent-activity"):
        ran = local("report", name, "-o", "csv")
        assert (ran.code, ran.stderr) == (0, "")
        assert "," in ran.stdout.splitlines()[0]
    meta = json.loads(local("report", "meta", "--json").stdout)
    assert "day" in meta["group_by"]


def test_report_from_today_begins_with_the_day_of_the_server(local: Cli) -> None:
    east, today = "AAA-23:59", str(datetime.now(UTC).date())
    ran = local("report", "volumes", "--from", "today", TZ=east)
    assert (ran.code, ran.stdout.count("\n")) == (0, 1)
    assert ran.stdout.startswith(f"{today}\t")
    assert ran.stderr == f"Reports count days in UTC, where today is {today}.\n"
    assert local("report", "volumes", "--from", today, TZ=east).stderr == ""
    assert local("report", "volumes", "--from", "+3d", TZ=east).code == 7


def test_report_bad_input_is_named(local: Cli) -> None:
    ran = local("report", "volumes", "--queue", "Nowhere")
    assert (ran.code, "There is no queue 'Nowhere'." in ran.stderr) == (6, True)
    ran = local("report", "volumes", "--from", "2026-11-02", "--to", "2026-11-01")
    assert ran == Ran(2, "", "tickiti: --from 2026-11-02 is later than --to 2026-11-01.\n")
    ran = local("report", "volumes", "--group-by", "year")
    assert ran.code == 2


def test_report_of_an_unknown_shape_is_shown_unchanged(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"volumes": [1, 2]}))
    ran = remote("report", "volumes")
    assert ran == Ran(0, '{"volumes": [1, 2]}\n', "")
    foreign.answers(reply({"data": [{"day": "2026-11-01", "opened": 5}]}))
    assert remote("report", "volumes") == Ran(0, "2026-11-01\t5\n", "")


def test_report_without_the_plan_is_forbidden(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(403, "plan_required", "The plan has no reports."))
    ran = remote("report", "volumes")
    assert (ran.code, "The plan has no reports." in ran.stderr) == (5, True)
