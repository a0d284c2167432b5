"""Retries of a request, without a server and almost without waiting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tickiti_cli.api import retry
from tickiti_cli.api.retry import Notes, Policy, may_help, pause_before, retry_after_seconds
from tickiti_cli.contract.errors import (
    ApiError,
    KeyConflict,
    KeyInProgress,
    NotImplementedHere,
    RateLimited,
    ServerError,
    Unauthenticated,
)
from tickiti_cli.errors import TimedOut, Unreachable


def failing(times: int, error: Exception) -> Callable[[float], int]:
    """An attempt that fails so many times, then tells how often it was made."""
    made = 0

    def attempt(left: float) -> int:
        nonlocal made
        made += 1
        assert left > 0
        if made <= times:
            raise error
        return made

    return attempt


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 0.001)


def test_retries_are_limited_to_their_number() -> None:
    notes: list[str] = []
    assert Policy(retries=3, max_time=60).run(failing(3, ServerError()), note=notes.append) == 4
    assert len(notes) == 3
    with pytest.raises(ServerError):
        Policy(retries=3, max_time=60).run(failing(4, ServerError()), note=notes.append)


def test_zero_retries_is_one_attempt() -> None:
    with pytest.raises(ServerError):
        Policy(retries=0, max_time=60).run(failing(1, ServerError()), note=lambda _: None)


def test_local_connection_refusal_has_its_own_time_limit() -> None:
    refused = Unreachable("no", may_have_arrived=False, is_refused_here=True)
    patient, brief = Policy(8, 60), Policy(8, 60, refused_time=0.0)
    assert patient.run(failing(3, refused), note=lambda _: None) == 4
    with pytest.raises(Unreachable):
        brief.run(failing(1, refused), note=lambda _: None)
    assert brief.run(failing(3, ServerError()), note=lambda _: None) == 4


def test_retries_take_two_lines_of_a_log_and_one_of_a_terminal() -> None:
    told: list[str] = []
    shown: list[str] = []
    for show in (None, shown.append):
        notes = Notes(told.append, show)
        Policy(8, 60).run(failing(5, ServerError()), note=notes)
        notes.end()
    first, last = told
    assert "Trying again" in first
    assert last.startswith("Tried 6 times in ")
    assert len(shown) == 6
    assert shown[-1] == ""


def test_single_retry_has_no_summary() -> None:
    told: list[str] = []
    for times in (0, 1):
        notes = Notes(told.append, None)
        Policy(8, 60).run(failing(times, ServerError()), note=notes)
        notes.end()
    assert len(told) == 1


def test_pause_beyond_the_deadline_ends_the_attempts() -> None:
    late = RateLimited(retry_after=61)
    with pytest.raises(RateLimited):
        Policy(retries=8, max_time=60).run(failing(1, late), note=lambda _: None)


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (ServerError(), True),
        (RateLimited(), True),
        (KeyInProgress(), True),
        (TimedOut("x", may_have_arrived=True), True),
        (Unreachable("x", may_have_arrived=False), True),
        (Unreachable("a certificate", may_have_arrived=False, can_retry=False), False),
        (KeyConflict(), False),
        (Unauthenticated(), False),
        (NotImplementedHere(), False),
    ],
)
def test_only_retryable_errors_are_retried(error: ApiError | Unreachable, helps: bool) -> None:
    assert may_help(error) is helps


def test_pause_range_doubles_up_to_half_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 0.5)
    for attempt, ceiling in enumerate([0.5, 1, 2, 4, 8, 16, 30, 30], start=1):
        drawn = [pause_before(attempt, ServerError()) for _ in range(200)]
        assert 0 <= min(drawn) < ceiling / 4
        assert ceiling * 3 / 4 < max(drawn) <= ceiling


def test_server_can_lengthen_a_pause_but_not_shorten_it() -> None:
    assert pause_before(1, RateLimited(retry_after=7)) == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("5", 5),
        (" 5 ", 5),
        ("-5", None),
        ("5.5", None),
        ("soon", None),
        ("", None),
        ("\u0665", None),
        ("9" * 400, 999_999_999),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: int | None) -> None:
    assert retry_after_seconds(value) == seconds


def test_retry_after_as_a_date_is_the_time_until_then() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    assert retry_after_seconds(format_datetime(moment, usegmt=True)) in (89, 90)


@pytest.mark.parametrize("month", range(1, 13))
def test_date_of_http_is_read_as_mail_programs_read_it(month: int) -> None:
    moment = datetime(2026, month, 9, 23, 5, 59, tzinfo=UTC)
    assert retry.moment(format_datetime(moment, usegmt=True)) == moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Tue, 31 Feb 2026 08:49:37 GMT", None),
        ("Tue, 03 Feb 2026 25:49:37 GMT", None),
        ("Tue, 03 Feb 2026 08:49:37", None),
        ("soon", None),
        (None, None),
    ],
)
def test_other_dates_are_read_or_ignored(text: str | None, found: datetime | None) -> None:
    assert retry.moment(text) == found
