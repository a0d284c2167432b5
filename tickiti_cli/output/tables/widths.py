"""The widths of a table's columns at a given width: which columns stay, and which are cut.

Rule: each row is one line. Columns that the command can spare are dropped first; then texts are
cut, then addresses, then names. Columns that must stay whole are never cut, so an id can always be
copied.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_cli.output.tables.headings import Kind

GAP = 2
"""Blanks between columns."""

_ORDER = (Kind.TEXT, Kind.ADDRESS, Kind.NAME)
"""The kinds of columns, in the order in which they are cut."""

_COMFORTABLE = {Kind.TEXT: 20, Kind.ADDRESS: 16, Kind.NAME: 12}
"""Widths that still tell one row from another: a narrower table first drops the columns that can be
spared. A list of tickets then shows number, subject and status at 40."""

_LEAST = {Kind.TEXT: 12, Kind.ADDRESS: 10, Kind.NAME: 8}
"""The least widths: a narrower table also drops columns that the command wanted to stay."""


class Need(NamedTuple):
    """The width that a column needs, and how the column may give way. `natural` is the width of its
    widest value or its heading."""

    natural: int
    kind: Kind
    leaves: int = 0
    """The rank among the columns that can be dropped; a column of rank 0 stays as long as it
    can."""

    def at_least(self, floors: Mapping[Kind, int]) -> int:
        return min(self.natural, floors.get(self.kind, self.natural))


def fitted(needs: Sequence[Need], width: int) -> dict[int, int]:
    """The width of each column that stays, by its place.

    The first column stays, unless the command can spare it and it has no room beside those that the
    command cannot: a long id, which says less than they do.
    """
    staying = dict(enumerate(needs))
    kept = {place: need for place, need in staying.items() if not (need.leaves and place)}
    if needs and needs[0].leaves and _sum(kept, _LEAST) > width:
        del staying[0]
    for place in _spared(needs):
        if _sum(staying, _COMFORTABLE) <= width:
            break
        del staying[place]
    for place in _last_resort(staying):
        if _sum(staying, _LEAST) <= width:
            break
        del staying[place]
    return _cut(staying, width)


def _spared(needs: Sequence[Need]) -> list[int]:
    places = [place for place, need in enumerate(needs) if need.leaves and place]
    return sorted(places, key=lambda place: needs[place].leaves)


def _last_resort(staying: Mapping[int, Need]) -> list[int]:
    """The rest: addresses and names, then what is whole, then texts, each from right to left.

    Never the first column of them, because it names the row.
    """
    ranks = {Kind.ADDRESS: 0, Kind.NAME: 0, Kind.WHOLE: 1, Kind.TEXT: 2}
    places = sorted(staying, reverse=True)[:-1]
    return sorted(places, key=lambda place: ranks[staying[place].kind])


def _sum(staying: Mapping[int, Need], floors: Mapping[Kind, int]) -> int:
    return sum(need.at_least(floors) + GAP for need in staying.values()) - GAP


def _cut(staying: Mapping[int, Need], width: int) -> dict[int, int]:
    """The widths that add up to the width, or the least ones where a whole column is too wide."""
    widths = {
        place: need.natural if need.kind is Kind.WHOLE else min(need.natural, width)
        for place, need in staying.items()
    }
    for floors in (_COMFORTABLE, _LEAST):
        for kind in _ORDER:
            least = {
                place: need.at_least(floors) for place, need in staying.items() if need.kind is kind
            }
            _narrow(widths, least, width - GAP * (len(widths) - 1))
    return widths


def _narrow(widths: dict[int, int], least: Mapping[int, int], width: int) -> None:
    """Narrow these columns, the widest of them first, until all fit the width."""
    excess = sum(widths.values()) - width
    while excess > 0:
        wide = [place for place in least if widths[place] > least[place]]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
        excess -= 1
