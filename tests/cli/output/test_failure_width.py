"""An error at a terminal: its lines break between words, and what is copied stays whole."""

import fcntl
import os
import struct
import termios

import pytest

from tests.support.cli import Cli
from tickiti_cli.config.settings import Format
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.output import Output
from tickiti_cli.output.streams import Streams, wrapped

LONG = "No Tickiti server is configured for this user: start one with `tickiti server start` now"


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_a_long_error_breaks_between_words_and_never_in_a_command(width: int) -> None:
    parts = wrapped(LONG, width)
    assert " ".join(parts) == LONG
    assert len(parts) > 1
    assert any("`tickiti server start`" in part for part in parts)
    assert [part for part in parts if len(part) > max(width, len("`tickiti server start`"))] == []


def test_a_command_at_the_end_of_a_hint_stays_on_one_line() -> None:
    command = "tickiti config set profiles.local.from anna@sole-trader.example"
    assert wrapped(f"To set it once: {command}", 40) == ["To set it once:", command]


def test_an_error_in_a_pipe_is_one_line(run: Cli) -> None:
    assert wrapped(LONG, None) == [LONG]
    assert len(run("ticket", "list", "--status", "x" * 200).stderr.splitlines()[0]) > 200


@pytest.mark.parametrize(("columns", "width"), [(50, 50), (0, None)])
def test_an_error_is_as_wide_as_the_terminal_where_its_width_is_known(
    columns: int, width: int | None
) -> None:
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(follower, "w") as stderr:
        assert Streams(None, None, stderr).error_width == width
        output = Output(Streams(None, None, stderr), chosen=Format.TABLE)
        output.failure(UsageProblem("--status: 'opne' is not one of open, on-hold, closed."))
        shown_on_stdout = Streams(None, stderr, None).fitted(f"{LONG}\n{LONG}")
    shown = os.read(leader, 1000).decode().splitlines()
    os.close(leader)
    whole = "tickiti: --status: 'opne' is not one of open, on-hold, closed."
    assert " ".join(shown) == whole
    assert len(shown) == (2 if width else 1)
    assert len(shown_on_stdout.splitlines()) == (4 if width else 2)
    assert shown_on_stdout.split() == f"{LONG} {LONG}".split()
