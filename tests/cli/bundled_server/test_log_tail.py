"""Reading on where one stopped: every line once and whole, whatever happens to the file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tickiti_cli.tail import Tail

Opened = Callable[[Path], Tail]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def opened() -> Iterator[Opened]:
    with ExitStack() as stack:
        yield lambda log: stack.enter_context(Tail(log))


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_the_newest_lines_come_first_then_what_is_added(log: Path, opened: Opened) -> None:
    add(log, "one\ntwo\nthree\n")
    tail = opened(log)
    assert tail.newest(2) == ["two", "three"]
    assert [*tail.lines()] == []
    add(log, "four\nfive\n")
    assert [*tail.lines()] == ["four", "five"]


def test_a_line_is_told_when_it_is_whole(log: Path, opened: Opened) -> None:
    add(log, "half a ")
    tail = opened(log)
    assert tail.newest(10) == []
    add(log, "line\nand ano")
    assert [*tail.lines()] == ["half a line"]
    add(log, "ther\n")
    assert [*tail.lines()] == ["and another"]


def test_the_older_log_counts_for_the_newest_lines(log: Path, opened: Opened) -> None:
    add(log.with_name("server.log.1"), "one\ntwo\n")
    add(log, "three\n")
    assert opened(log).newest(2) == ["two", "three"]


def test_after_a_move_the_end_of_the_old_file_comes_before_the_new_one(
    log: Path, opened: Opened
) -> None:
    add(log, "one\n")
    tail = opened(log)
    tail.newest(0)
    old = log.rename(log.with_name("elsewhere"))
    add(old, "two\n")
    assert [*tail.lines()] == ["two"]
    add(old, "three\n")
    add(log, "four\n")
    assert [*tail.lines()] == ["three", "four"]


def test_after_the_file_was_emptied_it_is_read_from_its_beginning(
    log: Path, opened: Opened
) -> None:
    add(log, "one\ntwo, and more\n")
    tail = opened(log)
    tail.newest(0)
    log.write_text("three\n")
    assert [*tail.lines()] == ["three"]


def test_bytes_that_are_no_text_are_shown_as_such(log: Path, opened: Opened) -> None:
    log.write_bytes(b"a\xffb\n")
    assert opened(log).newest(1) == ["a\ufffdb"]
