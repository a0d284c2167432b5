"""Dates of flags: words, ISO dates, times and spans, in the user's time zone."""

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.faketime import HAS_FAKETIME
from tests.support.foreign import Foreign, failure, reply, silence, ticket_created
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.dates import TimeRange, coming_day_of, day_of, moment_of

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""A Wednesday."""


class Clock(datetime):
    """A clock that stands still at `moment`."""

    moment = NOON

    @classmethod
    def now(cls, tz: object = None) -> "Clock":
        at = cls.fromtimestamp(cls.moment.timestamp(), UTC)
        return at.astimezone(tz) if tz else at.astimezone().replace(tzinfo=None)  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clock]]:
    """The clock of the parser, in UTC until `in_zone` is called."""
    monkeypatch.setattr("tickiti_cli.parser.dates.datetime", Clock)
    monkeypatch.setattr(Clock, "moment", NOON)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield Clock
    monkeypatch.undo()
    time.tzset()


def in_zone(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("text", "past", "coming"),
    [
        ("today", "2026-11-25", "2026-11-25"),
        ("Yesterday", "2026-11-24", None),
        (" tomorrow ", "2026-11-26", "2026-11-26"),
        ("wednesday", "2026-11-25", "2026-12-02"),
        ("Thursday", "2026-11-19", "2026-11-26"),
        ("tue", "2026-11-24", "2026-12-01"),
        ("7d", "2026-11-18", "2026-12-02"),
        ("-7d", "2026-11-18", None),
        ("+2w", "2026-12-09", "2026-12-09"),
        ("0d", "2026-11-25", "2026-11-25"),
        ("2026-11-28", "2026-11-28", "2026-11-28"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
    ],
)
def test_a_day_is_in_the_past_for_a_filter_and_ahead_for_a_plan(
    text: str, past: str, coming: str | None
) -> None:
    assert day_of(text, "--x") == past
    if coming is not None:
        assert coming_day_of(text, "--x") == coming
        return
    with pytest.raises(UsageProblem, match=f"^--x: {past} is in the past\\.$"):
        coming_day_of(text, "--x")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-25T12:00:00+00:00"),
        ("-90m", "2026-11-25T10:30:00+00:00"),
        ("2h", "2026-11-25T10:00:00+00:00"),
        ("today", "2026-11-25T00:00:00+00:00"),
        ("2026-11-28T10:00", "2026-11-28T10:00:00+00:00"),
        ("2026-11-28 10:00:30", "2026-11-28T10:00:30+00:00"),
        ("2026-11-28t10:00z", "2026-11-28T10:00:00+00:00"),
        ("2026-11-28T10:00+05:30", "2026-11-28T04:30:00+00:00"),
    ],
)
def test_a_time_is_sent_in_utc(text: str, moment: str) -> None:
    assert moment_of(text, "--x") == moment


LATEST = "9999-12-31T23:59:59-14:00"
"""A moment of the calendar that is in year 10000 in UTC."""


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("24.12.2026", "'24.12.2026' is not in the order year-month-day: write 2026-12-24."),
        ("03.04.2026", "'03.04.2026' is not in the order year-month-day: write 2026-04-03."),
        ("12/24/2026", "'12/24/2026' is not in the order year-month-day: write 2026-12-24."),
        ("24-12-26", "'24-12-26' is not in the order year-month-day: write 2026-12-24."),
        ("2026/12/24", "'2026/12/24' is not in the order year-month-day: write 2026-12-24."),
        ("20261224", "'20261224' is not in the order year-month-day: write 2026-12-24."),
        (
            "03/04/2026",
            "'03/04/2026' is not in the order year-month-day: write 2026-04-03 or 2026-03-04.",
        ),
        ("7", "'7' has no unit: write 7h for hours or 7d for days."),
        ("2026-02-31", "'2026-02-31' is not in the calendar."),
        ("2026-11-28T25:00", "'2026-11-28T25:00' is not in the calendar."),
        ("999999999w", "'999999999w' is too far in the future or past."),
        (LATEST, f"'{LATEST}' is too far in the future or past."),
        (
            "yesteday",
            (
                "'yesteday' is not a date such as 2026-11-24, yesterday or -7d. "
                "Did you mean yesterday?"
            ),
        ),
        ("", "'' is not a date such as 2026-11-24, yesterday or -7d."),
        ("31.02.2026", "'31.02.2026' is not a date such as 2026-11-24, yesterday or -7d."),
        ("7 d", "'7 d' is not a date such as 2026-11-24, yesterday or -7d."),
        ("\uff12d", "'\uff12d' is not a date such as 2026-11-24, yesterday or -7d."),
    ],
)
def test_any_other_text_is_refused_with_the_iso_form(text: str, sentence: str) -> None:
    for parse in (day_of, moment_of):
        with pytest.raises(UsageProblem) as refused:
            parse(text, "--x")
        assert refused.value.message == f"--x: {sentence}"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("text", ["now", "-2h", "2026-11-24T10:00"])
def test_a_time_is_refused_where_a_day_is_needed(text: str) -> None:
    day = "2026-11-24" if "T" in text else "2026-11-25"
    with pytest.raises(UsageProblem) as refused:
        day_of(text, "--x")
    sentence = f"--x: '{text}' is a time, and this flag takes a day: write {day}."
    assert refused.value.message == sentence


@pytest.mark.usefixtures("clock")
def test_the_end_of_a_token_is_not_in_the_past() -> None:
    for text in ("today", "now", "-1h", "2026-11-25T11:59"):
        with pytest.raises(UsageProblem, match="is in the past"):
            moment_of(text, "--expires", ahead=True)
    assert moment_of("1h", "--expires", ahead=True) == "2026-11-25T13:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "there"),
    [
        # the day begins at the user's midnight, and on the user's calendar
        ("Pacific/Auckland", ("2026-11-24T20:00+00:00", "today", "2026-11-24T11:00:00+00:00")),
        ("America/New_York", ("2026-11-25T02:00+00:00", "today", "2026-11-24T05:00:00+00:00")),
        # 2026-03-29: the clocks of Berlin go from 02:00 to 03:00
        ("Europe/Berlin", ("2026-03-29T10:00+00:00", "-1d", "2026-03-28T11:00:00+00:00")),
        ("Europe/Berlin", ("2026-03-29T10:00+00:00", "-24h", "2026-03-28T10:00:00+00:00")),
        ("Europe/Berlin", ("2026-03-29T10:00+00:00", "today", "2026-03-28T23:00:00+00:00")),
        ("Europe/Berlin", ("2026-03-29T10:00+00:00", "tomorrow", "2026-03-29T22:00:00+00:00")),
        (
            "Europe/Berlin",
            ("2026-01-01T10:00+00:00", "2026-07-01T10:00", "2026-07-01T08:00:00+00:00"),
        ),
        # 2026-10-25: the hour from 02:00 to 03:00 comes twice there
        ("Europe/Berlin", ("2026-10-26T10:00+00:00", "-1w", "2026-10-19T09:00:00+00:00")),
        ("Europe/Berlin", ("2026-10-26T10:00+00:00", "sunday", "2026-10-24T22:00:00+00:00")),
    ],
)
def test_days_are_those_of_the_users_clock_across_daylight_saving(
    clock: type[Clock], monkeypatch: pytest.MonkeyPatch, zone: str, there: tuple[str, str, str]
) -> None:
    now, text, moment = there
    in_zone(monkeypatch, zone)
    monkeypatch.setattr(clock, "moment", datetime.fromisoformat(now))
    assert moment_of(text, "--x") == moment


@pytest.mark.usefixtures("clock")
def test_a_range_holds_its_last_day_and_its_last_second() -> None:
    day = TimeRange.of("2026-11-24", "2026-11-24")
    assert day.is_whole_days
    assert day.seconds() == ("2026-11-24", "2026-11-24")
    hours = TimeRange.of("2026-11-24T09:00", "2026-11-24T10:00")
    assert not hours.is_whole_days
    assert hours.seconds() == ("2026-11-24 09:00:00", "2026-11-24 10:00:00")
    for created, is_covered in (
        ("2026-11-24T08:59:59+00:00", False),
        ("2026-11-24T10:00:00+01:00", True),
        ("2026-11-24T10:00:00.9+00:00", True),
        ("2026-11-24T10:00:01+00:00", False),
        (None, True),
        ("soon", True),
    ):
        assert hours.covers({"created_at": created}) is is_covered
    assert hours.covers({})


@pytest.mark.usefixtures("clock")
def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageProblem) as refused:
        TimeRange.of("tomorrow", "today", ("--from", "--to"))
    assert refused.value.message == "--from tomorrow is later than --to today."


TICKET: dict[str, Any] = {
    "id": 1, "number": 1, "subject": "x", "status": "open", "priority": 20, "queue_id": 1,
    "queue_name": "Inbox", "originator_email": "a@b.example", "assigned_to_email": None,
    "on_hold_until": None, "updated_at": "2026-11-24T12:00:00+00:00", "response_count": 0,
}  # fmt: skip


def rows(*created: str) -> bytes:
    listed = [
        {**TICKET, "number": number, "created_at": at} for number, at in enumerate(created, 1)
    ]
    return reply({"ok": True, "data": {"tickets": listed, "next_cursor": None}})


def test_a_list_holds_the_users_day_though_the_server_counts_in_utc(
    remote: Cli, foreign: Foreign
) -> None:
    before, first, last, after = (
        "2026-11-23T22:59:59+00:00", "2026-11-23T23:00:00+00:00",
        "2026-11-24T22:59:59+00:00", "2026-11-24T23:00:00+00:00",
    )  # fmt: skip
    foreign.answers(rows(after, last, first, before))
    day = ("--since", "2026-11-24", "--until", "2026-11-24")
    show = ("--fields", "number")
    ran = remote("ticket", "list", *day, *show, TZ="Europe/Berlin")
    assert ran == Ran(0, "2\n3\n", "")
    assert json.loads(foreign.asked[0].body)["search_object"]["criteria"] == [
        {"mode": "created_from", "tokens": ["2026-11-23"]},
        {"mode": "created_to", "tokens": ["2026-11-24"]},
    ]
    ran = remote("ticket", "list", *day, *show, "--limit", "1", TZ="Europe/Berlin")
    assert ran == Ran(0, "2\n", "")
    ran = remote("ticket", "export", *day, "--out", "-", *show, TZ="Europe/Berlin")
    assert ran.stdout == '{"number": 2}\n{"number": 3}\n'


@HAS_FAKETIME
def test_yesterday_is_that_of_the_users_zone(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"responses": [], "next_cursor": None}}))
    query = remote.command(
        ("response", "query", "--since", "yesterday", "--until", "yesterday", "--json")
    )
    zones = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
    for zone in zones:
        ran = subprocess.run(
            ["faketime", "2026-03-10 03:00:00", "env", f"TZ={zone}", *query],
            env=remote.environ({}), cwd=remote.folder, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[]\n", "")
    sent = [json.loads(asked.body) for asked in foreign.asked]
    assert [(body["created_from"], body["created_to"]) for body in sent] == [
        ("2026-03-09", "2026-03-09"),
        ("2026-03-08 15:00:00", "2026-03-09 14:59:59"),
        # there it is still the 9th, and the 8th had 23 hours
        ("2026-03-08 08:00:00", "2026-03-09 06:59:59"),
    ]


LISTS = [
    # the list, the member of its reply, and the member that holds the moment of a row
    (("outbox", "list"), "outbox", "created_at"),
    (("callback", "list"), "callbacks", "created_at"),
    (("token", "audit"), "audit", "occurred_at"),
    (("server", "requests"), "requests", "answered_at"),
    (("response", "list", "1"), "responses", "created_at"),
]


@pytest.mark.parametrize(("command", "member", "moment"), LISTS)
def test_every_list_with_times_is_cut_by_since_and_until(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], member: str, moment: str
) -> None:
    times = ["2026-11-24T12:00:00+00:00", "2026-11-23T12:00:00+00:00", "2026-11-22T12:00:00+00:00"]
    listed = [{"id": number, moment: at} for number, at in enumerate(times, 1)]
    foreign.answers(reply({"ok": True, "data": {member: listed, "next_cursor": None}}))
    for flags, found in (
        (("--since", "2026-11-23"), times[:2]),
        (("--until", "2026-11-23"), times[1:]),
        (("--since", "2026-11-23", "--until", "2026-11-23T12:00"), times[1:2]),
        (("--since", "2026-11-25"), []),
        (("--since", "2026-11-22", "--limit", "1"), times[:1]),
    ):
        ran = remote(*command, *flags, "--json", "--fields", moment)
        assert (ran.code, ran.stderr) == (0, "")
        assert sorted((row[moment] for row in json.loads(ran.stdout)), reverse=True) == found
    ran = remote(*command, "--since", "24.12.2026")
    assert (ran.code, "--since: '24.12.2026'" in ran.stderr) == (2, True)


def test_operations_are_cut_by_since_and_until(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    opened = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    assert remote(*opened).code == 0
    for flags, count in (
        (("--since", "1h"), 1),
        (("--until", "-1h"), 0),
        (("--since", "tomorrow"), 0),
    ):
        listed = json.loads(remote("op", "list", *flags, "--json").stdout)
        assert len(listed) == count


def test_an_export_of_other_times_is_not_resumed(remote: Cli, foreign: Foreign) -> None:
    row = {**TICKET, "created_at": "2026-11-24T12:00:00+00:00"}
    page = reply({"ok": True, "data": {"tickets": [row], "next_cursor": "more"}})
    foreign.answers(page, failure(404, "not_found"))
    export = ("ticket", "export", "--out", "t.csv", "--since")
    assert remote(*export, "2026-11-24T11:00").code == 6
    ran = remote(*export, "2026-11-24T11:30", "--resume")
    told = "a word such as yesterday means another time now."
    assert ran.stderr.startswith(f"tickiti: --resume: It was started with other times: {told}\n")
    assert remote(*export, "2026-11-24T11:00", "--resume").code == 6  # it asks for the next page


def test_a_flag_of_seconds_takes_units_too(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(silence)
    for seconds in ("0.2", "0.2s", "0.0033m"):
        ran = remote("ticket", "list", "--timeout", seconds, "--retries", "0")
        assert ran == Ran(11, "", f"tickiti: {foreign.base_url} did not answer within 0.2 s.\n")
    assert remote("ticket", "list", "--max-time", "0x2").code == 2
