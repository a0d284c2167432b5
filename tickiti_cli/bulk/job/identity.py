"""What a line is known by: what it asks for, and its rank among the lines that ask for the same.

The rule of this file: neither the line's number nor the name of its file has a part in it, nor how
the file writes it. What is known of a line is 64 bits of a digest, so that a million take 8 MB.
"""

import json
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import pairwise
from typing import Any

_encoded = json.JSONEncoder(sort_keys=True).encode


def number_of(*parts: object) -> int:
    """64 bits that tell these apart from any others."""
    return int.from_bytes(sha256(_encoded(parts).encode()).digest()[:8])


def ranked(asked: "array[int]") -> "array[int]":
    """For each line what it asks for and how many before it ask for the same, as one number."""
    repeated = {one for one, other in pairwise(sorted(asked)) if one == other}
    found, before = array("Q", asked), Counter[int]()
    if repeated:
        for position, number in enumerate(asked):
            if number in repeated:
                if rank := before[number]:
                    found[position] = number_of(number, rank)
                before[number] += 1
    return found


class Known:
    """A set of numbers that takes eight bytes for each."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers = array("Q", sorted(numbers))

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def asked_of(body: Mapping[str, Any], key: str = "") -> int:
    """`key` where columns were chosen that make it: lines of two keys are two then."""
    return number_of(key, body) if key else number_of(body)
