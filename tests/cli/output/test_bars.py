"""The bar of each row of a report: on a terminal alone, in the room that the columns leave."""

import io
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, reply
from tickiti_cli.output.format import columns
from tickiti_cli.output.streams import Streams
from tickiti_cli.output.tables import terminal
from tickiti_cli.output.tables.bars import LEAST, MOST, bars

SHAPE = columns("name", "tickets", bar="tickets")
ROWS = [{"name": "a", "tickets": 40}, {"name": "b", "tickets": 20}, {"name": "c", "tickets": 0}]


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def drawn(out: io.StringIO, width: int, rows: list[dict[str, Any]] = ROWS) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        terminal.table(Streams(None, out, None, {}), rows, SHAPE, color="never")
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_bar_is_as_long_as_its_share_and_fits_the_terminal(width: int) -> None:
    head, *lines = drawn(Screen(), width)
    longest, half, none = (line.count("\u2588") for line in lines)
    assert (longest, none, "\u2588" in head) == (min(MOST, width - 15), 0, False)
    assert abs(half * 2 - longest) <= 1
    assert max(map(len, lines)) <= width


def test_a_pipe_and_a_narrow_terminal_have_no_bars() -> None:
    assert "\u2588" not in "".join(drawn(io.StringIO(), 80))
    assert "\u2588" not in "".join(drawn(Screen(), 14 + LEAST))


def test_non_numbers_get_no_bar_and_small_numbers_a_short_bar() -> None:
    assert bars([1000, 1, None, -5, "x"], 20, "utf-8") == ["\u2588" * 20, "\u2588", "", "", ""]
    assert bars([0, None], 20, "utf-8") == []
    assert bars([2], LEAST, "ascii") == ["#" * LEAST]
    assert bars([2], LEAST - 1, "utf-8") == []


def test_a_report_has_bars_on_a_terminal_alone(remote: Cli, foreign: Foreign) -> None:
    rows = [{"period": "2026-11-01", "created": 4, "closed": 1, "responses": 9}]
    foreign.answers(reply({"ok": True, "rows": rows}), reply({"ok": True, "rows": rows}))
    assert "\u2588" * MOST in remote.on_terminal("report", "volumes").stdout
    assert remote("report", "volumes", "-o", "table").stdout.splitlines()[1].endswith("9")
