"""The words of each domain: CLI choices, tables, the server and its search read them here.

Rule: a list of words stands in this file once. Replies and bodies use the Literal, loops the tuple.
"""

from enum import StrEnum
from typing import Literal, get_args

TicketStatus = Literal["open", "on-hold", "closed"]
TICKET_STATUSES: tuple[TicketStatus, ...] = get_args(TicketStatus)

Priority = Literal[10, 20, 30, 40]
PRIORITIES: dict[str, Priority] = {"low": 10, "normal": 20, "high": 30, "urgent": 40}
PRIORITY_WORDS = {str(number): word for word, number in PRIORITIES.items()}
"""The word of each number, which a reply of v1 spells as a string."""

DeliveryState = Literal["queued", "claimed", "retry", "uncertain", "sent", "failed", "dead"]
EMAIL_STATES: tuple[DeliveryState, ...] = (
    "queued", "claimed", "retry", "uncertain", "sent", "failed",
)  # fmt: skip
"""The states an e-mail is filtered by. An e-mail is never dead: it ends as failed."""

CallbackState = Literal["queued", "claimed", "retry", "sent", "failed", "dead"]
CALLBACK_STATES: tuple[CallbackState, ...] = get_args(CallbackState)

UNSETTLED: tuple[DeliveryState, ...] = ("queued", "claimed", "retry")
"""The states in which the server will try a delivery again."""

SETTLED: tuple[DeliveryState, ...] = ("sent", "failed", "dead")
"""The final states: a row stays in them unless somebody acts."""


class TemplateType(StrEnum):
    """The purpose of a template."""

    EMAIL = "email"
    NOTIFICATION = "notification"
    INTERVENTION = "intervention"
    FAQ = "faq"
