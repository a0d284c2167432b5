"""A move is killed at random moments and run again, until it ends. Nothing is lost or doubled.

The program reports each batch, so that a kill hits a known step; after the report it is given a
random time, so that the kill hits any moment of that step.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support import postgres
from tests.support.cluster import cluster, is_installed
from tests.support.furnished import furnish
from tests.support.waiting import wait_until
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import check_database, move_database, prepare_database
from tickiti_server.store.sqlite.moving.reading import WHERE

pytestmark = pytest.mark.faults

KILLS = (8, 8, 8, 8, 90)
"""Kills of each direction: each after fewer reports than this. The last one may hit the comparison
and the completion, or come too late."""

MOST_SECONDS = 0.03


@pytest.fixture
def furnished(tmp_path: Path) -> Path:
    path = tmp_path / "t.db"
    furnish(path)
    return path


@pytest.fixture
def url(tmp_path: Path) -> str:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    return postgres.url_of(tmp_path / "target.db")


def reports(program: "subprocess.Popen[str]") -> Iterator[Any]:
    assert program.stdout is not None
    for line in program.stdout:
        yield json.loads(line)


def run(source: object, target: object) -> "subprocess.Popen[str]":
    words = ["-m", "tickiti_server", "migrate", "--from", str(source), "--to", str(target)]
    environ = {**os.environ, "PGPASSFILE": str(cluster().passfile)}
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ,
    )  # fmt: skip


def killed(source: object, target: object, most: int, choose: Random) -> str:
    """Kill a move somewhere. Returns the step it was in."""
    program, step = run(source, target), "begun"
    with program:
        last = choose.randrange(most)
        for count, report in enumerate(reports(program)):
            step = report.get("step", "done")
            if count >= last:
                break
        time.sleep(choose.random() * MOST_SECONDS)
        program.send_signal(signal.SIGKILL)
        for report in reports(program):
            step = report.get("step", "done")
    return step


def ended(source: object, target: object) -> Any:
    program = run(source, target)
    with program:
        *_, last = reports(program)
        assert program.stderr is not None
        assert program.stderr.read() == ""
    assert program.returncode == 0
    return last["tables"]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_move_ends_right_when_it_is_run_again(
    furnished: Path, url: str, tmp_path: Path, seed: int
) -> None:
    choose = Random(seed)
    back = tmp_path / "back.db"
    found, steps = [], []
    for source, target in ((furnished, url), (url, back)):
        for most in KILLS:
            steps.append(killed(source, target, most, choose))
            if steps[-1] == "done":
                break
            wait_for_sessions(url)
            if not is_unfinished(target):
                break
        else:
            found.append(ended(source, target))
        check_database(target)
    third = move_database(back, postgres.url_of(tmp_path / "third.db"), lambda _: None)
    whole = [table._asdict() for table in third.tables]
    assert all(tables == whole for tables in found)
    assert steps.count("copied") > len(KILLS) // 2
    with closing(sqlite3.connect(back)) as ours, closing(sqlite3.connect(furnished)) as first:
        for table in third.tables:
            sql = f"SELECT count(*) FROM {table.table} WHERE {WHERE.get(table.table, 'TRUE')}"
            assert ours.execute(sql).fetchone() == first.execute(sql).fetchone() == (table.rows,)


def is_unfinished(target: Any) -> bool:
    """Whether a server refuses the target. False where the kill came between the completion and its
    report; a target that the move had not begun is empty then, which the end of the test finds."""
    refusal = ""
    try:
        prepare_database(target)
    except DatabaseUnusable as error:
        refusal = str(error)
    assert not refusal or "holds an unfinished move" in refusal
    return bool(refusal)


def wait_for_sessions(url: str) -> None:
    """Wait until PostgreSQL has noticed that a killed program is gone."""
    sql = """SELECT count(*) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'tickiti migrate'"""
    with postgres.connection_to(url) as connection:
        wait_until(lambda: connection.execute(sql).fetchone() == (0,))
