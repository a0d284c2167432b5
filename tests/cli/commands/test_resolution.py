"""`tickiti resolution` and `tickiti escalation`: how tickets end, and which wait too long."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.commands.escalation.business_hours import DAYS, rows_of


def rows(local: Cli, noun: str) -> Any:
    return json.loads(local(noun, "list", "--json").stdout)


def test_resolution_is_made_changed_moved_and_deleted(local: Cli) -> None:
    name, other = f"R {uuid4().hex}", f"R {uuid4().hex}"
    made = local("resolution", "create", name, "--colour", "#2e7d32")
    assert local("resolution", "create", other).code == 0
    (row,) = [row for row in rows(local, "resolution") if row["name"] == name]
    assert (made, row["colour"]) == (Ran(0, f"{row['id']}\n", ""), "#2e7d32")
    done = Ran(0, f"{row['id']}\n", "")
    assert local("resolution", "edit", name, "--name", f"{name} b", "--retired") == done
    moved = local("resolution", "reorder", other, f"{name} b")
    assert (moved.code, moved.stderr) == (0, "")
    found = rows(local, "resolution")
    assert [row["name"] for row in found[:2]] == [other, f"{name} b"]
    assert found[1]["selectable"] is False
    assert local("resolution", "delete", f"{name} b", "--yes") == done
    assert local("resolution", "delete", other, "--yes").code == 0


def test_resolution_write_on_a_terminal_is_a_sentence(local: Cli) -> None:
    name = f"R{uuid4().hex}"
    made = local.on_terminal("resolution", "create", name)
    assert made.stdout == f"Created resolution '{name}'.\n"
    first = local.on_terminal("resolution", "reorder", name)
    assert first.stdout == f"Moved resolution '{name}' to the top.\n"
    gone = local.on_terminal("resolution", "delete", name, asked='Type "yes"', typed="yes\n")
    assert gone.stdout.endswith(f"Deleted resolution '{name}'.\n")


def test_resolution_bad_input_is_named(local: Cli) -> None:
    missing = "tickiti: There is no resolution 'Nowhere'.\nSee: tickiti resolution list\n"
    assert local("resolution", "delete", "Nowhere", "-y") == Ran(6, "", missing)
    assert local("resolution", "reorder", "Nowhere") == Ran(6, "", missing)
    sentence = "Nothing to change: add --name, --colour, --selectable or --retired."
    assert local("resolution", "edit", "x") == Ran(2, "", f"tickiti: {sentence}\n")
    assert local("resolution", "create", "x", "--colour", "red").code == 7


def test_escalation_is_made_changed_and_deleted(local: Cli) -> None:
    flags = ("--minutes", "480", "--action", "email", "--email", "a@b.example", "--repeat", "60")
    rule = local("escalation", "create", *flags).stdout.strip()
    (row,) = [row for row in rows(local, "escalation") if row["id"] == rule]
    assert (row["minutes"], row["action"], row["email"], row["repeat_minutes"]) == (
        480, "email", "a@b.example", 60,
    )  # fmt: skip
    done = Ran(0, f"{rule}\n", "")
    assert local("escalation", "edit", rule, "--minutes", "120", "--no-repeat") == done
    (row,) = [row for row in rows(local, "escalation") if row["id"] == rule]
    assert (row["minutes"], row["repeat_minutes"]) == (120, None)
    assert local("escalation", "delete", rule, "--yes") == done
    assert rule not in [row["id"] for row in rows(local, "escalation")]


def test_escalation_hours_are_shown_and_changed(local: Cli) -> None:
    def shown() -> Any:
        return json.loads(local("escalation", "hours", "--json").stdout)

    flags = ("--days", "mon-wed,fri", "--start", "09:00", "--end", "17:30")
    assert local("escalation", "hours", *flags) == Ran(0, "simple\n", "")
    found = shown()
    assert (found["mode"], found["simple_start"], found["simple_end"]) == ("simple", 540, 1050)
    assert [found[f"{day}_enabled"] for day in ("mon", "wed", "thu", "fri", "sun")] == [
        True, True, False, True, False,
    ]  # fmt: skip
    ran = local("escalation", "hours", "--day", "sat=10:00-24:00")
    assert (ran, shown()["sat_end"]) == (Ran(0, "per_day\n", ""), 1440)
    assert local("escalation", "hours", "--always") == Ran(0, "always\n", "")
    assert shown()["mode"] == "always"
    assert "00:00" in local.on_terminal("escalation", "hours").stdout.split()


@pytest.mark.parametrize(
    ("hours", "weekday", "saturday"),
    [
        ({"mode": "always"}, ("00:00", "24:00"), ("00:00", "24:00")),
        (
            {"mode": "simple", "fri_enabled": True, "simple_start": 540, "simple_end": 1050},
            ("09:00", "17:30"),
            ("", ""),
        ),
        (
            {"mode": "per_day", "fri_enabled": True, "fri_start": 0, "fri_end": 61},
            ("00:00", "01:01"),
            ("", ""),
        ),
    ],
)
def test_escalation_hours_are_times_of_day_for_a_person(
    hours: dict[str, Any], weekday: tuple[str, str], saturday: tuple[str, str]
) -> None:
    shown = {row["day"]: (row["start"], row["end"]) for row in rows_of(hours)}
    assert (list(shown), shown["fri"], shown["sat"]) == ([*DAYS], weekday, saturday)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ("--days", "monday"),
            "--days: 'monday' is not a list of days such as mon-fri or mon,wed.",
        ),
        (("--start", "9"), "--start: '9' is not a time such as 09:00."),
        (("--end", "24:01"), "--end: '24:01' is not a time such as 09:00."),
        (("--day", "mon"), "--day: 'mon' is not DAY=START-END, such as mon=09:00-17:00."),
        (("--always", "--days", "mon"), "Give --days, --start and --end, or --day, or --always."),
    ],
)
def test_escalation_hours_bad_input_is_named(
    local: Cli, flags: tuple[str, ...], sentence: str
) -> None:
    assert local("escalation", "hours", *flags) == Ran(2, "", f"tickiti: {sentence}\n")


def test_resolution_reply_without_an_id_is_done(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True}))
    ran = remote("resolution", "create", "Refunded")
    told = "Done, but the server's reply lacks: id.\n"
    assert ran == Ran(0, "\n", told)
    ran = remote("escalation", "create", "--minutes", "5")
    assert ran == Ran(0, "\n", told)
    foreign.answers(reply({"escalations": []}))
    ran = remote("escalation", "hours")
    assert ran == Ran(0, "", "This server does not show its business hours.\n")
