"""`tickiti server clock`: a test server's clock is shown, frozen, advanced and reset."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.timed import NOT_IN_TEST_MODE, Timed

FROZEN = "2030-01-15T09:00:00+00:00"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timed]:
    found = Timed(tmp_path_factory.mktemp("server-clock"))
    found.open()
    yield found
    found.close()


@pytest.fixture
def place(desk: Timed) -> Timed:
    desk.clock("reset")
    return desk


def shown(place: Timed, *words: str) -> Any:
    return json.loads(place.tickiti("server", "clock", *words, "--json").stdout)


def test_the_clock_is_frozen_advanced_and_reset(place: Timed) -> None:
    assert not shown(place, "show")["is_frozen"]
    assert shown(place, "freeze", "2030-01-15T09:00Z")["now"] == FROZEN
    assert place.tickiti("server", "clock", "show", "--fields", "now").stdout == f"{FROZEN}\n"
    ran = place.tickiti("server", "clock", "advance", "90m")
    assert (ran.stdout, ran.stderr) == ("2030-01-15T10:30:00+00:00\n", "")
    assert shown(place, "show")["is_frozen"]
    reset = shown(place, "reset")
    assert (reset["is_frozen"], reset["ahead_seconds"]) == (False, 0)


@pytest.mark.parametrize(
    ("moment", "away"),
    [("now", timedelta()), ("+7d", timedelta(days=7)), ("7d", timedelta(days=7)),
     ("-7d", timedelta(days=-7)), ("90m", timedelta(minutes=90))],
)  # fmt: skip
def test_a_relative_moment_counts_from_the_clock_of_the_machine(
    place: Timed, moment: str, away: timedelta
) -> None:
    place.clock("advance", seconds=86_400)
    words = ("--", moment) if moment.startswith("-") else (moment,)
    ran = place.tickiti("server", "clock", "freeze", "--json", *words)
    found = datetime.fromisoformat(json.loads(ran.stdout)["now"])
    assert abs(found - datetime.now(UTC) - away) < timedelta(minutes=5)


@pytest.mark.parametrize("word", ["yesterday", "today", "tomorrow", "monday", "2026-11-24"])
def test_a_day_is_its_midnight_in_the_time_zone_of_the_user(place: Timed, word: str) -> None:
    found = datetime.fromisoformat(shown(place, "freeze", word)["now"])
    assert found.astimezone().time() == datetime.min.time()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("freeze", "soon"), "MOMENT: 'soon' is not a date"),
        (("freeze", "03/04/2027"), "write 2027-04-03 or 2027-03-04"),
        (("freeze", "2027-02-30"), "is not in the calendar"),
        (("advance", "24"), "DURATION: '24' has no unit: write 24h for hours"),
        (("advance", "0"), "DURATION: must be more than 0"),
        (("advance", "-1d"), "-1"),
        (("advance",), "DURATION"),
    ],
)
def test_an_invalid_time_is_refused_and_moves_no_clock(
    place: Timed, words: tuple[str, ...], said: str
) -> None:
    place.clock("freeze", moment=FROZEN)
    ran = place.tickiti("server", "clock", *words, check=False)
    assert (ran.returncode, ran.stdout, said in ran.stderr) == (2, "", True), ran.stderr
    assert place.clock()["now"] == FROZEN


def test_the_server_refuses_years_that_it_cannot_write(place: Timed) -> None:
    ran = place.tickiti("server", "clock", "freeze", "9999-12-31", check=False)
    assert (ran.returncode, "the years 1970 to 8999" in ran.stderr) == (7, True)
    ran = place.tickiti("server", "clock", "advance", "99999999w", check=False)
    assert (ran.returncode, "the years 1970 to 8999" in ran.stderr) == (7, True)


def test_status_shows_a_moved_and_a_frozen_clock(place: Timed) -> None:
    def clock() -> Any:
        where = ("--db", str(place.database), "--json")
        return json.loads(place.tickiti("server", "status", *where).stdout)["clock"]

    assert clock() == "that of this machine"
    place.clock("advance", seconds=400 * 86_400)
    assert clock() == "400 days, 0:00:00 ahead of this machine's"
    place.clock("freeze", moment=FROZEN)
    assert clock() == f"frozen at {FROZEN}"
    place.kill()
    place.open()
    assert clock() == f"frozen at {FROZEN}"


def test_a_server_without_test_mode_is_named(tmp_path: Any) -> None:
    place = Timed(tmp_path)
    place.start()
    try:
        for words in (("show",), ("freeze",), ("advance", "1d"), ("reset",)):
            ran = place.tickiti("server", "clock", *words, check=False)
            assert (ran.returncode, ran.stderr) == (15, NOT_IN_TEST_MODE)
    finally:
        place.close()
