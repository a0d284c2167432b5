"""A log that nobody reads stops nothing, keeps what fits, and says what it lost."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import wait_until
from tests.place import Place
from tickiti_server.log_stream import MOST_WAITING, LogStream

PIPE_BYTES = 64 * 1024
LINE = "x" * 999 + "\n"
KEPT = MOST_WAITING // len(LINE)


def test_a_server_whose_log_nobody_reads_goes_on_answering(tmp_path: Path) -> None:
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


def test_what_a_slow_reader_cannot_take_is_counted_and_lost() -> None:
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


def test_the_end_of_the_process_waits_for_a_reader_but_not_for_ever() -> None:
    leader, follower = os.pipe()
    log = LogStream(os.fdopen(follower, "w"), tell_lost=lambda _: None)
    log.write(LINE * (2 * PIPE_BYTES // 1000))
    log.drain()  # returns although nobody reads
    os.close(leader)
