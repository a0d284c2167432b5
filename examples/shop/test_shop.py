"""The shop against a helpdesk that is real, and that fails on purpose.

`tickiti` is the fixture of `pip install 'tickiti[pytest]'`: an empty helpdesk for each test.
"""

from datetime import timedelta

import pytest
from shop import NotFiled, file_order

from tickiti_cli.python.helpdesk import Helpdesk

ORDER = ("4711", "The plate is cracked.", "marcus@trailblazers-club.example")


@pytest.fixture
def token(tickiti: Helpdesk) -> str:
    return tickiti.token("create-ticket")


def test_an_order_becomes_a_ticket(tickiti: Helpdesk, token: str) -> None:
    number = file_order(tickiti.url, token, *ORDER)
    (ticket,) = tickiti.tickets
    assert (ticket["number"], ticket["subject"]) == (number, "Order 4711")
    (request,) = tickiti.requests
    assert (request["path"], request["status"]) == ("/api/create_ticket", 200)


def test_a_reply_that_is_lost_makes_no_second_ticket(tickiti: Helpdesk, token: str) -> None:
    """The bug that every shop has once: the ticket is there, and the retry files another."""
    with tickiti.fault(commit_then_drop=True, times=1) as fault:
        file_order(tickiti.url, token, *ORDER)
        assert fault.fired == 1
    assert [ticket["subject"] for ticket in tickiti.tickets] == ["Order 4711"]


def test_a_helpdesk_that_is_down_for_a_moment_is_asked_again(tickiti: Helpdesk, token: str) -> None:
    with tickiti.fault(status=503, times=2):
        file_order(tickiti.url, token, *ORDER)
    assert len(tickiti.tickets) == 1


def test_a_helpdesk_that_stays_down_is_an_error(tickiti: Helpdesk, token: str) -> None:
    with tickiti.fault(status=503), pytest.raises(NotFiled):
        file_order(tickiti.url, token, *ORDER)
    assert tickiti.tickets == []


def test_a_token_that_may_not_create_tickets_is_an_error(tickiti: Helpdesk) -> None:
    with pytest.raises(NotFiled, match="403"):
        file_order(tickiti.url, tickiti.token("ticket-index"), *ORDER)


def test_an_order_filed_again_a_week_later_is_still_one_ticket(
    tickiti: Helpdesk, token: str
) -> None:
    file_order(tickiti.url, token, *ORDER)
    tickiti.clock.advance(timedelta(days=7))
    file_order(tickiti.url, token, *ORDER)
    assert len(tickiti.tickets) == 1
