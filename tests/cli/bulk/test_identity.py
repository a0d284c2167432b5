"""Lines are told apart by 64-bit numbers, a million of which take little memory."""

import tracemalloc
from array import array
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tickiti_cli.bulk.job import identity
from tickiti_cli.bulk.job.identity import NumberSet, hash64, in_order, ranked

NUMBERS = some.lists(some.integers(0, 9) | some.integers(0, 2**64 - 1))


@pytest.fixture(autouse=True)
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "RUN", 3)


@given(NUMBERS)
def test_numbers_are_put_in_order(numbers: list[int]) -> None:
    assert [*in_order(numbers)] == sorted(numbers)


@given(NUMBERS)
def test_a_set_has_its_numbers_and_no_others(numbers: list[int]) -> None:
    found = NumberSet(numbers)
    assert all(number in found for number in numbers)
    assert [number for number in range(10) if number in found] == sorted({*numbers} & {*range(10)})


@given(NUMBERS)
def test_equal_lines_get_a_rank(numbers: list[int]) -> None:
    before = Counter[int]()
    expected = []
    for number in numbers:
        expected.append(hash64(number, before[number]) if before[number] else number)
        before[number] += 1
    assert [*ranked(array("Q", numbers))] == expected


def test_ranking_takes_little_memory_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "RUN", 1 << 10)
    chance = Random(7)
    asked = array("Q", (chance.getrandbits(64) for _ in range(100_000)))
    tracemalloc.start()
    ranked(asked)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / len(asked) < 35
