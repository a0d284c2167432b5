"""The next item is made while the caller works on the one before."""

import threading
from collections.abc import Iterator

import pytest

from tickiti_cli.bulk.export.ahead import one_ahead

PATIENCE_SECONDS = 10


def test_items_come_in_order_and_end() -> None:
    assert [*one_ahead(iter(range(100)))] == [*range(100)]
    assert [*one_ahead(iter(()))] == []


def test_next_item_is_made_meanwhile_and_only_one() -> None:
    made: list[tuple[int, bool]] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            made.append((number, threading.current_thread() is threading.main_thread()))
            if number == 2:
                third.set()
            yield number

    taken = one_ahead(items())
    assert next(taken) == 0
    assert made == [(0, True)]
    assert next(taken) == 1
    assert third.wait(PATIENCE_SECONDS)
    assert made == [(0, True), (1, False), (2, False)]
    assert [*taken] == [2, 3]


def test_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise LookupError("no more")

    taken = one_ahead(items())
    assert (next(taken), next(taken)) == (1, 2)
    with pytest.raises(LookupError, match="no more"):
        next(taken)


def test_thread_ends_where_the_caller_stops() -> None:
    taken = one_ahead(iter(range(100)))
    assert (next(taken), next(taken)) == (0, 1)
    thread = [found for found in threading.enumerate() if found.name == "ahead"][-1]
    taken.close()  # type: ignore[attr-defined]
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
