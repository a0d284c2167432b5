"""The identity of a line: its request, and its rank among the lines with the same request.

Rule: the identity depends neither on the line's number nor on the file's name or format. It is 64
bits of a digest, so that a million lines take 8 MB.
"""

import json
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from heapq import merge
from itertools import islice, pairwise
from typing import Any

_encoded = json.JSONEncoder(sort_keys=True).encode


def hash64(*parts: object) -> int:
    """Return 64 bits of the SHA-256 of the parts."""
    return int.from_bytes(sha256(_encoded(parts).encode()).digest()[:8])


def ranked(asked: "array[int]") -> "array[int]":
    """Return the identity of each line, which counts the equal lines before it."""
    repeated = {one for one, other in pairwise(in_order(asked)) if one == other}
    found, before = array("Q", asked), Counter[int]()
    if repeated:
        for position, number in enumerate(asked):
            if number in repeated:
                if rank := before[number]:
                    found[position] = hash64(number, rank)
                before[number] += 1
    return found


RUN = 1 << 16
"""Numbers that are sorted at once. As objects they take forty bytes each, in an array eight."""


def in_order(numbers: Iterable[int]) -> "array[int]":
    """Return the numbers from the smallest on."""
    left = iter(numbers)
    runs: list[array[int]] = []
    while run := array("Q", sorted(islice(left, RUN))):
        runs.append(run)
    return runs[0] if len(runs) == 1 else array("Q", merge(*runs))


class NumberSet:
    """A set of 64-bit numbers that takes eight bytes for each."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers = in_order(numbers)

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def request_id(body: Mapping[str, Any], key: str = "") -> int:
    """Return the digest of a request. With --key-from its key counts, so that equal requests with
    different keys are different lines."""
    return hash64(key, body) if key else hash64(body)
