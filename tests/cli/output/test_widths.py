"""The widths of columns: what leaves a narrow table, what is cut, and what never is."""

import pytest

from tickiti_cli.output.tables.headings import Kind
from tickiti_cli.output.tables.widths import GAP, Need, fitted

NUMBER, SUBJECT, STATUS = Need(6, Kind.WHOLE), Need(300, Kind.TEXT), Need(7, Kind.WHOLE)
PRIORITY, QUEUE = Need(8, Kind.WHOLE, leaves=1), Need(7, Kind.NAME, leaves=2)
REQUESTER, UPDATED = Need(32, Kind.ADDRESS, leaves=3), Need(9, Kind.WHOLE, leaves=4)
TICKETS = (NUMBER, SUBJECT, STATUS, PRIORITY, QUEUE, REQUESTER, UPDATED)


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (40, {0: 6, 1: 23, 2: 7}),
        (60, {0: 6, 1: 32, 2: 7, 6: 9}),
        (80, {0: 6, 1: 20, 2: 7, 4: 7, 5: 21, 6: 9}),
        (120, {0: 6, 1: 39, 2: 7, 3: 8, 4: 7, 5: 32, 6: 9}),
        (400, {0: 6, 1: 300, 2: 7, 3: 8, 4: 7, 5: 32, 6: 9}),
    ],
)
def test_spare_columns_are_dropped_in_their_order(width: int, widths: dict[int, int]) -> None:
    assert fitted(TICKETS, width) == widths


@pytest.mark.parametrize("width", range(24, 200))
def test_columns_and_gaps_never_exceed_the_width(width: int) -> None:
    widths = fitted(TICKETS, width)
    assert sum(widths.values()) + GAP * (len(widths) - 1) <= width


def test_texts_are_cut_before_addresses_and_addresses_before_names() -> None:
    needs = (Need(30, Kind.NAME), Need(30, Kind.ADDRESS), Need(30, Kind.TEXT))
    assert fitted(needs, 85) == {0: 30, 1: 30, 2: 21}
    assert fitted(needs, 74) == {0: 30, 1: 20, 2: 20}
    assert fitted(needs, 64) == {0: 24, 1: 16, 2: 20}
    assert fitted(needs, 46) == {0: 12, 1: 16, 2: 14}
    assert fitted(needs, 36) == {0: 10, 1: 10, 2: 12}


def test_the_widest_of_two_texts_is_cut_first() -> None:
    needs = (NUMBER, Need(60, Kind.TEXT), Need(30, Kind.TEXT))
    assert fitted(needs, 68) == {0: 6, 1: 29, 2: 29}
    assert fitted(needs, 80) == {0: 6, 1: 40, 2: 30}


def test_a_column_that_may_not_be_cut_is_dropped() -> None:
    needs = (Need(37, Kind.WHOLE), Need(20, Kind.ADDRESS), SUBJECT, STATUS)
    assert fitted(needs, 62) == {0: 37, 2: 14, 3: 7}
    assert fitted(needs, 46) == {0: 37}
    assert fitted(needs, 40) == {0: 37}


def test_the_first_column_stays_though_it_is_wider_than_the_terminal() -> None:
    assert fitted((Need(37, Kind.WHOLE), SUBJECT), 20) == {0: 37}
