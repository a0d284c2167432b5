"""Which lines of a file are new, which are done, and which were put in the place of one that is.

The rule of this file: it compares numbers and changes nothing. A line is where another one was if
the lines around it are those that were around the other one.
"""

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum

from tickiti_cli.bulk.identity import Known


class Verdict(IntEnum):
    """What is to be done with a line."""

    SEND = 0
    DONE = 1
    """This job has done it."""
    BEFORE = 2
    """Another job has done it."""
    CONFLICT = 3
    """It stands where a line was that is done, or may be."""
    STALE = 4
    """It may have been sent, so long ago that the server may have forgotten its key."""


def replaced(
    old: Sequence[int],
    new: Sequence[int],
    is_sent: Callable[[int], bool],
    is_elsewhere: Callable[[int], bool],
) -> tuple[list[int], "array[int]"]:
    """Positions in `new` of the lines that stand where one of `old` was sent and has vanished; and
    the lines in their new order, in which a vanished one keeps the place that another one took.

    `is_sent`: whether a line of `old` is done or may be. `is_elsewhere`: whether a line is another
    job's, and no new one.
    """
    present = Known(new if old else ())
    vanished = {index for index, line in enumerate(old) if line not in present and is_sent(line)}
    if not vanished:
        return [], array("Q", (line for line in new if not is_elsewhere(line)))
    places = {line: index for index, line in enumerate(old)}
    taken: dict[int, list[int]] = {}
    """By position: the places in `old` that the new line there has taken."""

    if _keep_their_order(new, places):
        for gap, start, end in _gaps(old, new, places, is_elsewhere):
            taken |= _taken(gap, range(start, end), vanished)
    else:
        strangers = [n for n, line in enumerate(new) if line not in places]
        strangers = [n for n in strangers if not is_elsewhere(new[n])]
        taken = _all_of(strangers, [*vanished])
    order = array("Q")
    for position, line in enumerate(new):
        if position in taken:
            order.extend(old[index] for index in sorted(taken[position]))
        elif not is_elsewhere(line):
            order.append(line)
    return [*taken], order


def _keep_their_order(new: Sequence[int], places: dict[int, int]) -> bool:
    """Whether the lines that are left follow each other as they did."""
    last = -1
    for line in new:
        place = places.get(line)
        if place is not None:
            if place < last:
                return False
            last = place
    return True


def _gaps(
    old: Sequence[int],
    new: Sequence[int],
    places: dict[int, int],
    is_elsewhere: Callable[[int], bool],
) -> list[tuple[list[int], int, int]]:
    """The positions of the new lines between two that are left, and the range of `old` there."""
    found: list[tuple[list[int], int, int]] = []
    gap: list[int] = []
    start = 0
    for position, line in enumerate(new):
        place = places.get(line)
        if place is None:
            if not is_elsewhere(line):
                gap.append(position)
            continue
        found.append((gap, start, place))
        gap, start = [], place + 1
    return [*found, (gap, start, len(old))]


def _taken(gap: Sequence[int], between: range, vanished: set[int]) -> dict[int, list[int]]:
    """Which of the new lines took the place of which vanished ones: one by one where there are as
    many as there were; else any of them may be any, and all are."""
    lost = [index for index in between if index in vanished]
    if not gap or not lost:
        return {}
    if len(gap) == len(between):
        pairs = zip(gap, between, strict=True)
        return {position: [index] for position, index in pairs if index in vanished}
    return _all_of(gap, lost)


def _all_of(gap: Sequence[int], lost: list[int]) -> dict[int, list[int]]:
    """The first keeps the places of all."""
    return {position: lost if position == gap[0] else [] for position in gap}
