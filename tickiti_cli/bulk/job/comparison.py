"""The comparison of a file with its former state: finds the lines that replaced sent ones.

Rule: the functions compare identities and change nothing. A new line has replaced a former one if
the lines around the two are the same.
"""

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum

from tickiti_cli.bulk.job.identity import NumberSet


class Verdict(IntEnum):
    """The decision of a run about a line."""

    SEND = 0
    DONE = 1
    """This job has done the line: skip it."""
    BEFORE = 2
    """Another job has done the line: skip it."""
    CONFLICT = 3
    """The line has replaced one that was sent: refuse it."""
    STALE = 4
    """The line may have been sent so long ago that its key may have expired: refuse it."""


def find_replaced(
    old: Sequence[int],
    new: Sequence[int],
    is_sent: Callable[[int], bool],
    is_elsewhere: Callable[[int], bool],
) -> tuple[list[int], "array[int]"]:
    """Return the positions in `new` that replaced sent lines, and the new order of all lines.

    A sent line that is no longer in the file keeps its position in that order. `is_sent` is true
    for a line of `old` that is done or may be; `is_elsewhere` for a line of another job.
    """
    present = NumberSet(new if old else ())
    vanished = {index for index, line in enumerate(old) if line not in present and is_sent(line)}
    if not vanished:
        return [], array("Q", (line for line in new if not is_elsewhere(line)))
    old_positions = {line: index for index, line in enumerate(old)}
    taken: dict[int, list[int]] = {}
    """The positions in `old` that a new line has replaced, by the position of the new line."""

    if _is_order_kept(new, old_positions):
        for gap, start, end in _gaps(old, new, old_positions, is_elsewhere):
            taken |= _match_gap(gap, range(start, end), vanished)
    else:
        added = [n for n, line in enumerate(new) if line not in old_positions]
        added = [n for n in added if not is_elsewhere(new[n])]
        taken = _all_of(added, [*vanished])
    order = array("Q")
    for position, line in enumerate(new):
        if position in taken:
            order.extend(old[index] for index in sorted(taken[position]))
        elif not is_elsewhere(line):
            order.append(line)
    return [*taken], order


def _is_order_kept(new: Sequence[int], old_positions: dict[int, int]) -> bool:
    """True if the lines that are in both files are in the same order."""
    last = -1
    for line in new:
        position = old_positions.get(line)
        if position is not None:
            if position < last:
                return False
            last = position
    return True


def _gaps(
    old: Sequence[int],
    new: Sequence[int],
    old_positions: dict[int, int],
    is_elsewhere: Callable[[int], bool],
) -> list[tuple[list[int], int, int]]:
    """Return the new lines between each two old ones, and the range of `old` there."""
    found: list[tuple[list[int], int, int]] = []
    gap: list[int] = []
    start = 0
    for position, line in enumerate(new):
        old_position = old_positions.get(line)
        if old_position is None:
            if not is_elsewhere(line):
                gap.append(position)
            continue
        found.append((gap, start, old_position))
        gap, start = [], old_position + 1
    return [*found, (gap, start, len(old))]


def _match_gap(gap: Sequence[int], between: range, vanished: set[int]) -> dict[int, list[int]]:
    """Match the new lines of a gap with the vanished ones.

    Equal numbers are matched one by one. Otherwise nothing tells the lines apart, so that every new
    line counts as a replacement.
    """
    lost = [index for index in between if index in vanished]
    if not gap or not lost:
        return {}
    if len(gap) == len(between):
        pairs = zip(gap, between, strict=True)
        return {position: [index] for position, index in pairs if index in vanished}
    return _all_of(gap, lost)


def _all_of(gap: Sequence[int], lost: list[int]) -> dict[int, list[int]]:
    """Match all new lines with all lost ones; the first new line keeps their positions."""
    return {position: lost if position == gap[0] else [] for position in gap}
