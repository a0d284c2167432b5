"""Signals, markers and workers of every test.

Rule: a test runs with the same signal dispositions on a terminal, under nohup and in a background
job, and so do the processes that it starts.
"""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support.reach import knows_the_store, needs_postgresql

FAULTS = Path(__file__).parent / "faults"
CLI = Path(__file__).parent / "cli"

LONGEST = (
    "test_removed_files.py", "test_surroundings.py", "test_generated_clients.py",
    "test_wrong_clocks.py", "test_postgres_outages.py", "test_single_server.py",
    "test_silent_servers.py", "test_large_replies.py", "test_schemathesis.py",
    "test_impostors.py", "test_crash_points.py", "test_random_kills.py", "test_overload.py",
    "test_mail.py", "test_request_cost.py", "test_attackers.py", "test_endless_waits.py",
    "test_stuck_shutdown.py",
)  # fmt: skip
"""The fault tests of twenty seconds and more, the longest first: they are handed out in this order,
and the rest by the number of tests. Else a worker begins a long file when the other has no more."""

INHERITED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""Signals that nohup or a shell without job control leaves ignored in the processes it starts."""


def pytest_configure() -> None:
    # Python restores SIGPIPE in every child itself. The four here stay ignored across exec.
    for number in INHERITED:
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INHERITED)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers a core, because a test waits for half of its time: for servers, for pauses of
    retries. One a core for the faults, which load the machine themselves."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) * (1 if config.getoption("markexpr") == "faults" else 2)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the faults alone does not import the modules that have none."""
    if config.getoption("markexpr") != "faults" or collection_path.suffix != ".py":
        return None
    is_other = (
        FAULTS not in collection_path.parents and b"faults" not in collection_path.read_bytes()
    )
    return True if is_other else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all of tests/faults; a slow module elsewhere sets `pytestmark` itself. Mark what needs
    PostgreSQL. Leave out what another database cannot change where the tests run on one."""
    if os.environ.get("TICKITI_TEST_STORE", "sqlite") != "sqlite":
        left_out = [item for item in items if _is_left_out(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _is_left_out(item)]
    for item in items:
        if item.path.is_relative_to(FAULTS):
            item.add_marker(pytest.mark.faults)
        if needs_postgresql(item.path):
            item.add_marker(pytest.mark.postgres)
    if config.getoption("markexpr") == "faults":
        tests = Counter(item.path for item in items if item.get_closest_marker("faults"))
        ranks = {name: rank for rank, name in enumerate(LONGEST)}
        items.sort(key=lambda item: (ranks.get(item.path.name, len(ranks)), -tests[item.path]))


def _is_left_out(item: pytest.Item) -> bool:
    """Whether a test is about SQLite itself, or does the same on every database.

    Of the tests of the command line, those run that ask the server of the whole run, which is then
    two servers behind nginx; but not those about what each server keeps for itself."""
    if needs_postgresql(item.path):
        return False
    if not knows_the_store(item.path):
        return True
    if CLI in item.path.parents and "served" not in getattr(item, "fixturenames", ()):
        return True
    return any(item.get_closest_marker(name) for name in ("sqlite", "one_node"))
