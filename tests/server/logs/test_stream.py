"""A log without a reader stops nothing, keeps the lines that fit, and counts the lost lines."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server.logs.stream import MOST_WAITING, LogStream

PIPE_BYTES = 64 * 1024
LINE = "x" * 999 + "\n"
KEPT = MOST_WAITING // len(LINE)


def test_server_with_an_unread_log_continues_to_answer(tmp_path: Path) -> None:
    place = Place(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "tickiti_cli", "server", "start", "--db", str(place.database),
         "--port", "0", "--port-file", str(tmp_path / "port")],
        env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            wait_until((tmp_path / "port").exists, process)
            place.port = int((tmp_path / "port").read_text())
            path = f"/{'x' * 200}"
            for _ in range(2 * PIPE_BYTES // len(path)):
                assert place.post(path, {})[0] == 404
        finally:
            process.terminate()
        assert process.stderr is not None
        log = process.stderr.read().decode()
    assert process.returncode == 0
    assert log.splitlines()[-1].endswith(" info Stopped")


def test_lines_beyond_a_slow_reader_are_counted_and_lost() -> None:
    leader, follower = os.pipe()
    told: list[int] = []
    with os.fdopen(leader) as reader, os.fdopen(follower, "w") as stream:
        log = LogStream(stream, tell_lost=told.append)
        for _ in range(KEPT + 10):
            log.write(LINE)
        assert [reader.readline() for _ in range(KEPT)] == [LINE] * KEPT
        log.drain()
        wait_until(lambda: bool(told))
    assert told == [10]


def test_process_exit_waits_for_the_log_reader_for_bounded_time() -> None:
    leader, follower = os.pipe()
    log = LogStream(os.fdopen(follower, "w"), tell_lost=lambda _: None)
    log.write(LINE * (2 * PIPE_BYTES // 1000))
    log.drain()  # returns although nobody reads
    os.close(leader)
