"""A log is followed: every line once and whole, when the file is moved or emptied too."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tickiti_cli.bundled_server.log_tail import LogTail

Opened = Callable[[Path], LogTail]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def opened() -> Iterator[Opened]:
    with ExitStack() as stack:
        yield lambda log: stack.enter_context(LogTail(log))


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_log_tail_shows_the_newest_lines_then_the_added_lines(log: Path, opened: Opened) -> None:
    add(log, "one\ntwo\nthree\n")
    tail = opened(log)
    assert tail.newest(2) == ["two", "three"]
    assert [*tail.lines()] == []
    add(log, "four\nfive\n")
    assert [*tail.lines()] == ["four", "five"]


def test_line_is_shown_once_complete(log: Path, opened: Opened) -> None:
    add(log, "half a ")
    tail = opened(log)
    assert tail.newest(10) == []
    add(log, "line\nand ano")
    assert [*tail.lines()] == ["half a line"]
    add(log, "ther\n")
    assert [*tail.lines()] == ["and another"]


def test_newest_lines_include_those_of_the_older_log(log: Path, opened: Opened) -> None:
    add(log.with_name("server.log.1"), "one\ntwo\n")
    add(log, "three\n")
    assert opened(log).newest(2) == ["two", "three"]


def test_moved_log_is_read_to_its_end_before_the_new_log(log: Path, opened: Opened) -> None:
    add(log, "one\n")
    tail = opened(log)
    tail.newest(0)
    old = log.rename(log.with_name("elsewhere"))
    add(old, "two\n")
    assert [*tail.lines()] == ["two"]
    add(old, "three\n")
    add(log, "four\n")
    assert [*tail.lines()] == ["three", "four"]


def test_emptied_log_is_read_from_its_beginning(log: Path, opened: Opened) -> None:
    add(log, "one\ntwo, and more\n")
    tail = opened(log)
    tail.newest(0)
    log.write_text("three\n")
    assert [*tail.lines()] == ["three"]


def test_non_text_bytes_are_escaped(log: Path, opened: Opened) -> None:
    log.write_bytes(b"a\xffb\n")
    assert opened(log).newest(1) == ["a\ufffdb"]
