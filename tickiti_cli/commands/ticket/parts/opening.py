"""The flags of `ticket create` that the API's second generation alone understands."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tickiti_cli.commands.ticket.parts.assignee import assignee_of
from tickiti_cli.contract.vocabulary import PRIORITIES
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.author import person_of
from tickiti_cli.parser.dates import coming_day_of
from tickiti_cli.runtime import Runtime


class OpeningFlags(NamedTuple):
    """The flags; None where a flag was not given."""

    assign: str | None
    priority: str | None
    status: str | None
    until: str | None
    participants: Sequence[str] | None
    strict_tags: bool


def with_opening(
    runtime: Runtime, request: Mapping[str, Any], flags: OpeningFlags
) -> dict[str, Any]:
    """Return the request of v1 with the members of the flags. Raises UsageProblem."""
    found = {**request, "is_public": request.get("is_public", True)}
    found["data"] = {**request["data"], **_attributes(runtime, flags)}
    if flags.participants:
        people = [person_of(runtime, person, "--participant") for person in flags.participants]
        found["participants"] = people
    return found | ({"strict_tags": True} if flags.strict_tags else {})


def _attributes(runtime: Runtime, flags: OpeningFlags) -> dict[str, Any]:
    """Return the attributes that the ticket begins with, which stand in the request's `data`."""
    found: dict[str, Any] = {}
    if flags.assign is not None:
        found["assigned_to_email"] = assignee_of(runtime, flags.assign, "--assign")
    if flags.priority is not None:
        # This request takes a number alone, and a person gives a word or a number.
        found["priority"] = PRIORITIES.get(flags.priority) or int(flags.priority)
    if flags.status is not None:
        found["status"] = flags.status
    if (flags.status == "on-hold") != (flags.until is not None):
        raise UsageProblem("--status on-hold and --until DATE go together.")
    if flags.until is not None:
        found["on_hold_until"] = coming_day_of(flags.until, "--until")
    return found
