"""Work beside a comparison: its end is waited for, and whatever ends the move stops it."""

import threading

import pytest

from tickiti_server.store.moving.meanwhile import Meanwhile


def test_steps_run_in_their_order_until_the_last() -> None:
    done: list[int] = []
    work = Meanwhile([lambda: done.append(1), lambda: done.append(2)], interrupt=lambda: None)
    work.wait()
    assert done == [1, 2]


def test_what_a_step_raises_is_raised_where_its_end_is_waited_for() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    work = Meanwhile([fail, lambda: done.append(2)], interrupt=lambda: None)
    with pytest.raises(ValueError, match="no"):
        work.wait()
    work.stop()
    assert done == []


def test_a_stop_interrupts_the_running_step_and_none_begins_after_it() -> None:
    began, interrupted = threading.Event(), threading.Event()
    done: list[int] = []

    def long() -> None:
        began.set()
        interrupted.wait()

    work = Meanwhile([long, lambda: done.append(2)], interrupt=interrupted.set)
    assert began.wait(20)
    work.stop()
    assert interrupted.is_set()
    assert done == []
