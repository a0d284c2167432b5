"""Disks fail under the server: one is full, one reports an error of fsync. Both are real, without
mocks."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.place import Place, ticket

CREATE = "/api/create_ticket"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_full_disk_refuses_writes_still_replays_and_recovers(
    tmp_path: Path, small_disk: Path
) -> None:
    place = Place(tmp_path)
    place.database = small_disk / "t.db"
    place.start()
    try:
        first = place.post(CREATE, ticket("before"), "before")
        filler = small_disk / "filler"
        _fill(filler)
        big = {**ticket("full"), "data": {"subject": "full", "content": "x" * 300_000}}
        status, headers, body = place.post(CREATE, big, "full")
        assert (status, json.loads(body)["code"]) == (503, "storage_full")
        assert json.loads(body)["retryable"] is True
        assert int(headers["retry-after"]) > 0
        assert place.post(CREATE, ticket("before"), "before")[2] == first[2]
        filler.unlink()
        again = place.post(CREATE, big, "full")
        assert again[0] == 200
        assert "idempotency-replayed" not in again[1]
        assert [row["subject"] for row in place.every_ticket("number")] == ["before", "full"]
    finally:
        place.stop()


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    assert shutil.disk_usage(path.parent).free == 0


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_failed_fsync_acknowledges_no_write_and_the_key_tells_the_outcome(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    pid = json.loads(
        place.tickiti("server", "status", "--db", str(place.database), "--json").stdout
    )["pid"]
    calls = "fdatasync,fsync"
    options = ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:when=1"]
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-p", str(pid), *options],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert tracer.stderr is not None
        assert "attached" in tracer.stderr.readline()
        status, _, body = place.post(CREATE, ticket("sync"), "sync")
        assert (status, json.loads(body)["code"]) == (503, "storage_unavailable")
        status, _, body = place.post(CREATE, ticket("sync"), "sync")
        assert status == 200
    finally:
        tracer.terminate()
        tracer.wait(timeout=10)
        tracer.stderr.close()
    place.kill()
    place.start()
    assert place.post(CREATE, ticket("sync"), "sync")[2] == body
    assert [row["subject"] for row in place.every_ticket("number")] == ["sync"]
    place.stop()


def test_start_on_a_file_that_is_not_a_database_exits_16(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.database.write_bytes(b"not a database\n" * 1000)
    done = place.tickiti(
        "server", "start", "--detach", "--port", "0", "--db", str(place.database), check=False
    )
    assert (done.returncode, done.stdout) == (16, "")
    assert (
        done.stderr
        == f"tickiti: The database {place.database} cannot be used: file is not a database."
        " Restore a backup: tickiti server restore FILE\n"
    )
